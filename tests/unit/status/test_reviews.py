"""A review goes out once, counts once for its hit, and says how sure the figure is."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import SpoolError
from edge.status import reviews
from edge.status.reviews import ReviewBook, Tally, total
from edge.values import Opinion, Review
from tests.fakes.clock import START


def review(hit: str = "hit-1", opinion: Opinion = Opinion.CONFIRMED, after_s: float = 0) -> Review:
    return Review(hit, opinion, START + timedelta(seconds=after_s))


def test_a_review_is_kept_and_left_for_the_report_process(tmp_path: Path) -> None:
    book = ReviewBook(tmp_path)
    book.add(review(), "guests")
    assert book.verdicts() == {"hit-1": Opinion.CONFIRMED}
    (file,) = (tmp_path / "reviews").glob("*.json")
    said = json.loads(file.read_bytes())
    assert said["hit_id"] == "hit-1"
    assert said["opinion"] == "confirmed"


def test_the_last_word_on_a_hit_counts_and_both_go_out(tmp_path: Path) -> None:
    book = ReviewBook(tmp_path)
    book.add(review(), "guests")
    book.add(review(opinion=Opinion.NOT_THIS_PERSON, after_s=5), "guests")
    assert book.tallies() == {"guests": Tally(0, 1)}
    assert len(list((tmp_path / "reviews").glob("*.json"))) == 2


def test_lists_are_counted_apart_and_together(tmp_path: Path) -> None:
    book = ReviewBook(tmp_path)
    book.add(review("a"), "guests")
    book.add(review("b"), "staff")
    book.add(review("c", Opinion.NOT_THIS_PERSON), "staff")
    assert book.tallies() == {"guests": Tally(1, 0), "staff": Tally(1, 1)}
    assert total(book.tallies()) == Tally(2, 1)


def test_the_band_is_wilsons() -> None:
    """8 of 10: 0.4902 to 0.9433, as in any table of the interval."""
    low, high = Tally(8, 2).band
    assert low == pytest.approx(0.4902, abs=1e-4)
    assert high == pytest.approx(0.9433, abs=1e-4)
    assert Tally().precision is None
    assert Tally().band == (0.0, 1.0)


def test_a_full_outbox_refuses_and_keeps_nothing(tmp_path: Path) -> None:
    outbox = tmp_path / "reviews"
    outbox.mkdir()
    for number in range(reviews.MAX_WAITING):
        (outbox / f"{number}.json").touch()
    book = ReviewBook(tmp_path)
    with pytest.raises(SpoolError, match="wait"):
        book.add(review(), "guests")
    assert book.verdicts() == {}


def test_a_damaged_record_is_told_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "reviews.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(SpoolError, match="cannot be used"):
        ReviewBook(tmp_path).verdicts()
