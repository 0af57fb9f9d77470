"""Which source the setting means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from edge.capture.folder import PictureFolder
from edge.capture.latest import Latest
from edge.capture.open_source import make_source
from edge.capture.video import VideoFile
from edge.errors import ConfigError, SourceMissing
from edge.runtime.setting_tables import CameraSettings
from tests.fakes.clips import make_clip
from tests.fakes.clock import FakeClock


def made(source: str, **more: Any) -> Any:
    return make_source(CameraSettings(source=source, **more), FakeClock())


@pytest.mark.parametrize(
    "source", ["picamera2", "/dev/video0", "/dev/v4l/by-id/usb-cam", "rtsp://h/x", "rtsps://h/x"]
)
@pytest.mark.parametrize("pace", ["real-time", "as-fast-as-possible"])
def test_live_sources_stand_behind_latest_whatever_the_pace(source: str, pace: str) -> None:
    assert isinstance(made(source, pace=pace), Latest)


def test_a_file_in_real_time_stands_behind_latest_too(tmp_path: Path) -> None:
    assert isinstance(made(str(tmp_path / "a.mp4")), Latest)


def test_a_fast_file_and_a_fast_folder_give_every_picture(tmp_path: Path) -> None:
    fast = {"pace": "as-fast-as-possible"}
    assert isinstance(made(str(tmp_path / "a.mp4"), **fast), VideoFile)
    assert isinstance(made(str(tmp_path), **fast), PictureFolder)
    assert isinstance(made(str(tmp_path / "a.JPG"), **fast), PictureFolder)


@pytest.mark.parametrize("source", ["http://host/x.mp4", "concat://a", "file:///x"])
def test_other_kinds_of_address_are_refused(source: str) -> None:
    with pytest.raises(ConfigError, match="is not read"):
        made(source)


def test_a_device_that_is_not_there_is_missing() -> None:
    with pytest.raises(SourceMissing, match="/dev/video99"):
        made("/dev/video99").open()


def test_a_film_in_real_time_gives_its_last_picture_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    make_clip(path, pictures=5)
    source = made(str(path))
    source.open()
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame.index)
        source.release(frame)
    source.close()
    assert frames[-1] == 4
    assert frames == sorted(frames)


def test_a_folder_in_real_time_opens(tmp_path: Path) -> None:
    Image.new("L", (32, 24)).save(tmp_path / "a.png")
    source = made(str(tmp_path))
    source.open()
    assert source.read() is not None
    assert source.read() is None
    source.close()
