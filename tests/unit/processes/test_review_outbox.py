"""Reviews go from the page's folder into the spool, each once, and rubbish goes away."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import SpoolError
from edge.processes.review_outbox import AT_ONCE, ReviewOutbox
from edge.report.messages import parse_review
from edge.report.spool import Bounds, Kind, NoteWriter, SpoolReader, SpoolWriter
from edge.status.reviews import ReviewBook
from edge.values import Opinion, Review
from tests.fakes.clock import START, FakeClock


def left(folder: Path, *hits: str) -> None:
    book = ReviewBook(folder)
    for hit in hits:
        book.add(Review(hit, Opinion.NOT_THIS_PERSON, START), "guests")


def test_a_review_becomes_a_row_of_the_spool_and_its_file_goes(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "spool.db"
    SpoolWriter(path, Bounds()).open()
    notes = NoteWriter(path, Bounds(), site="site-1", box="box-1", clock=clock)
    left(tmp_path, "hit-1")
    assert ReviewOutbox(tmp_path / "reviews", clock).step(notes.record_review) == 1
    reader = SpoolReader(path, clock=clock)
    (row,) = reader.live(10) or reader.backlog(10)
    assert row.kind is Kind.REVIEW
    assert parse_review(row.event).review == Review("hit-1", Opinion.NOT_THIS_PERSON, START)
    assert list((tmp_path / "reviews").iterdir()) == []


def test_a_review_taken_twice_is_one_row(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "spool.db"
    SpoolWriter(path, Bounds()).open()
    notes = NoteWriter(path, Bounds(), site="site-1", box="box-1", clock=clock)
    left(tmp_path, "hit-1", "hit-1")
    assert ReviewOutbox(tmp_path / "reviews", clock).step(notes.record_review) == 2
    assert SpoolReader(path, clock=clock).standing().waiting_notes == 1


def test_a_review_that_is_not_recorded_stays_for_the_next_time(tmp_path: Path) -> None:
    clock = FakeClock()
    left(tmp_path, "hit-1")
    outbox = ReviewOutbox(tmp_path / "reviews", clock)
    recorded: list[Review] = []

    def refuse(review: Review) -> None:
        raise SpoolError("The disk is full.", "Free some space.")

    with pytest.raises(SpoolError):
        outbox.step(refuse)
    clock.advance(1)
    assert outbox.step(recorded.append) == 1
    assert [one.hit_id for one in recorded] == ["hit-1"]


def test_a_file_that_is_no_review_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "reviews"
    folder.mkdir()
    (folder / "a.json").write_text('{"format": 1, "hit_id": "x", "opinion": "maybe"}')
    (folder / "b.json").write_bytes(b"\xff" * 10_000)
    recorded: list[Review] = []
    assert ReviewOutbox(folder, FakeClock()).step(recorded.append) == 0
    assert list(folder.iterdir()) == []
    assert recorded == []


def test_a_flood_is_taken_in_parts(tmp_path: Path) -> None:
    clock = FakeClock()
    left(tmp_path, *(f"hit-{n}" for n in range(AT_ONCE + 3)))
    outbox = ReviewOutbox(tmp_path / "reviews", clock)
    recorded: list[Review] = []
    assert outbox.step(recorded.append) == AT_ONCE
    assert outbox.step(recorded.append) == 0
    clock.advance(1)
    assert outbox.step(recorded.append) == 3


def test_no_folder_is_no_review(tmp_path: Path) -> None:
    assert ReviewOutbox(tmp_path / "none", FakeClock()).step(lambda review: None) == 0
