"""Preview files are read within bounds, follow no link, and go away together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.runtime.preview_file import (
    FACTS,
    MAX_PICTURE_BYTES,
    PICTURE,
    read_facts,
    read_picture,
    read_small,
    remove_preview,
    write_preview,
)
from tests.fakes.previews import FACE, facts_of

JPEG = b"\xff\xd8 a picture"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_preview(tmp_path, JPEG, facts_of(FACE))
    assert read_picture(tmp_path) == JPEG
    assert read_facts(tmp_path) == facts_of(FACE)


def test_removing_takes_both_away_and_may_be_done_twice(tmp_path: Path) -> None:
    write_preview(tmp_path, JPEG, facts_of())
    remove_preview(tmp_path)
    remove_preview(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert read_picture(tmp_path) is None
    assert read_facts(tmp_path) is None


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"number": 1}', b"\xff" * 100, b'{"width":' + b"9" * 5000 + b"}"]
)
def test_damaged_facts_are_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FACTS).write_bytes(data)
    assert read_facts(tmp_path) is None


def test_a_picture_that_is_too_large_is_none(tmp_path: Path) -> None:
    (tmp_path / PICTURE).write_bytes(b"x" * (MAX_PICTURE_BYTES + 1))
    assert read_picture(tmp_path) is None


def test_a_link_a_folder_and_a_pipe_are_none_and_nobody_waits(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"not for the page")
    (tmp_path / "link").symlink_to(secret)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe", "missing"):
        assert read_small(tmp_path / name, 1000) is None
    assert read_small(secret, 1000) == b"not for the page"
