"""The gallery follows the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import WatchlistError
from edge.watchlist import bundle
from edge.watchlist.gallery import Gallery
from edge.watchlist.store import FILE_NAME, ListStore
from edge.watchlist.watched import WatchedGallery
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
