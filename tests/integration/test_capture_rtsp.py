"""A real RTSP server on loopback: pictures, losing it, wrong addresses, no leaked passwords."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.capture.live import LiveVideo, rtsp_ways
from edge.capture.open_source import make_source
from edge.capture.source import Source
from edge.errors import CaptureError, SourceMissing
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Frame
from tests.fakes.clips import make_clip
from tests.integration.rtsp_server import RtspServer

READ_S = 4.0
PASSWORD = "q7-only-for-this-test"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rtsp") / "clip.mp4"
    make_clip(path, pictures=600, size=(320, 240), rate=20, gop=10)
    return path


@pytest.fixture
def server(clip: Path) -> Iterator[RtspServer]:
    with RtspServer(clip, user="anna", password=PASSWORD) as running:
        yield running


def source(url: str, **more: Any) -> Source:
    settings = CameraSettings(
        source=url,
        open_timeout=timedelta(seconds=8),
        read_timeout=timedelta(seconds=READ_S),
        reconnect_max=timedelta(seconds=2),
        **more,
    )
    return make_source(settings, SystemClock(trust_system=True))


def some(camera: Source, count: int) -> list[tuple[int, float]]:
    found = []
    for _ in range(count):
        frame = camera.read()
        assert isinstance(frame, Frame)
        assert frame.y.shape == (240, 320)
        found.append((frame.index, frame.t_s))
        camera.release(frame)
    return found


def test_pictures_come_from_the_server_with_rising_numbers_and_times(server: RtspServer) -> None:
    camera = source(server.url)
    camera.open()
    found = some(camera, 20)
    camera.close()
    assert found == sorted(set(found))


def test_after_the_server_was_killed_and_started_again_pictures_come_again(
    server: RtspServer,
) -> None:
    camera = source(server.url)
    camera.open()
    before = some(camera, 10)[-1]
    server.kill()
    with pytest.raises(CaptureError) as caught:
        some(camera, 200)
    assert PASSWORD not in str(caught.value)
    server.start()
    after = first_after_loss(camera)
    assert after.index > before[0]
    assert after.t_s > before[1]
    some(camera, 10)
    camera.close()


def test_a_camera_that_hangs_is_noticed_within_the_time_out(server: RtspServer) -> None:
    settings = CameraSettings(source=server.url, read_timeout=timedelta(seconds=READ_S))
    camera = LiveVideo(settings, rtsp_ways(settings), SystemClock(trust_system=True))
    camera.open()
    some(camera, 5)
    server.freeze()
    slowest_s = 0.0
    with pytest.raises(CaptureError):  # noqa: PT012 - the pictures under way come first
        while True:
            began_s = time.monotonic()
            try:
                camera.read()
            finally:
                slowest_s = max(slowest_s, time.monotonic() - began_s)
    assert READ_S * 0.2 < slowest_s < READ_S + 0.5
    camera.close()


def first_after_loss(camera: Source) -> Frame:
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        began_s = time.monotonic()
        try:
            frame = camera.read()
        except CaptureError:
            assert time.monotonic() - began_s < READ_S + 1
            continue
        assert frame is not None
        camera.release(frame)
        return frame
    raise AssertionError("no picture within 30 s of the server's return")


def test_a_wrong_password_is_refused_and_never_shown(
    server: RtspServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "w9-nor-this-one"
    with pytest.raises(CaptureError, match="refuses the user name or password") as caught:
        source(server.url.replace(PASSWORD, wrong)).open()
    assert wrong not in str(caught.value)
    assert wrong not in caplog.text + "".join(capfd.readouterr())


def test_a_wrong_path_is_missing(server: RtspServer) -> None:
    with pytest.raises(SourceMissing, match="There is no rtsp://127"):
        source(server.url.replace("/cam", "/nobody")).open()


def test_an_address_where_nothing_listens_is_missing(server: RtspServer) -> None:
    server.kill()
    with pytest.raises(SourceMissing, match="Nothing answers"):
        source(server.url).open()
