"""The gallery follows the list in force."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from edge.errors import WatchlistError
from edge.runtime.clock import NeverBefore
from edge.values import Entry
from edge.watchlist.gallery import Gallery
from edge.watchlist.origin import trust_in
from edge.watchlist.store import ACTIVE_NAME, SealedStore
from edge.watchlist.table import EntryTable
from edge.watchlist.watched import BackgroundGallery, WatchedGallery
from tests.fakes.list_box import ListBox
from tests.fakes.repository import SimulatedRepository
from tests.fakes.watchlists import NOW, PACK, StillClock, entry, rows


class SlowStore(SealedStore):
    """The box's store as the recogniser sees it; reading takes until the test says so."""

    def __init__(self, box: ListBox) -> None:
        super().__init__(box.folder, box.key, partial(trust_in, box.root))
        self.may_go = threading.Event()
        self.may_go.set()
        self.reading = threading.Event()
        self.read: list[str] = []

    def segment(self, segment_id: str) -> EntryTable:
        self.reading.set()
        assert self.may_go.wait(10)
        self.read.append(segment_id)
        return super().segment(segment_id)


class Site:
    """A repository, the box that follows it, and the recogniser's view of the box's list."""

    def __init__(self, folder: Path) -> None:
        self.repository = SimulatedRepository()
        self.box = ListBox(folder, self.repository)
        self.clock = StillClock()
        self.store = SlowStore(self.box)
        believed = NeverBefore(self.clock)
        self.watched = WatchedGallery(self.store, Gallery("north", believed), PACK, believed)
        self.behind = BackgroundGallery(self.watched)

    def put(self, *groups: Sequence[Entry], **more: object) -> None:
        self.repository.publish(*groups, **more)  # type: ignore[arg-type]
        assert self.box.sync.sync_now()

    def damage(self) -> None:
        (self.box.folder / ACTIVE_NAME).write_bytes(b"WPSEAL")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def sees(gallery: WatchedGallery | BackgroundGallery, number: int) -> bool:
    best = gallery.search(rows(3, seed=number)[:1])[0]
    return bool(best) and best[0].person_id == f"person-{number:04}"


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


def test_it_takes_up_each_new_list_once(site: Site) -> None:
    assert not site.watched.refresh() or site.watched.version == 0
    for version in (1, 2):
        site.put([entry(version)])
        assert site.watched.refresh()
        assert not site.watched.refresh()
        assert (site.watched.version, site.watched.people) == (version, 1)
        assert sees(site.watched, version)


def test_additions_and_withdrawals_read_only_the_segments_they_touch(site: Site) -> None:
    groups = [[entry(10 * n), entry(10 * n + 1)] for n in range(1, 6)]
    site.put(*groups)
    site.watched.refresh()
    assert len(site.store.read) == 5
    site.put(*groups, [entry(99)])
    site.watched.refresh()
    assert len(site.store.read) == 6
    assert sees(site.watched, 99)
    site.put(*groups, [entry(99)], revoked=[(entry(20), groups[1])])
    site.watched.refresh()
    assert len(site.store.read) == 7
    assert (sees(site.watched, 20), sees(site.watched, 21), sees(site.watched, 99)) == (
        False,
        True,
        True,
    )


def test_a_damaged_file_is_reported_once_and_the_old_list_goes_on(site: Site) -> None:
    site.put([entry(1)])
    site.watched.refresh()
    site.damage()
    with pytest.raises(WatchlistError):
        site.watched.refresh()
    assert not site.watched.refresh()
    assert site.watched.problem is not None
    assert site.watched.version == 1
    assert sees(site.watched, 1)
    site.put([entry(2)])
    assert site.watched.refresh()
    assert site.watched.problem is None
    assert sees(site.watched, 2)


def test_a_list_that_is_taken_away_ends_all_matching(site: Site) -> None:
    site.put([entry(1)])
    site.watched.refresh()
    (site.box.folder / ACTIVE_NAME).unlink()
    assert site.watched.refresh()
    assert site.watched.version == 0
    assert site.watched.search(rows(1)) == [()]


def test_a_list_of_another_pack_than_the_boxs_is_not_searched(site: Site) -> None:
    site.put([entry(1)])
    believed = NeverBefore(site.clock)
    other = WatchedGallery(site.store, Gallery("north", believed), "other@2.0", believed)
    with pytest.raises(WatchlistError, match=r"test@1\.0.*other@2\.0"):
        other.refresh()
    assert other.search(rows(1)) == [()]


def test_a_list_that_is_replaced_while_it_is_read_is_no_error(site: Site) -> None:
    site.put([entry(1)], [entry(2)])

    class Overtaken(SlowStore):
        """The list is replaced between the reading of its document and of its segments."""

        def segment(self, segment_id: str) -> EntryTable:
            if site.box.store.version() == 1:
                site.put([entry(3)])
            return super().segment(segment_id)

    believed = NeverBefore(site.clock)
    watched = WatchedGallery(Overtaken(site.box), Gallery("north", believed), PACK, believed)
    assert not watched.refresh()
    assert watched.problem is None
    assert watched.refresh()
    assert sees(watched, 3)


def test_a_clock_that_is_set_back_before_the_list_was_issued_matches_nobody(site: Site) -> None:
    site.put([entry(1)])
    site.watched.refresh()
    site.clock.now = NOW - timedelta(days=3652)
    assert not sees(site.watched, 1)
    site.clock.now = NOW + timedelta(days=3652)
    assert not sees(site.watched, 1)
    site.clock.now = NOW
    assert sees(site.watched, 1)


def test_the_first_list_is_waited_for(site: Site) -> None:
    site.put([entry(1)])
    assert site.behind.refresh()
    assert site.behind.version == 1
    assert sees(site.behind, 1)


def test_search_answers_from_the_old_list_until_the_new_one_is_ready(site: Site) -> None:
    site.put([entry(1)])
    site.behind.refresh()
    settled(site.behind)
    site.store.may_go.clear()
    site.store.reading.clear()
    site.put([entry(2)])
    assert not site.behind.refresh()
    assert site.store.reading.wait(10)
    for _ in range(20):
        assert not site.behind.refresh()
        assert (site.behind.version, sees(site.behind, 1), sees(site.behind, 2)) == (1, True, False)
    site.store.may_go.set()
    assert sum(settled(site.behind)) == 1
    assert (site.behind.version, sees(site.behind, 1), sees(site.behind, 2)) == (2, False, True)


def test_a_bad_file_in_the_background_is_told_once_and_changes_nothing(site: Site) -> None:
    site.put([entry(1)])
    site.behind.refresh()
    settled(site.behind)
    site.damage()
    with pytest.raises(WatchlistError):
        settled(site.behind)
    assert not any(settled(site.behind))
    assert site.behind.problem is not None
    assert (site.behind.version, site.behind.people, sees(site.behind, 1)) == (1, 1, True)
    site.put([entry(2)])
    assert any(settled(site.behind))
    assert site.behind.problem is None
    assert sees(site.behind, 2)


def test_searches_during_many_swaps_see_one_whole_list_or_another(site: Site) -> None:
    site.put([entry(1)])
    site.behind.refresh()
    for version in range(2, 12):
        site.put([entry(version)])
        while site.behind.version != version:
            site.behind.refresh()
            found = site.behind.search(rows(1))[0]
            assert [c.person_id for c in found] in (
                [f"person-{version - 1:04}"],
                [f"person-{version:04}"],
            )
