"""Numbers and moments are told in plain words, and never better than they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.status import words

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "less than a minute"),
        (59.9, "less than a minute"),
        (60, "1 minute"),
        (252, "4 minutes"),
        (3600, "1 hour"),
        (90_000, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_a_length_of_time_is_told_by_its_largest_unit(seconds: float, told: str) -> None:
    assert words.duration(seconds) == told


@pytest.mark.parametrize(
    ("probability", "told"),
    [
        (1.0, "over 99.9 %"),
        (0.9995, "over 99.9 %"),
        (0.999, "99.9 %"),
        (0.9949, "99.4 %"),
        (0.5, "50.0 %"),
        (0.0, "0.0 %"),
    ],
)
def test_a_probability_is_never_rounded_up(probability: float, told: str) -> None:
    assert words.percent(probability) == told


@given(st.floats(0, 1))
def test_every_probability_has_words_and_none_is_a_hundred_percent(probability: float) -> None:
    assert words.sureness(probability)
    assert "100" not in words.percent(probability)


def test_a_moment_is_told_in_the_readers_time_zone() -> None:
    east = timezone(timedelta(hours=2))
    assert words.moment(NOW, NOW, east) == "14:00:00"
    assert words.moment(NOW - timedelta(days=1), NOW, east) == "31 May, 14:00"
    assert words.moment(NOW - timedelta(days=400), NOW, UTC) == "27 Apr 2025, 12:00"


@pytest.mark.parametrize(
    ("value", "told"),
    [(12, "12"), (12_345.0, "12,345"), (10.24, "10.2"), (0.214, "0.21"), (1234.5, "1,234")],
)
def test_a_figure_has_as_many_digits_as_help(value: float, told: str) -> None:
    assert words.number(value) == told
