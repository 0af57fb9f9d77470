"""Pictures of hits: sealed, bound to their hit, gone in time, and nothing at all by default."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from edge.errors import WatchpostError
from edge.report.spool import Bounds, NoteWriter, SpoolReader, SpoolView
from edge.report.spool_evidence import MAX_PICTURE_BYTES, PicturedDrafts, opened
from edge.values import Erasure
from edge.watchlist.box_key import BoxKey
from tests.unit.report.hits import NOON, SteppedClock, make_hit, make_writer

PICTURE = b"\xff\xd8 the face of a person who agreed to it " * 20


@pytest.fixture
def key(tmp_path: Path) -> BoxKey:
    return BoxKey(tmp_path / "evidence.key", of="evidence")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


def record(path: Path, key: BoxKey, number: int, picture: bytes | None = PICTURE) -> None:
    writer = make_writer(path)
    writer.append_drafts([PicturedDrafts(key)(make_hit(number, picture=picture))])
    writer.close()


def test_by_default_there_is_neither_a_picture_nor_a_key(
    path: Path, key: BoxKey, tmp_path: Path
) -> None:
    record(path, key, 1, None)
    assert SpoolView(path).sealed_picture("hit-1") is None
    assert not SpoolView(path).recent(1)[0].pictured
    assert not (tmp_path / "evidence.key").exists()


def test_a_picture_is_kept_sealed_and_opens_with_the_key(path: Path, key: BoxKey) -> None:
    record(path, key, 1)
    sealed = SpoolView(path).sealed_picture("hit-1")
    assert sealed is not None
    assert opened(key, "hit-1", sealed) == PICTURE
    assert SpoolView(path).recent(1)[0].pictured
    for one in path.parent.glob("spool.db*"):
        assert b"the face of a person" not in one.read_bytes(), one.name


def test_a_picture_opens_for_no_other_hit_and_with_no_other_key(
    path: Path, key: BoxKey, tmp_path: Path
) -> None:
    record(path, key, 1)
    sealed = SpoolView(path).sealed_picture("hit-1")
    assert sealed is not None
    with pytest.raises(WatchpostError):
        opened(key, "hit-2", sealed)
    other = BoxKey(tmp_path / "other.key")
    other.read_or_make()
    with pytest.raises(WatchpostError):
        opened(other, "hit-1", sealed)


def test_a_withdrawn_person_leaves_no_picture_and_no_bytes_of_one(path: Path, key: BoxKey) -> None:
    record(path, key, 1)
    sealed = SpoolView(path).sealed_picture("hit-1")
    assert sealed is not None
    notes = NoteWriter(path, Bounds(), site="site-1", box="box-1", clock=SteppedClock())
    notes.record_erasures([Erasure("another", "staff", 4, NOON)])
    assert SpoolView(path).sealed_picture("hit-1") == sealed
    notes.record_erasures([Erasure("entry-1", "staff", 5, NOON)])
    notes.close()
    assert SpoolView(path).sealed_picture("hit-1") is None
    assert SpoolView(path).recent(1)[0].hit.hit_id == "hit-1", "the hit itself stays"
    assert all(sealed[40:400] not in one.read_bytes() for one in path.parent.glob("spool.db*"))


def test_a_picture_is_in_no_message(path: Path, key: BoxKey) -> None:
    record(path, key, 1)
    record(path, key, 2, None)
    one, other = SpoolReader(path).live(2)
    assert b"picture" not in one.event
    assert len(one.event) == len(other.event)


def test_without_a_usable_key_the_hit_is_recorded_without_its_picture(
    path: Path, key: BoxKey, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "evidence.key").write_bytes(b"short")
    (tmp_path / "evidence.key").chmod(0o600)
    with caplog.at_level(logging.ERROR):
        record(path, key, 1)
    assert len(SpoolReader(path).live(2)) == 1
    assert SpoolView(path).sealed_picture("hit-1") is None
    assert "picture of a hit is not kept" in caplog.text


def test_a_picture_beyond_its_bound_is_not_kept(path: Path, key: BoxKey) -> None:
    record(path, key, 1, b"x" * (MAX_PICTURE_BYTES + 1))
    assert SpoolView(path).sealed_picture("hit-1") is None
    assert len(SpoolReader(path).live(2)) == 1


def test_a_picture_shows_in_no_text_of_its_hit() -> None:
    assert "the face" not in repr(make_hit(1, picture=PICTURE))
