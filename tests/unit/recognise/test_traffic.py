"""Strangers' passages a week: counted, smoothed, remembered."""

from __future__ import annotations

import pytest

from edge.recognise.traffic import WEEK_S, Counted, TrafficCounter


def passages(counter: TrafficCounter, per_week: float, weeks: float, start_s: float = 0.0) -> float:
    """Passages come evenly; a frame every five seconds. Returns the last frame's time."""
    due, end_s, t_s = 0.0, start_s + weeks * WEEK_S, start_s
    while t_s < end_s:
        due += per_week * 5.0 / WEEK_S
        counter.advance(t_s, int(due))
        due -= int(due)
        t_s += 5.0
    return t_s


def test_a_new_site_begins_at_its_prior() -> None:
    assert TrafficCounter(5000).tracks_per_week == pytest.approx(5000)


def test_after_two_weeks_the_count_outweighs_the_prior() -> None:
    counter = TrafficCounter(5000)
    passages(counter, 700, 2)
    assert 700 < counter.tracks_per_week < 1200


def test_the_prior_is_forgotten_in_the_end() -> None:
    counter = TrafficCounter(5000)
    passages(counter, 700, 10)
    assert counter.tracks_per_week == pytest.approx(700, rel=0.02)


def test_the_count_follows_a_change_of_traffic_within_weeks() -> None:
    counter = TrafficCounter(1000)
    t_s = passages(counter, 1000, 4)
    passages(counter, 4000, 4, t_s)
    assert counter.tracks_per_week > 3200


def test_time_in_which_no_pictures_came_does_not_count() -> None:
    counter = TrafficCounter(1000)
    t_s = passages(counter, 1000, 1)
    before = counter.tracks_per_week
    counter.advance(t_s + 3 * WEEK_S, 0)
    assert counter.tracks_per_week == pytest.approx(before)


def test_a_source_that_starts_its_clock_over_changes_nothing() -> None:
    counter = TrafficCounter(1000)
    passages(counter, 1000, 0.1)
    before = counter.counted
    counter.advance(0.0, 0)
    assert counter.counted == before


def test_what_was_counted_outlives_a_restart() -> None:
    counter = TrafficCounter(5000)
    passages(counter, 700, 2)
    again = TrafficCounter(5000, counter.counted)
    assert again.tracks_per_week == pytest.approx(counter.tracks_per_week)


@pytest.mark.parametrize("bad", [(-1.0, 0.0), (0.0, -1.0), (float("nan"), 1.0), (1.0, 1e12)])
def test_a_count_out_of_its_bounds_cannot_be_made(bad: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="out of its bounds"):
        Counted(*bad)
