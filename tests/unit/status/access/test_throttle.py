"""Wrong passwords cost time, and more each time."""

from __future__ import annotations

from edge.status.access.throttle import (
    FIRST_WAIT_S,
    FORGIVEN_AFTER_S,
    MAX_CALLERS,
    MAX_WAIT_S,
    Throttle,
)
from tests.fakes.clock import FakeClock


def guess_wrong(throttle: Throttle, times: int, caller: str = "a") -> float:
    return [throttle.wrong(caller) for _ in range(times)][-1]


def test_the_first_wrong_ones_cost_nothing_and_the_last_locks_out() -> None:
    throttle = Throttle(FakeClock(), tries=5)
    assert guess_wrong(throttle, 4) == 0
    assert throttle.wait_s("a") == 0
    assert guess_wrong(throttle, 1) == FIRST_WAIT_S
    assert throttle.wait_s("a") == FIRST_WAIT_S
    assert throttle.wait_s("b") == 0


def test_each_lock_out_is_twice_as_long_up_to_a_bound() -> None:
    clock = FakeClock()
    throttle = Throttle(clock, tries=1)
    waits = []
    for _ in range(6):
        waits.append(guess_wrong(throttle, 1))
        clock.advance(waits[-1])
        assert throttle.wait_s("a") == 0
    assert waits == [300, 600, 1200, 2400, MAX_WAIT_S, MAX_WAIT_S]


def test_a_right_password_and_a_quiet_hour_both_forgive() -> None:
    clock = FakeClock()
    throttle = Throttle(clock, tries=2)
    guess_wrong(throttle, 1)
    throttle.right("a")
    assert guess_wrong(throttle, 1) == 0
    clock.advance(FORGIVEN_AFTER_S + 1)
    assert guess_wrong(throttle, 1) == 0


def test_setting_the_time_of_day_frees_nobody() -> None:
    clock = FakeClock()
    throttle = Throttle(clock, tries=1)
    guess_wrong(throttle, 1)
    clock.trusted = False
    assert throttle.wait_s("a") == FIRST_WAIT_S


def test_a_crowd_of_callers_takes_bounded_memory_and_forgets_the_oldest() -> None:
    throttle = Throttle(FakeClock(), tries=2)
    for number in range(MAX_CALLERS + 1):
        guess_wrong(throttle, 1, f"caller-{number}")
    assert guess_wrong(throttle, 1, "caller-0") == 0
    assert guess_wrong(throttle, 1, f"caller-{MAX_CALLERS}") == FIRST_WAIT_S
