"""A box that is killed while it applies a list has the old one or the new one, whole."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from edge.runtime.atomic_file import write_atomically
from edge.values import Entry
from edge.watchlist.quantise import quantise
from edge.watchlist.sealed import unseal
from edge.watchlist.store import ACTIVE_NAME
from tests.fakes.list_box import ListBox
from tests.fakes.repository import SimulatedRepository
from tests.fakes.watchlists import entry

KILLS = 200


class Publisher:
    """Publishes one version after the other: two more people, and one withdrawn."""

    def __init__(self) -> None:
        self.repository = SimulatedRepository()
        self.groups: list[list[Entry]] = []
        self.gone: set[str] = set()
        self.next()

    def next(self) -> list[str]:
        """Publish; who is on the list."""
        number = 10 * (self.repository.version + 1)
        fresh = [entry(number), entry(number + 1)]
        kept = [[*group] for group in self.groups[-3:]]
        self.gone |= {one.entry_id for group in self.groups[:-3] for one in group}
        revoked = [(kept[-1][0], kept[-1])] if kept else []
        self.gone |= {one.entry_id for one, _ in revoked}
        for group in kept[:-1]:
            group[:] = [one for one in group if one.entry_id not in self.gone]
        self.groups = [*kept, fresh]
        self.repository.publish(*self.groups, revoked=revoked)
        everybody = {one.entry_id for group in self.groups for one in group}
        return sorted(everybody - self.gone)


def applying(box: ListBox) -> int:
    """Apply in a child; its number."""
    child = os.fork()
    if child == 0:
        try:
            box.sync.sync_now()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def was_killed(child: int) -> bool:
    """Whether a child was killed at its work, once it has ended."""
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def fresh_box(folder: Path, publisher: Publisher) -> ListBox:
    return ListBox(folder, publisher.repository, write=write_atomically)


@pytest.mark.timeout(600)  # seven seconds on two idle cores; each kill waits for the system
def test_two_hundred_kills_leave_the_old_list_or_the_new_one_and_lose_no_erasure(
    tmp_path: Path,
) -> None:
    publisher = Publisher()
    box = fresh_box(tmp_path, publisher)
    assert box.sync.sync_now()
    usual_s = 1.0
    for _ in range(3):
        old = publisher.next()
        began_s = time.monotonic()
        assert box.sync.sync_now()
        usual_s = min(usual_s, time.monotonic() - began_s)
    chance = random.Random(4)
    killed, told = 0, set()
    new = publisher.next()
    for _ in range(2000):
        child = applying(fresh_box(tmp_path, publisher))
        time.sleep(chance.uniform(0, usual_s))
        os.kill(child, signal.SIGKILL)
        killed += was_killed(child)
        after = fresh_box(tmp_path, publisher)
        found = after.entries()
        assert found in (old, new)
        if found == new:
            after.sync.step()
            told |= {one.entry_id for one in after.sync.take_erasures()}
            old, new = new, publisher.next()
        if killed >= KILLS:
            break
    assert killed >= KILLS
    last = fresh_box(tmp_path, publisher)
    assert last.sync.sync_now()
    assert last.entries() == new
    told |= {one.entry_id for one in last.sync.take_erasures()}
    assert publisher.gone <= told
    assert_only_these_lie_here(last, new, publisher)


def assert_only_these_lie_here(box: ListBox, new: list[str], publisher: Publisher) -> None:
    key = box.key.read()
    sealed = [path for path in box.folder.rglob("*") if path.is_file()]
    opened = [
        unseal(key, ACTIVE_NAME if path.name == ACTIVE_NAME else path.stem, path.read_bytes())
        for path in sealed
        if path.suffix == ".sealed"
    ]
    numbers = range(1, 10 * publisher.repository.version + 2)
    gone = [entry(n) for n in numbers if f"entry-{n:04}" not in new]
    for one in gone[-60:]:
        rows = [row.tobytes() for row in quantise(one.templates)]
        assert not [1 for data in opened for row in rows if row in data]
    assert not [path for path in sealed if path.name.endswith(".new")]


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_kill_at_each_write_leaves_the_old_list_or_the_new_one(
    tmp_path: Path, fails_at: int
) -> None:
    publisher = Publisher()
    assert fresh_box(tmp_path, publisher).sync.sync_now()
    old = fresh_box(tmp_path, publisher).entries()
    new = publisher.next()
    writes = 0

    def write(path: Path, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == fails_at:
            path.with_name(f".{path.name}.{os.getpid()}.new").write_bytes(data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        write_atomically(path, data)

    was_killed(applying(ListBox(tmp_path, publisher.repository, write=write)))
    after = fresh_box(tmp_path, publisher)
    assert after.entries() in (old, new)
    assert after.sync.sync_now() or after.entries() == new
    assert after.entries() == new
    assert not list(after.folder.rglob("*.new"))
