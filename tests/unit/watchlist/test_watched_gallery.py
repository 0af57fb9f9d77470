"""The gallery follows the file."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from edge.errors import WatchlistError
from edge.values import Watchlist
from edge.watchlist import bundle
from edge.watchlist.gallery import Gallery
from edge.watchlist.search import ExactSearch
from edge.watchlist.store import FILE_NAME, ListStore
from edge.watchlist.table import EntryTable
from edge.watchlist.watched import BackgroundGallery, WatchedGallery
from tests.fakes.watchlists import KEY, NOW, PACK, StillClock, entry, rows, watchlist


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path, (KEY.public_key(),), PACK)


@pytest.fixture
def watched(store: ListStore) -> WatchedGallery:
    return WatchedGallery(store, Gallery("north", StillClock()))


def put(store: ListStore, version: int) -> None:
    store.apply(bundle.encode(watchlist(entry(version), version=version), KEY), NOW)


def test_it_takes_up_each_new_list_once(store: ListStore, watched: WatchedGallery) -> None:
    watched.refresh()
    assert watched.version == 0
    for version in (1, 2):
        put(store, version)
        assert watched.refresh()
        assert not watched.refresh()
        assert watched.version == version
        assert watched.people == 1
        assert watched.search(rows(3, seed=version)[:1])[0][0].score > 0.99


def test_a_damaged_file_is_reported_once_and_the_old_list_goes_on(
    store: ListStore, watched: WatchedGallery, tmp_path: Path
) -> None:
    put(store, 1)
    watched.refresh()
    (tmp_path / FILE_NAME).write_bytes(b"WATCHLST")
    with pytest.raises(WatchlistError):
        watched.refresh()
    assert not watched.refresh()
    assert watched.problem is not None
    assert watched.version == 1
    assert watched.search(rows(3, seed=1)[:1])[0]
    put(store, 2)
    assert watched.refresh()
    assert watched.problem is None
    assert watched.version == 2


def test_a_file_that_is_taken_away_ends_all_matching(
    store: ListStore, watched: WatchedGallery, tmp_path: Path
) -> None:
    put(store, 1)
    watched.refresh()
    (tmp_path / FILE_NAME).unlink()
    assert watched.refresh()
    assert watched.version == 0
    assert watched.search(rows(1)) == [()]


class SlowStore(ListStore):
    """A store whose lists take until the test says so."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, (KEY.public_key(),), PACK)
        self.may_go = threading.Event()
        self.may_go.set()
        self.reading = threading.Event()

    def load(self) -> Watchlist | None:
        self.reading.set()
        assert self.may_go.wait(10)
        return super().load()


@pytest.fixture
def slow(tmp_path: Path) -> SlowStore:
    return SlowStore(tmp_path)


@pytest.fixture
def behind(slow: SlowStore) -> BackgroundGallery:
    return BackgroundGallery(WatchedGallery(slow, Gallery("north", StillClock())))


def settled(gallery: BackgroundGallery) -> list[bool]:
    """Ask as the recogniser does, until nothing is left to do."""
    told = []
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        told.append(gallery.refresh())
        if told[-3:] == [False] * 3 and not gallery.busy:
            return told
        time.sleep(0.01)
    raise AssertionError("the gallery never came to rest")


def sees(gallery: BackgroundGallery, number: int) -> bool:
    best = gallery.search(rows(3, seed=number)[:1])[0]
    return bool(best) and best[0].person_id == f"person-{number:04}"


def test_the_first_list_is_waited_for(slow: SlowStore, behind: BackgroundGallery) -> None:
    put(slow, 1)
    assert behind.refresh()
    assert behind.version == 1
    assert sees(behind, 1)


def test_search_answers_from_the_old_list_until_the_new_one_is_ready(
    slow: SlowStore, behind: BackgroundGallery
) -> None:
    put(slow, 1)
    behind.refresh()
    settled(behind)
    slow.may_go.clear()
    slow.reading.clear()
    put(slow, 2)
    assert not behind.refresh()
    assert slow.reading.wait(10)
    begin_s = time.monotonic()
    for _ in range(20):
        assert not behind.refresh()
        assert (behind.version, sees(behind, 1), sees(behind, 2)) == (1, True, False)
    assert time.monotonic() - begin_s < 5
    slow.may_go.set()
    assert sum(settled(behind)) == 1
    assert (behind.version, sees(behind, 1), sees(behind, 2)) == (2, False, True)


def test_a_bad_file_in_the_background_is_told_once_and_changes_nothing(
    slow: SlowStore, behind: BackgroundGallery, tmp_path: Path
) -> None:
    put(slow, 1)
    behind.refresh()
    settled(behind)
    (tmp_path / FILE_NAME).write_bytes(b"WATCHLST")
    with pytest.raises(WatchlistError):
        settled(behind)
    assert not any(settled(behind))
    assert behind.problem is not None
    assert (behind.version, behind.people, sees(behind, 1)) == (1, 1, True)
    put(slow, 2)
    assert any(settled(behind))
    assert behind.problem is None
    assert sees(behind, 2)


def test_a_file_that_is_taken_away_ends_all_matching_in_the_background_too(
    slow: SlowStore, behind: BackgroundGallery, tmp_path: Path
) -> None:
    put(slow, 1)
    behind.refresh()
    settled(behind)
    (tmp_path / FILE_NAME).unlink()
    assert any(settled(behind))
    assert behind.version == 0
    assert behind.search(rows(1)) == [()]


def test_searches_during_many_swaps_see_one_whole_list_or_another(
    slow: SlowStore, behind: BackgroundGallery
) -> None:
    put(slow, 1)
    behind.refresh()
    for version in range(2, 12):
        put(slow, version)
        while behind.version != version:
            behind.refresh()
            found = behind.search(rows(1))[0]
            assert [c.person_id for c in found] in (
                [f"person-{version - 1:04}"],
                [f"person-{version:04}"],
            )


def test_a_search_that_can_be_improved_is_improved_between_two_lists(tmp_path: Path) -> None:
    made: list[StepByStep] = []

    def make(of: EntryTable) -> StepByStep:
        made.append(StepByStep(of))
        return made[-1]

    store = SlowStore(tmp_path)
    gallery = BackgroundGallery(WatchedGallery(store, Gallery("north", StillClock(), make)))
    put(store, 1)
    gallery.refresh()
    settled(gallery)
    assert made[0].steps_left == 0
    put(store, 2)
    settled(gallery)
    assert (gallery.version, len(made), made[1].steps_left) == (2, 2, 0)


class StepByStep(ExactSearch):
    """A search that takes three steps to become its best."""

    steps_left = 3

    def improve(self, seconds: float) -> bool:
        self.steps_left -= 1
        return self.steps_left > 0
