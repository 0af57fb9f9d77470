"""A listing takes the place of another: only what is new is loaded, and nothing is a mixture."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from edge.errors import WatchlistError
from edge.values import Entry
from edge.watchlist.gallery import Gallery
from edge.watchlist.listing import Listing
from edge.watchlist.part import Alive, Match, Part
from edge.watchlist.quantise import Int8s
from edge.watchlist.search import ExactSearch, Search
from edge.watchlist.segment import decode, encode
from edge.watchlist.table import EntryTable, table_of_entries
from tests.fakes.watchlists import LISTS, NOW, PACK, StillClock, entry, rows

UUIDS = [f"00000000-0000-4000-8000-{n:012}" for n in range(8)]


class Segments:
    """Segments by name, and which of them were loaded."""

    def __init__(self) -> None:
        self.tables: dict[str, EntryTable] = {}
        self.loaded: list[str] = []

    def put(self, name: str, *entries: Entry, pack: str = PACK) -> None:
        self.tables[name] = table_of_entries(pack, entries)

    def load(self, name: str) -> EntryTable:
        self.loaded.append(name)
        if name not in self.tables:
            raise WatchlistError("There is no such segment.", "Publish it.")
        return self.tables[name]


@pytest.fixture
def segments() -> Segments:
    made = Segments()
    made.put("ada", entry(1))
    made.put("bob", entry(2))
    made.put("cleo", entry(3), entry(4))
    return made


def listing(*names: str, version: int = 1, pack: str = PACK) -> Listing:
    return Listing(version, pack, NOW + timedelta(days=30), LISTS, names)


def gallery(search: Search | None = None) -> Gallery:
    return Gallery("north", StillClock(), search)


def seen(made: Gallery, number: int) -> bool:
    best = made.search(rows(3, seed=number)[:1])[0]
    return bool(best) and best[0].score > 0.99


def test_only_segments_that_are_not_held_are_loaded(segments: Segments) -> None:
    made = gallery()
    made.replace(listing("ada", "bob"), segments.load)
    made.replace(listing("cleo", "ada", version=2), segments.load)
    assert segments.loaded == ["ada", "bob", "cleo"]
    assert [seen(made, n) for n in (1, 2, 3, 4)] == [True, False, True, True]
    assert (made.version, made.entries_live, made.people) == (2, 3, 3)
    made.replace(listing(version=3), segments.load)
    assert made.search(rows(1)) == [()]


def test_a_segment_for_other_sites_is_held_and_gives_nobody(segments: Segments) -> None:
    segments.put("south", replace(entry(5), sites=("south",)))
    made = gallery()
    for version in (1, 2):
        made.replace(listing("south", "ada", version=version), segments.load)
    assert segments.loaded == ["south", "ada"]
    assert [seen(made, 1), seen(made, 5)] == [True, False]
    made.replace(listing("south", version=3), segments.load)
    assert made.search(rows(1)) == [()]


def test_a_segment_that_cannot_be_loaded_changes_nothing(segments: Segments) -> None:
    made = gallery()
    made.replace(listing("ada"), segments.load)
    with pytest.raises(WatchlistError, match="no such segment"):
        made.replace(listing("bob", "lost", version=2), segments.load)
    assert (made.version, seen(made, 1), seen(made, 2)) == (1, True, False)


def test_segments_that_do_not_suit_the_listing_are_refused(segments: Segments) -> None:
    segments.put("foreign", entry(5), pack="other@1.0.0")
    segments.put("narrow", entry(5, templates=rows(1, 16)))
    segments.put("unlisted", entry(5, list_id="visitors"))
    made = gallery()
    made.replace(listing("ada"), segments.load)
    for name, said in (("foreign", "other@1.0.0"), ("narrow", "lengths"), ("unlisted", "lists")):
        with pytest.raises(WatchlistError, match=said):
            made.replace(listing("ada", name, version=2), segments.load)
        assert (made.version, seen(made, 1)) == (1, True)


@pytest.mark.parametrize("ids", [UUIDS, [f"person-{n}" for n in range(8)]])
def test_a_person_in_several_segments_is_one_person_with_all_entries(
    segments: Segments, ids: list[str]
) -> None:
    def of(number: int, person: int, list_id: str = "guests") -> Entry:
        return replace(entry(number, list_id=list_id), person_id=ids[person])

    segments.put("one", of(1, 1), of(2, 2))
    segments.put("two", of(3, 1, "staff"), of(4, 4))
    segments.put("three", of(5, 5), replace(of(6, 2), person_id="no-uuid"))
    made = gallery()
    made.replace(listing("one", "two", "three"), segments.load)
    assert (made.entries_live, made.people) == (6, 5)
    for number in (1, 3):
        best, second = made.search(rows(3, seed=number)[:1])[0]
        assert best.person_id == ids[1] != second.person_id
        assert [ref.entry_id for ref in best.entries] == ["entry-0001", "entry-0003"]
        assert best.score == pytest.approx(1, abs=1e-2)


def test_an_ended_entry_of_another_segment_is_not_named(segments: Segments) -> None:
    segments.put("old", replace(entry(5, person=1), consent_expires=NOW - timedelta(days=1)))
    made = gallery()
    made.replace(listing("old", "ada"), segments.load)
    best = made.search(rows(3, seed=1)[:1])[0][0]
    assert [ref.entry_id for ref in best.entries] == ["entry-0001"]
    assert (made.entries_live, made.people) == (1, 1)


def test_a_list_that_ceases_to_show_labels_tells_none_and_loads_nothing(segments: Segments) -> None:
    made = gallery()
    made.replace(listing("ada"), segments.load)
    probe = rows(3, seed=1)[:1]
    assert made.search(probe)[0][0].entries[0].label == "Person 1"
    silent = tuple(replace(one, show_label=False) for one in LISTS)
    made.replace(replace(listing("ada", version=2), lists=silent), segments.load)
    assert made.search(probe)[0][0].entries[0].label is None
    assert segments.loaded == ["ada"]


def test_entries_of_a_list_that_demands_presence_say_so(segments: Segments) -> None:
    made, probe = gallery(), rows(3, seed=1)[:1]
    made.replace(listing("ada"), segments.load)
    assert not made.search(probe)[0][0].entries[0].needs_presence
    strict = tuple(replace(one, require_presence=True) for one in LISTS)
    made.replace(replace(listing("ada", version=2), lists=strict), segments.load)
    assert made.search(probe)[0][0].entries[0].needs_presence


def test_only_entries_of_a_list_with_evidence_ask_for_a_picture(segments: Segments) -> None:
    made, probe = gallery(), rows(3, seed=1)[:1]
    made.replace(listing("ada"), segments.load)
    assert not made.search(probe)[0][0].entries[0].keep_picture
    kept = tuple(replace(one, evidence=True) for one in LISTS)
    made.replace(replace(listing("ada", version=2), lists=kept), segments.load)
    assert made.search(probe)[0][0].entries[0].keep_picture


def test_a_listing_names_each_segment_once_and_its_end_with_a_zone() -> None:
    with pytest.raises(ValueError, match="twice"):
        listing("ada", "ada")
    with pytest.raises(ValueError, match="time zone"):
        replace(listing(), expires_at=NOW.replace(tzinfo=None))


class Watching(ExactSearch):
    """Keeps the memory of every part it was ever given."""

    rows_of: dict[str, Int8s]
    on_search: list[object]

    def over(self, parts: Sequence[Part]) -> Watching:
        made = Watching(parts)
        made.rows_of, made.on_search = self.rows_of, self.on_search
        for part in parts:
            self.rows_of[part.enrolled.person_ids[0]] = part.rows
        return made

    def two_best(self, probes: Int8s, alive: Sequence[Alive | None]) -> list[tuple[Match, ...]]:
        for do in self.on_search:
            do()  # type: ignore[operator]
        return super().two_best(probes, alive)


def watching() -> Watching:
    made = Watching()
    made.rows_of, made.on_search = {}, []
    return made


def test_the_templates_of_a_segment_that_went_are_overwritten(segments: Segments) -> None:
    search = watching()
    made = gallery(search)
    made.replace(listing("ada", "bob"), segments.load)
    assert seen(made, 1)
    made.replace(listing("bob", version=2), segments.load)
    assert not search.rows_of["person-0001"].any()
    assert search.rows_of["person-0002"].any()
    made.deactivate()
    assert not search.rows_of["person-0002"].any()


def test_what_a_segment_was_decoded_from_is_let_go() -> None:
    data = encode(table_of_entries(PACK, [entry(1), entry(2, list_id="staff")]))
    users = sys.getrefcount(data)
    made = gallery()
    made.replace(listing("one"), lambda _: decode(data))
    assert sys.getrefcount(data) == users


def test_a_search_that_is_under_way_ends_with_the_list_it_began_with(segments: Segments) -> None:
    search = watching()
    made = gallery(search)
    made.replace(listing("ada", "cleo"), segments.load)
    search.on_search.append(lambda: made.replace(listing("bob", version=2), segments.load))
    best, second = made.search(rows(3, seed=1)[:1])[0]
    assert best.person_id == "person-0001"
    assert best.score > 0.99
    assert second.person_id in ("person-0003", "person-0004")
    search.on_search.clear()
    assert (seen(made, 1), seen(made, 2)) == (False, True)
    assert not search.rows_of["person-0001"].any()


def test_searches_in_another_thread_see_one_list_or_the_other_and_never_a_mixture() -> None:
    segments = Segments()
    for number in range(12):
        segments.put(f"s{number}", entry(number), entry(100 + number))
    one, other = [f"s{n}" for n in range(6)], [f"s{n}" for n in range(6, 12)]
    made, stop, wrong = gallery(), threading.Event(), []
    made.replace(listing(*one), segments.load)
    probe = np.concatenate([rows(3, seed=number)[:1] for number in (0, 6)])

    def ask() -> None:
        while not stop.is_set():
            found = [{c.person_id for c in each} for each in made.search(probe)]
            old = all(int(who[-2:]) < 6 for each in found for who in each)
            new = all(int(who[-2:]) >= 6 for each in found for who in each)
            if old == new:
                wrong.append(found)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for version in range(2, 200):
        made.replace(listing(*(one if version % 2 else other), version=version), segments.load)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
