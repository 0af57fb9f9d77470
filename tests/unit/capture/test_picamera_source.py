"""The Raspberry Pi's camera: planes, leases, configuration, faults."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from edge.capture.latest import Latest
from edge.capture.picamera import BUFFERS, PicameraSource, i420_views
from edge.errors import CaptureError, FrameFormatError, SourceBusy, SourceMissing
from edge.runtime.setting_tables import CameraSettings
from tests.fakes.clock import START, FakeClock
from tests.fakes.picamera2 import REC709, FakeBoard


def source(board: FakeBoard, **more: Any) -> PicameraSource:
    return PicameraSource(CameraSettings(**more), FakeClock(), stack=lambda: board)


def opened(board: FakeBoard, **more: Any) -> PicameraSource:
    made = source(board, **more)
    made.open()
    return made


@pytest.mark.parametrize("extra_stride", [0, 128])
@pytest.mark.parametrize("size", [(1280, 720), (1296, 972), (800, 606)])
def test_the_planes_lie_where_the_stride_puts_them(
    size: tuple[int, int], extra_stride: int
) -> None:
    board = FakeBoard()
    board.extra_stride = extra_stride
    camera = opened(board, width=size[0], height=size[1])
    camera.read()
    frame = camera.read()
    assert frame is not None
    assert (frame.width, frame.height) == size
    planes = (frame.y, frame.u, frame.v)
    assert [np.unique(plane).tolist() for plane in planes] == [[1], [100], [200]]


def test_the_planes_are_views_into_the_cameras_buffer() -> None:
    camera = opened(FakeBoard())
    frame = camera.read()
    assert frame is not None
    request: Any = frame.lease
    request.buffers["main"][0] = 77
    request.buffers["lores"][0] = 66
    assert frame.y[0, 0] == 77
    assert frame.small_y is not None
    assert frame.small_y[0, 0] == 66


def test_the_small_stream_has_the_same_shape_of_view() -> None:
    frame = opened(FakeBoard()).read()
    assert frame is not None
    assert frame.small_y is not None
    assert frame.small_y.shape == (360, 640)


def test_a_small_picture_needs_no_small_stream() -> None:
    frame = opened(FakeBoard(), width=640, height=480).read()
    assert frame is not None
    assert frame.small_y is None


def test_an_odd_size_becomes_even() -> None:
    frame = opened(FakeBoard(), width=801, height=601).read()
    assert frame is not None
    assert (frame.width, frame.height) == (800, 600)


def test_the_camera_is_asked_for_full_range_and_the_frame_rate() -> None:
    board = FakeBoard()
    opened(board, frames_per_s=12.5)
    assert board.last is not None
    config = board.last.camera_configuration()
    assert config["controls"] == {"FrameDurationLimits": (80000, 80000)}
    assert (config["queue"], config["buffer_count"]) == (False, BUFFERS)
    assert str(config["colour_space"]) == "<libcamera.ColorSpace 'sYCC'>"


def test_the_granted_colour_space_decides_range_and_matrix() -> None:
    board = FakeBoard()
    granted = opened(board).read()
    board.held_elsewhere = False
    board.granted_colours = REC709
    other = opened(board).read()
    assert granted is not None
    assert other is not None
    assert (granted.full_range, granted.matrix) == (True, "bt601")
    assert (other.full_range, other.matrix) == (False, "bt709")


def test_time_is_the_sensors_and_falls_back_to_the_steady_clock() -> None:
    board = FakeBoard()
    camera = opened(board)
    frames = [camera.read(), camera.read()]
    board.stamps = False
    frames.append(camera.read())
    assert [f.t_s for f in frames if f] == pytest.approx([5.1, 5.2, 0.0])
    assert [f.index for f in frames if f] == [0, 1, 2]
    assert frames[0] is not None
    assert frames[0].taken_at == START


def test_released_frames_keep_the_camera_going_for_ever() -> None:
    camera = opened(FakeBoard())
    for _ in range(10 * BUFFERS):
        frame = camera.read()
        assert frame is not None
        camera.release(frame)


def test_frames_that_are_never_released_stop_the_camera_within_the_time_out() -> None:
    board = FakeBoard()
    camera = opened(board, read_timeout=timedelta(seconds=3))
    frames = [camera.read() for _ in range(BUFFERS)]
    with pytest.raises(CaptureError, match="no picture within the time-out"):
        camera.read()
    assert board.waited_s == [3.0]
    assert frames[0] is not None
    camera.release(frames[0])
    assert camera.read() is not None


def test_releasing_twice_is_harmless() -> None:
    camera = opened(FakeBoard())
    frame = camera.read()
    assert frame is not None
    camera.release(frame)
    camera.release(frame)


def test_closing_takes_back_what_is_still_out_and_frees_the_camera() -> None:
    board = FakeBoard()
    camera = opened(board)
    frame = camera.read()
    camera.read()
    camera.close()
    camera.close()
    assert board.left_out == 0
    assert not board.held_elsewhere
    assert frame is not None
    camera.release(frame)
    with pytest.raises(CaptureError, match="not open"):
        camera.read()


def test_a_board_without_a_camera_says_so() -> None:
    board = FakeBoard()
    board.cameras = 0
    with pytest.raises(SourceMissing, match="No camera is connected"):
        opened(board)


def test_a_camera_that_another_program_holds_says_so() -> None:
    board = FakeBoard()
    board.held_elsewhere = True
    with pytest.raises(SourceBusy, match="Another program"):
        opened(board)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        # As older versions of Picamera2 fail, from its issues 1081, 587 and 399.
        (IndexError("list index out of range"), SourceMissing),
        (RuntimeError("camera.acquire() returned unexpected code: -16"), SourceBusy),
        (RuntimeError("Failed to acquire camera"), SourceBusy),
        (RuntimeError("Failed to start camera: Input/output error"), CaptureError),
    ],
)
def test_faults_of_other_versions_are_put_into_words_too(
    error: Exception, kind: type[CaptureError]
) -> None:
    class Faulty(FakeBoard):
        """A board whose camera fails in another version's words."""

        def camera(self) -> Any:
            raise RuntimeError("Camera __init__ sequence did not complete.") from error

    with pytest.raises(CaptureError) as caught:
        opened(Faulty())
    assert type(caught.value) is kind


def test_a_camera_that_delivers_other_pixels_is_refused_and_freed() -> None:
    class Webcam(FakeBoard):
        """A USB camera behind libcamera: no colour space."""

        def colour_space(self) -> Any:
            return None

    board = Webcam()
    with pytest.raises(FrameFormatError, match="colour space"):
        opened(board)
    assert not board.held_elsewhere


def test_without_picamera2_the_error_names_the_package() -> None:
    with pytest.raises(CaptureError, match="apt install python3-picamera2"):
        PicameraSource(CameraSettings(), FakeClock()).open()


def test_a_buffer_of_another_shape_is_refused() -> None:
    with pytest.raises(FrameFormatError, match="48x32"):
        i420_views(np.zeros((48, 32), np.uint8), 48, 32)


def test_behind_latest_every_buffer_comes_back() -> None:
    board = FakeBoard()
    camera = Latest(PicameraSource(CameraSettings(), FakeClock(), stack=lambda: board))
    camera.open()
    for _ in range(200):
        frame = camera.read()
        assert frame is not None
        camera.release(frame)
    camera.close()
    assert board.left_out == 0
