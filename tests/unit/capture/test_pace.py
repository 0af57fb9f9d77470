"""Waiting for the next picture, and time that only rises."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.capture.pace import LONGEST_GAP_S, MediaTime, Pacer
from tests.fakes.clock import FakeClock


class Waits(list[float]):
    """Remembers waits and lets the clock pass."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def __call__(self, seconds: float) -> None:
        self.append(seconds)
        self._clock.advance(seconds)


def test_a_recording_plays_at_its_own_speed() -> None:
    clock = FakeClock()
    waits = Waits(clock)
    pacer = Pacer(clock, waits, 5.0)
    for media_s in (7.0, 7.1, 7.2):
        pacer.wait_for(media_s)
    assert waits == pytest.approx([0.1, 0.1])


def test_a_slow_reader_does_not_wait_until_it_has_caught_up() -> None:
    clock = FakeClock()
    waits = Waits(clock)
    pacer = Pacer(clock, waits, 5.0)
    pacer.wait_for(0.0)
    clock.advance(0.25)
    for media_s in (0.1, 0.2, 0.3):
        pacer.wait_for(media_s)
    assert waits == pytest.approx([0.05])


def test_a_long_gap_is_shortened_and_play_goes_on_from_there() -> None:
    clock = FakeClock()
    waits = Waits(clock)
    pacer = Pacer(clock, waits, 5.0)
    for media_s in (0.0, 100.0, 100.1):
        pacer.wait_for(media_s)
    assert waits == pytest.approx([5.0, 0.1])


def test_good_stamps_are_the_media_time() -> None:
    time = MediaTime(0.1)
    assert [time.at(s) for s in (1.4, 1.5, 1.7)] == [1.4, 1.5, 1.7]


def test_missing_falling_and_leaping_stamps_are_bridged_by_the_nominal_interval() -> None:
    time = MediaTime(0.5)
    found = [time.at(s) for s in (0.0, None, 0.2, 2.0, 2.0 + LONGEST_GAP_S + 1, 1e15)]
    assert found == pytest.approx([0.0, 0.5, 1.0, 2.0, 2.5, 3.0])


def test_a_second_pass_follows_the_first() -> None:
    time = MediaTime(0.1)
    first = [time.at(s) for s in (1.0, 1.1)]
    time.start_again()
    assert first + [time.at(s) for s in (1.0, 1.1)] == pytest.approx([1.0, 1.1, 1.2, 1.3])


@given(st.lists(st.none() | st.floats(allow_nan=False), max_size=50), st.integers(0, 49))
def test_time_rises_whatever_the_stamps_are(stamps: list[float | None], again: int) -> None:
    time = MediaTime(0.04)
    found = []
    for number, stamp in enumerate(stamps):
        if number == again:
            time.start_again()
        found.append(time.at(stamp))
    assert all(a < b <= a + LONGEST_GAP_S + 1e-6 for a, b in pairwise(found))
