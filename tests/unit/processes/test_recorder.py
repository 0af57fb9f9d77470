"""The recorder: never in the way of a frame, in order, and honest about what is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from edge.errors import SpoolError
from edge.processes.recorder import MAX_WAITING, Recorder
from edge.report.spool_rows import Draft, hit_draft
from tests.unit.processes.report_box import make_hit

FULL = SpoolError("There is no space left.", "Free some space.")


class MemoryStore:
    """A store of the port; slow, full or with room for few when told."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.full = False
        self.room = 10**6
        self.closed = False
        self.go = threading.Event()
        self.go.set()

    def open(self) -> None:
        if self.full:
            raise FULL

    def append_drafts(self, drafts: Sequence[Draft]) -> list[int]:
        self.go.wait(10)
        if self.full or len(drafts) > self.room:
            raise FULL
        self.room -= len(drafts)
        self.groups.append([one.event_id for one in drafts])
        return []

    def close(self) -> None:
        self.closed = True

    @property
    def recorded(self) -> list[str]:
        return [one for group in self.groups for one in group]


def started(store: MemoryStore) -> Recorder:
    recorder = Recorder(store, hit_draft)
    recorder.open()
    return recorder


def until(condition: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.005)


def ids(*numbers: int) -> list[str]:
    return [f"hit-{number}" for number in numbers]


def test_hits_are_recorded_in_their_order() -> None:
    store = MemoryStore()
    recorder = started(store)
    for number in range(50):
        recorder.add(make_hit(number))
    recorder.close()
    assert store.recorded == ids(*range(50))
    assert store.closed


def test_a_slow_disk_holds_up_nobody_and_what_waits_goes_in_one_flush() -> None:
    store = MemoryStore()
    store.go.clear()
    recorder = started(store)
    recorder.add(make_hit(0))
    for number in range(1, 20):
        recorder.add(make_hit(number))
    assert recorder.standing().waiting >= 19
    store.go.set()
    until(lambda: recorder.standing().waiting == 0)
    assert len(store.groups) <= 3
    assert store.recorded == ids(*range(20))
    recorder.close()


def test_hits_wait_while_the_store_is_full_and_are_recorded_when_it_is_not() -> None:
    store = MemoryStore()
    store.full = True
    recorder = started(store)
    recorder.add(make_hit(1))
    recorder.add(make_hit(2))
    until(lambda: recorder.standing().problem is FULL)
    assert recorder.standing().waiting == 2
    store.full = False
    until(lambda: recorder.standing().waiting == 0)
    assert recorder.standing().problem is None
    assert store.recorded == ids(1, 2)
    recorder.close()


def test_where_there_is_room_for_one_that_one_is_recorded() -> None:
    store = MemoryStore()
    store.go.clear()
    store.room = 3
    recorder = started(store)
    for number in range(10):
        recorder.add(make_hit(number))
    store.go.set()
    until(lambda: len(store.recorded) == 3)
    until(lambda: recorder.standing().problem is FULL)
    assert store.recorded == ids(0, 1, 2)
    assert recorder.standing().waiting == 7
    recorder.close()


def test_beyond_the_bound_hits_are_lost_and_counted() -> None:
    store = MemoryStore()
    store.full = True
    recorder = started(store)
    for number in range(MAX_WAITING + 5):
        recorder.add(make_hit(number))
    standing = recorder.standing()
    assert (standing.waiting, standing.lost) == (MAX_WAITING, 5)
    store.full = False
    recorder.close()
    assert store.recorded == ids(*range(MAX_WAITING))


def test_the_end_records_what_waits() -> None:
    store = MemoryStore()
    store.full = True
    recorder = started(store)
    recorder.add(make_hit(1))
    until(lambda: recorder.standing().problem is FULL)
    store.full = False
    recorder.close()
    recorder.close()
    assert store.recorded == ids(1)
