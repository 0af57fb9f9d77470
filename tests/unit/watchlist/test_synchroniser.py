"""When a box looks for a newer list, and what it does after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadError

from edge.errors import ConfigError, WatchlistError
from edge.watchlist.origin import repository_url
from tests.fakes.list_box import ListBox
from tests.fakes.repository import SimulatedRepository
from tests.fakes.watchlists import entry

MINUTE = timedelta(minutes=1)


class Switchable(SimulatedRepository):
    """A repository that can be away."""

    away = False

    @property
    def looks(self) -> int:
        return self.asked.count("metadata/timestamp.json")

    def _fetch(self, url: str) -> Iterator[bytes]:
        if self.away:
            self.asked.append("metadata/timestamp.json")
            raise DownloadError("the network is unreachable")
        yield from super()._fetch(url)


@pytest.fixture
def repository() -> Switchable:
    made = Switchable()
    made.publish([entry(1)])
    return made


@pytest.fixture
def box(tmp_path: Path, repository: Switchable) -> ListBox:
    return ListBox(tmp_path, repository, refresh=5 * MINUTE)


def test_it_looks_at_once_and_then_once_in_each_interval(
    box: ListBox, repository: Switchable
) -> None:
    assert box.sync.step()
    for _ in range(60):
        box.clock.advance(MINUTE)
        assert not box.sync.step()
    assert 1 + 60 / 5.5 - 1 <= repository.looks <= 1 + 60 / 4.5 + 1


def test_a_look_that_finds_nothing_new_writes_nothing(box: ListBox, repository: Switchable) -> None:
    assert box.sync.sync_now()
    before = written(box.folder)
    assert not box.sync.sync_now()
    assert written(box.folder) == before
    repository.publish([entry(1), entry(2)])
    assert box.sync.sync_now()
    assert written(box.folder) != before


def written(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Of each file and folder what changes when it is written."""
    found = {one: one.lstat() for one in (folder, *folder.rglob("*"))}
    return {one: (at.st_ino, at.st_mtime_ns, at.st_size) for one, at in found.items()}


def test_the_intervals_of_two_boxes_drift_apart(tmp_path: Path, repository: Switchable) -> None:
    box = ListBox(tmp_path, repository, refresh=5 * MINUTE)
    looked: list[float] = []
    for _ in range(3000):
        before = repository.looks
        box.sync.step()
        if repository.looks > before:
            looked.append(box.clock.steady_s)
        box.clock.advance(timedelta(seconds=1))
    gaps = {round(after - before) for before, after in pairwise(looked)}
    assert len(gaps) > 3
    assert all(269 <= gap <= 331 for gap in gaps)


def test_a_failure_is_tried_again_soon_and_then_ever_later(
    box: ListBox, repository: Switchable
) -> None:
    repository.away = True
    waits: list[float] = []
    last_s = box.clock.steady_s
    for _ in range(2000):
        try:
            box.sync.step()
        except WatchlistError:
            waits.append(box.clock.steady_s - last_s)
            last_s = box.clock.steady_s
        box.clock.advance(timedelta(seconds=1))
    assert waits[1] <= 4
    assert waits[2] >= waits[1]
    assert max(waits) <= 331
    assert waits[-1] >= 269
    assert box.sync.last_error is not None
    assert "cannot be fetched" in box.sync.last_error.problem
    assert box.sync.age_s is None


def test_a_look_that_succeeds_clears_the_problem_and_counts_from_there(
    box: ListBox, repository: Switchable
) -> None:
    repository.away = True
    with pytest.raises(WatchlistError):
        box.sync.step()
    repository.away = False
    box.clock.advance(timedelta(seconds=5))
    assert box.sync.step()
    assert box.sync.last_error is None
    box.clock.advance(timedelta(seconds=7))
    assert box.sync.age_s == 7


def test_an_announced_version_is_looked_for_at_once(box: ListBox, repository: Switchable) -> None:
    assert box.sync.step()
    repository.publish([entry(1)], [entry(2)])
    box.clock.advance(timedelta(seconds=2))
    assert not box.sync.step()
    assert box.sync.step(announced=2)
    assert box.store.version() == 2


def test_an_announced_version_that_is_not_newer_is_no_reason_to_look(
    box: ListBox, repository: Switchable
) -> None:
    assert box.sync.step()
    looks = repository.looks
    box.clock.advance(timedelta(seconds=2))
    assert not box.sync.step(announced=1)
    assert repository.looks == looks


def test_an_announced_version_that_has_not_arrived_is_looked_for_again_soon(
    box: ListBox, repository: Switchable
) -> None:
    assert box.sync.step()
    box.clock.advance(timedelta(seconds=2))
    assert not box.sync.step(announced=2)
    repository.publish([entry(2)])
    applied = []
    for _ in range(5):
        box.clock.advance(timedelta(seconds=1))
        applied.append(box.sync.step(announced=2))
    assert any(applied)


def test_forged_announcements_cause_at_most_one_look_a_second(
    box: ListBox, repository: Switchable
) -> None:
    assert box.sync.step()
    looks = repository.looks
    for number in range(100):
        box.clock.advance(timedelta(milliseconds=100))
        assert not box.sync.step(announced=2**40 - number)
    assert repository.looks - looks <= 11


def test_a_forged_high_announcement_does_not_silence_a_true_one(
    box: ListBox, repository: Switchable
) -> None:
    assert box.sync.step()
    box.clock.advance(timedelta(seconds=2))
    assert not box.sync.step(announced=2**53 - 1)
    repository.publish([entry(2)])
    box.clock.advance(timedelta(seconds=1))
    assert box.sync.step(announced=2)


def test_without_a_trusted_time_nothing_is_fetched(box: ListBox, repository: Switchable) -> None:
    box.clock.trusted = False
    assert not box.sync.step(announced=9)
    assert repository.asked == []
    with pytest.raises(WatchlistError, match="time of day is not known"):
        box.sync.sync_now()
    box.clock.trusted = True
    box.clock.advance(timedelta(seconds=5))
    assert box.sync.step()


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://host/lists/", "https://host/lists"),
        ("http://host:8000", "http://host:8000"),
        ("file:///srv/lists", "file:///srv/lists"),
        ("/srv/my lists", "file:///srv/my%20lists"),
    ],
)
def test_a_repository_is_named_by_address_or_path(address: str, url: str) -> None:
    assert repository_url(address) == url


@pytest.mark.parametrize(
    "address",
    ["", "ftp://host/list", "https://", "https://a:b@host/x", "file://other/x", "http://["],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ConfigError, match=r"watchlist\.source"):
        repository_url(address)


def test_a_missing_root_says_where_it_comes_from(box: ListBox) -> None:
    box.root.unlink()
    with pytest.raises(WatchlistError) as caught:
        box.sync.sync_now()
    assert "root.json from the register" in caught.value.remedy


@pytest.mark.parametrize("text", ["", "{}", "[project]", '{"signed": {"_type": "timestamp"}}'])
def test_a_root_that_is_something_else_is_named(box: ListBox, text: str) -> None:
    box.root.write_text(text)
    with pytest.raises(WatchlistError, match=r"is not the root of a register"):
        box.sync.sync_now()
