"""Templates of one pack never meet another's on a box, even where their lengths agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import WatchlistError
from edge.watchlist import bundle
from edge.watchlist.gallery import Gallery
from edge.watchlist.store import ListStore
from edge.watchlist.watched import WatchedGallery
from tests.fakes.watchlists import KEY, NOW, PACK, StillClock, entry, rows, watchlist

OTHER = "other@1.0.0"
PROBE = rows(3, seed=1)[:1]


def store_of(folder: Path, pack: str) -> ListStore:
    return ListStore(folder, (KEY.public_key(),), pack)


def watched(store: ListStore) -> WatchedGallery:
    return WatchedGallery(store, Gallery("north", StillClock()))


def test_a_list_of_another_pack_never_reaches_the_gallery(tmp_path: Path) -> None:
    store = store_of(tmp_path, PACK)
    store.apply(bundle.encode(watchlist(entry(1)), KEY), NOW)
    with pytest.raises(WatchlistError, match="but this box runs pack"):
        store.apply(bundle.encode(watchlist(entry(2), version=2, pack=OTHER), KEY), NOW)
    gallery = watched(store)
    gallery.refresh()
    assert (gallery.version, gallery.people) == (1, 1)
    assert gallery.search(PROBE)[0]


def test_a_box_that_was_given_another_pack_matches_nobody_until_it_has_its_list(
    tmp_path: Path,
) -> None:
    store_of(tmp_path, PACK).apply(bundle.encode(watchlist(entry(1)), KEY), NOW)
    changed = store_of(tmp_path, OTHER)
    gallery = watched(changed)
    with pytest.raises(WatchlistError, match="enrol the people again"):
        gallery.refresh()
    assert (gallery.version, gallery.search(PROBE)) == (0, [()])
    assert gallery.problem is not None
    changed.apply(bundle.encode(watchlist(entry(1), version=2, pack=OTHER), KEY), NOW)
    assert gallery.refresh()
    assert gallery.search(PROBE)[0]


@pytest.mark.parametrize("dimensions", [16, 64])
def test_a_probe_of_another_length_is_refused_and_not_cut_to_fit(dimensions: int) -> None:
    gallery = Gallery("north", StillClock())
    gallery.activate(watchlist(entry(1)))
    with pytest.raises(ValueError, match="against 32 dimensions"):
        gallery.search(rows(1, dimensions))
