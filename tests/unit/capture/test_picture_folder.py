"""A folder of pictures as a source."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from edge.capture.folder import PictureFolder
from edge.errors import CaptureError, SourceMissing
from edge.runtime.setting_tables import CameraSettings
from tests.fakes.clock import START, FakeClock


def folder(tmp_path: Path, levels: dict[str, int]) -> Path:
    for name, level in levels.items():
        Image.new("L", (32, 24), level).save(tmp_path / name)
    return tmp_path


def source(place: Path, **more: Any) -> PictureFolder:
    given = {"pace": "as-fast-as-possible", "frames_per_s": 5.0} | more
    clock = FakeClock()
    return PictureFolder(CameraSettings(source=str(place), **given), clock, wait=clock.advance)


def test_pictures_come_in_the_order_of_their_names_with_their_times(tmp_path: Path) -> None:
    found = source(folder(tmp_path, {"b.png": 20, "a.png": 10, "c.png": 30}))
    found.open()
    frames = [found.read() for _ in range(3)]
    assert [(f.index, int(f.y[0, 0]), f.t_s) for f in frames if f] == [
        (0, 10, 0.0),
        (1, 20, 0.2),
        (2, 30, 0.4),
    ]
    assert frames[2] is not None
    assert frames[2].taken_at == START + timedelta(seconds=0.4)
    assert found.read() is None


def test_real_time_waits_from_picture_to_picture(tmp_path: Path) -> None:
    clock = FakeClock()
    settings = CameraSettings(source=str(folder(tmp_path, {"a.png": 1, "b.png": 2})))
    found = PictureFolder(settings, clock, wait=clock.advance)
    found.open()
    found.read()
    found.read()
    assert clock.monotonic_s() == pytest.approx(0.1)


def test_a_damaged_picture_is_skipped_and_counted(tmp_path: Path) -> None:
    folder(tmp_path, {"a.png": 10, "c.png": 30})
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8\xff no")
    (tmp_path / "notes.txt").write_text("ignored")
    found = source(tmp_path)
    found.open()
    frames = [found.read(), found.read()]
    assert [int(f.y[0, 0]) for f in frames if f] == [10, 30]
    assert [f.index for f in frames if f] == [0, 1]
    assert found.read() is None
    assert found.skipped == 1


def test_a_loop_keeps_index_and_time_rising(tmp_path: Path) -> None:
    found = source(folder(tmp_path, {"a.png": 10, "b.png": 20}), loop=True)
    found.open()
    frames = [found.read() for _ in range(5)]
    assert [f.index for f in frames if f] == [0, 1, 2, 3, 4]
    assert [f.t_s for f in frames if f] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8])


@pytest.mark.parametrize("loop", [False, True])
def test_a_folder_without_one_usable_picture_is_an_error(tmp_path: Path, loop: bool) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no")
    found = source(tmp_path, loop=loop)
    found.open()
    with pytest.raises(CaptureError, match="Not one of the 1 pictures"):
        found.read()


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="holds 0 pictures"):
        source(tmp_path).open()


def test_a_missing_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="no folder of pictures"):
        source(tmp_path / "nowhere").open()


def test_one_picture_is_a_folder_of_one(tmp_path: Path) -> None:
    found = source(folder(tmp_path, {"a.png": 10}) / "a.png")
    found.open()
    assert found.read() is not None
    assert found.read() is None
    found.close()
    with pytest.raises(CaptureError, match="not open"):
        found.read()
