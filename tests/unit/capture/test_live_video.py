"""A V4L2 camera: formats, faults, losing it and finding it again."""

from __future__ import annotations

import errno
from datetime import timedelta
from typing import Any

import pytest

from edge.capture.decode import without_password
from edge.capture.live import FIRST_PAUSE_S, LiveVideo, rtsp_ways, v4l2_ways
from edge.errors import CaptureError, SourceBusy, SourceMissing
from edge.runtime.setting_tables import CameraSettings
from tests.fakes.clips import film
from tests.fakes.clock import START, FakeClock
from tests.fakes.v4l2 import FakeV4l2

YUYV = {"yuyv422": film("yuyv422", "rawvideo", pictures=5)}
MJPEG = {"mjpeg": film("yuvj422p", "mjpeg", pictures=5, color_range=2)}


class Camera:
    """A source over a made-up device, with a clock that its waits move."""

    def __init__(self, device: FakeV4l2, **more: Any) -> None:
        self.clock = FakeClock()
        self.waits: list[float] = []
        settings = CameraSettings(source="/dev/video0", width=64, height=64, **more)
        self.source = LiveVideo(
            settings,
            v4l2_ways(settings),
            self.clock,
            wait=self._wait,
            opener=device,
            chance=lambda: 1.0,
        )

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.advance(seconds)


def test_a_yuyv_camera_gives_limited_range_bt601_frames_at_the_steady_clocks_time() -> None:
    device = FakeV4l2(YUYV)
    camera = Camera(device)
    camera.source.open()
    camera.clock.advance(2.5)
    frame = camera.source.read()
    assert frame is not None
    assert (frame.index, frame.t_s, frame.taken_at) == (0, 2.5, START + timedelta(seconds=2.5))
    assert (frame.full_range, frame.matrix) == (False, "bt601")
    assert (frame.y == 20).all()
    assert [asked["input_format"] for asked in device.asked] == ["yuv420p", "nv12", "yuyv422"]


def test_a_motion_jpeg_camera_gives_full_range_frames() -> None:
    camera = Camera(FakeV4l2(MJPEG))
    camera.source.open()
    frame = camera.source.read()
    assert frame is not None
    assert frame.full_range
    assert frame.y.mean() == pytest.approx(20, abs=1)


def test_size_and_rate_are_asked_of_the_device() -> None:
    device = FakeV4l2(YUYV)
    Camera(device, frames_per_s=12.5).source.open()
    assert device.asked[-1] == {
        "video_size": "64x64",
        "framerate": "12.5",
        "input_format": "yuyv422",
    }


@pytest.mark.parametrize(("rate", "last"), [(10.0, "mjpeg"), (30.0, "yuyv422")])
def test_motion_jpeg_goes_first_where_usb_2_cannot_carry_raw_pixels(rate: float, last: str) -> None:
    settings = CameraSettings(source="/dev/video0", frames_per_s=rate)
    assert v4l2_ways(settings)[-1].options["input_format"] == last


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (errno.ENOENT, SourceMissing, "no /dev/video0"),
        (errno.ENODEV, SourceMissing, "no /dev/video0"),
        (errno.EBUSY, SourceBusy, "in use by another program"),
        (errno.EACCES, CaptureError, "may not be read"),
        (errno.EIO, CaptureError, "cannot be read"),
    ],
)
def test_faults_of_the_device_are_put_into_words(
    fault: int, kind: type[CaptureError], said: str
) -> None:
    device = FakeV4l2(YUYV, fault)
    with pytest.raises(kind, match=said) as caught:
        Camera(device).source.open()
    assert caught.value.remedy
    assert len(device.asked) == 1


def test_a_camera_with_none_of_the_formats_is_refused() -> None:
    device = FakeV4l2({})
    with pytest.raises(CaptureError, match="cannot be read"):
        Camera(device).source.open()
    assert len(device.asked) == 4


def test_a_short_loss_is_bridged_and_the_index_goes_on() -> None:
    device = FakeV4l2(YUYV)
    camera = Camera(device)
    camera.source.open()
    frames = [camera.source.read() for _ in range(12)]
    assert [f.index for f in frames if f] == list(range(12))
    assert camera.waits == [FIRST_PAUSE_S, FIRST_PAUSE_S]
    assert device.opened == 3
    camera.source.close()
    assert device.closed == 3


def test_an_unplugged_camera_is_missing_and_comes_back_when_it_is_plugged_in() -> None:
    device = FakeV4l2(YUYV)
    camera = Camera(device)
    camera.source.open()
    for _ in range(5):
        camera.source.read()
    device.fault = errno.ENOENT
    with pytest.raises(SourceMissing):
        camera.source.read()
    device.fault = 0
    frame = camera.source.read()
    assert frame is not None
    assert frame.index == 5


def test_the_pauses_double_up_to_their_bound_over_close_and_open() -> None:
    device = FakeV4l2(YUYV, errno.ENOENT)
    camera = Camera(device, reconnect_max=timedelta(seconds=3))
    for _ in range(6):
        with pytest.raises(SourceMissing):
            camera.source.open()
        camera.source.close()
    assert camera.waits == [0.5, 1.0, 2.0, 3.0, 3.0]
    device.fault = 0
    camera.source.open()
    assert camera.source.read() is not None


def test_half_of_each_pause_is_left_to_chance() -> None:
    device = FakeV4l2(YUYV, errno.ENOENT)
    clock = FakeClock()
    settings = CameraSettings(source="/dev/video0")
    waits: list[float] = []
    source = LiveVideo(
        settings, v4l2_ways(settings), clock, wait=waits.append, opener=device, chance=lambda: 0.0
    )
    with pytest.raises(SourceMissing):
        source.open()
    with pytest.raises(CaptureError, match=r"tried again in 0\.2 s|tried again in 0\.3 s"):
        source.open()
    assert waits == [FIRST_PAUSE_S / 2]


def test_no_read_waits_longer_than_its_time_out() -> None:
    device = FakeV4l2(YUYV, errno.ENOENT)
    camera = Camera(device, read_timeout=timedelta(seconds=2))
    took = []
    for _ in range(12):
        before = camera.clock.monotonic_s()
        with pytest.raises(CaptureError):
            camera.source.read()
        took.append(camera.clock.monotonic_s() - before)
    assert max(took) <= 2.0


def test_ffmpegs_own_time_outs_fit_into_ours() -> None:
    device = FakeV4l2(YUYV)
    camera = Camera(device, open_timeout=timedelta(seconds=6), read_timeout=timedelta(seconds=5))
    camera.source.open()
    open_s, packet_s = device.timeouts[-1]
    assert 2 * open_s <= 6
    assert packet_s <= 2


def test_rtsp_is_asked_for_over_tcp_and_nothing_else() -> None:
    options = rtsp_ways(CameraSettings(source="rtsp://host/x"))[0].options
    assert options["rtsp_transport"] == "tcp"
    assert "file" not in options["protocol_whitelist"].split(",")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://anna:secret@cam.local:554/live?token=secret#secret", "rtsp://cam.local:554/live"),
        ("rtsps://[fe80::1]/live", "rtsps://fe80::1/live"),
        ("rtsp://anna:secret@host:not-a-port/", "rtsp://..."),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_an_address_is_shown_without_its_secrets(source: str, shown: str) -> None:
    assert without_password(source) == shown
