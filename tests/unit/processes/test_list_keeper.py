"""The list keeper beside the sending of hits: one look at a time, and no erasure lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

import pytest

from edge.errors import WatchlistError
from edge.processes.list_keeper import ListKeeper
from edge.values import Erasure
from tests.fakes.watchlists import NOW, StillClock

ERASED = Erasure("entry-0001", "guests", 2, NOW)


class ToldSynchroniser:
    """A synchroniser of the port that does as it is told."""

    def __init__(self) -> None:
        self.error: WatchlistError | None = None
        self.announced: list[int] = []
        self.waiting: list[Erasure] = []
        self.recorded: list[Erasure] = []
        self.at_work = 0
        self.go = threading.Event()
        self.go.set()

    @property
    def last_error(self) -> WatchlistError | None:
        return self.error

    @property
    def age_s(self) -> float | None:
        return None

    def step(self, announced: int = 0) -> bool:
        self.at_work += 1
        assert self.at_work == 1
        assert self.go.wait(10)
        self.announced.append(announced)
        self.at_work -= 1
        if self.error:
            raise self.error
        return True

    def take_erasures(self) -> list[Erasure]:
        taken, self.waiting = self.waiting, []
        return taken

    def erasures_recorded(self, erasures: Iterable[Erasure]) -> None:
        self.recorded.extend(erasures)


class Desk:
    def __init__(self) -> None:
        self.told = ToldSynchroniser()
        self.clock = StillClock()
        self.version = 7
        self.keeper = ListKeeper(self.told, lambda: self.version, self.clock)

    def until(self, reached: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not reached():
            assert time.monotonic() < deadline
            self.clock.advance(timedelta(milliseconds=10))
            self.keeper.step()
            time.sleep(0.001)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    made.until(lambda: made.keeper.version)
    yield made
    made.told.go.set()
    made.keeper.close()


def test_an_announcement_is_passed_on_without_waiting_for_the_next_second(desk: Desk) -> None:
    desk.until(lambda: desk.told.announced)
    looks = len(desk.told.announced)
    desk.keeper.announced(9)
    for _ in range(1000):
        desk.keeper.step()
        if len(desk.told.announced) > looks:
            break
        time.sleep(0.001)
    assert desk.told.announced[-1] == 9


def test_steps_never_run_side_by_side_and_never_hold_up_the_caller(desk: Desk) -> None:
    desk.until(lambda: desk.told.announced)
    desk.told.go.clear()
    for number in range(200):
        desk.keeper.announced(number)
        desk.clock.advance(timedelta(seconds=1))
        desk.keeper.step()
    desk.told.go.set()
    desk.until(lambda: len(desk.told.announced) > 3)


def test_an_erasure_is_crossed_off_only_when_it_is_recorded(desk: Desk) -> None:
    desk.told.waiting = [ERASED]
    taken: list[Erasure] = []

    def took() -> bool:
        taken.extend(desk.keeper.take_erasures())
        return bool(taken)

    desk.until(took)
    assert taken == [ERASED]
    assert desk.told.recorded == []
    desk.keeper.erasures_recorded(taken)
    desk.until(lambda: desk.told.recorded)
    assert desk.told.recorded == [ERASED]
    assert desk.keeper.take_erasures() == []


def test_a_problem_is_shown_until_a_look_succeeds(desk: Desk) -> None:
    desk.told.error = WatchlistError("It expired.", "Publish.")
    desk.until(lambda: desk.keeper.problem)
    assert desk.keeper.problem is desk.told.error
    desk.told.error = None
    desk.until(lambda: desk.keeper.problem is None)
