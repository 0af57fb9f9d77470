"""Preview files are read within bounds, follow no link, and go away together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.runtime.preview_file import (
    MAX_PICTURE_BYTES,
    facts_file,
    picture_file,
    read_facts,
    read_picture,
    read_small,
    remove_preview,
    remove_previews,
    write_preview,
)
from tests.fakes.previews import FACE, facts_of

JPEG = b"\xff\xd8 a picture"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_preview(tmp_path, "door", JPEG, facts_of(FACE))
    assert read_picture(tmp_path, "door") == JPEG
    assert read_facts(tmp_path, "door") == facts_of(FACE)


def test_removing_takes_both_away_and_may_be_done_twice(tmp_path: Path) -> None:
    write_preview(tmp_path, "door", JPEG, facts_of())
    remove_preview(tmp_path, "door")
    remove_preview(tmp_path, "door")
    assert list(tmp_path.iterdir()) == []
    assert read_picture(tmp_path, "door") is None
    assert read_facts(tmp_path, "door") is None


def test_each_camera_has_pictures_of_its_own_and_all_can_be_removed(tmp_path: Path) -> None:
    for camera in ("door", "yard", "door.json"):
        write_preview(tmp_path, camera, JPEG + camera.encode(), facts_of())
    remove_preview(tmp_path, "door")
    assert read_picture(tmp_path, "door") is None
    assert read_picture(tmp_path, "yard") == JPEG + b"yard"
    assert read_facts(tmp_path, "door.json") is not None
    (tmp_path / "recognise.json").touch()
    remove_previews(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["recognise.json"]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"number": 1}', b"\xff" * 100, b'{"width":' + b"9" * 5000 + b"}"]
)
def test_damaged_facts_are_none(tmp_path: Path, data: bytes) -> None:
    facts_file(tmp_path, "door").write_bytes(data)
    assert read_facts(tmp_path, "door") is None


def test_a_picture_that_is_too_large_is_none(tmp_path: Path) -> None:
    picture_file(tmp_path, "door").write_bytes(b"x" * (MAX_PICTURE_BYTES + 1))
    assert read_picture(tmp_path, "door") is None


def test_a_link_a_folder_and_a_pipe_are_none_and_nobody_waits(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"not for the page")
    (tmp_path / "link").symlink_to(secret)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe", "missing"):
        assert read_small(tmp_path / name, 1000) is None
    assert read_small(secret, 1000) == b"not for the page"
