"""Templates of one pack never meet another's on a box, even where their lengths agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import WatchlistError
from edge.runtime.clock import NeverBefore
from edge.watchlist.gallery import Gallery
from edge.watchlist.watched import WatchedGallery
from tests.fakes.list_box import ListBox
from tests.fakes.repository import SimulatedRepository
from tests.fakes.watchlists import PACK, StillClock, entry, rows, show, watchlist

OTHER = "other@1.0.0"
PROBE = rows(3, seed=1)[:1]


@pytest.fixture
def repository() -> SimulatedRepository:
    made = SimulatedRepository()
    made.publish([entry(1)])
    return made


def watched(box: ListBox, pack: str) -> WatchedGallery:
    clock = NeverBefore(StillClock())
    return WatchedGallery(box.store, Gallery("north", clock), pack, clock)


def test_a_list_of_another_pack_never_reaches_the_gallery(
    tmp_path: Path, repository: SimulatedRepository
) -> None:
    box = ListBox(tmp_path, repository)
    assert box.sync.sync_now()
    repository.publish([entry(2)], pack=OTHER)
    with pytest.raises(WatchlistError, match="but this box runs pack"):
        box.sync.sync_now()
    gallery = watched(box, PACK)
    gallery.refresh()
    assert (gallery.version, gallery.people) == (1, 1)
    assert gallery.search(PROBE)[0]


def test_a_box_that_was_given_another_pack_matches_nobody_until_it_has_its_list(
    tmp_path: Path, repository: SimulatedRepository
) -> None:
    assert ListBox(tmp_path, repository).sync.sync_now()
    changed = ListBox(tmp_path, repository, pack=OTHER)
    gallery = watched(changed, OTHER)
    with pytest.raises(WatchlistError, match="enrol the people again"):
        gallery.refresh()
    assert (gallery.version, gallery.search(PROBE)) == (0, [()])
    assert gallery.problem is not None
    repository.publish([entry(1)], pack=OTHER)
    assert changed.sync.sync_now()
    assert gallery.refresh()
    assert gallery.search(PROBE)[0]


@pytest.mark.parametrize("dimensions", [16, 64])
def test_a_probe_of_another_length_is_refused_and_not_cut_to_fit(dimensions: int) -> None:
    gallery = Gallery("north", StillClock())
    show(gallery, watchlist(entry(1)))
    with pytest.raises(ValueError, match="against 32 dimensions"):
        gallery.search(rows(1, dimensions))
