"""One listing with its parts: who of them is live at a moment, and who a match is.

In: a listing, its segments' parts, a search of them. Out: :class:`Live` for a moment, candidates
for matches. Always: an ended consent or an ended list gives nothing, a label is told only where
its list shows labels, and a person who stands in several parts is one person. A roster's parts
never change; ``gallery.py`` puts another roster in its place.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from edge.values import Candidate, EntryRef
from edge.values.names import MAX_NAMES, NamedEntry, NamesOnList
from edge.watchlist.listing import Listing
from edge.watchlist.names import key_of
from edge.watchlist.part import Alive, Match, Part
from edge.watchlist.search import Search
from edge.watchlist.table import microseconds, moment

Keys = npt.NDArray[np.uint64]

_NEVER = int(np.iinfo(np.int64).max)
_MOST_TOLD = 1000


@dataclass(frozen=True, slots=True)
class Live:
    """Which entries are live during [from_us, until_us).

    Attributes:
        entries: for each part (entries,) which; None when all are.
        count: how many entries.
        people: of how many people.
        by_list: how many entries of each list, by its name.
        told: the live entries of people found lately, by person id, at most :data:`_MOST_TOLD`:
            a track is searched for again and again, and has the same neighbours each time.
    """

    from_us: int
    until_us: int
    entries: tuple[Alive | None, ...]
    count: int
    people: int
    by_list: Mapping[str, int]
    told: dict[str, tuple[EntryRef, ...]] = field(default_factory=dict, repr=False, compare=False)


class Roster:
    """A listing made ready to search.

    Args:
        listing: what it is.
        held: the listed segments by id; None where no entry covers the site.
        search: searches those that are not None, in their order.
    """

    def __init__(self, listing: Listing, held: Mapping[str, Part | None], search: Search) -> None:
        self.listing = listing
        self.held = held
        self.search = search
        self._parts = tuple(part for part in held.values() if part is not None)
        self._shared = _shared(self._parts)
        self._shown = frozenset(one.list_id for one in listing.lists if one.show_label)
        self._strict = frozenset(one.list_id for one in listing.lists if one.require_presence)
        self._pictured = frozenset(one.list_id for one in listing.lists if one.evidence)
        self._ends_us = microseconds(listing.expires_at)
        self._live: Live | None = None

    @property
    def dimensions(self) -> int:
        """Length of a template; 0 when there is none."""
        return self._parts[0].rows.shape[1] if self._parts else 0

    def live(self, now_us: int) -> Live | None:
        """Who is live at a moment; None when the list has ended."""
        if now_us >= self._ends_us:
            return None
        live = self._live
        if live is None or not live.from_us <= now_us < live.until_us:
            live = self._live = self._live_from(now_us)
        return live

    def names(self, list_id: str, live: Live | None) -> NamesOnList | None:
        """Who of a list is live, by name; None when the list tells no names, or is none."""
        if list_id not in self._shown:
            return None
        found = self._named(list_id, live) if live else ()
        first = heapq.nsmallest(MAX_NAMES, found, key=lambda one: (one[0].casefold(), one))
        return NamesOnList(
            list_id,
            self.listing.version,
            live.by_list[list_id] if live else 0,
            tuple(NamedEntry(label, entry, moment(ends_us)) for label, entry, ends_us in first),
        )

    def _named(self, list_id: str, live: Live) -> Iterator[tuple[str, str, int]]:
        """Label, id and end of each live entry of a list."""
        for part, alive in zip(self._parts, live.entries, strict=True):
            here = part.enrolled
            if list_id not in here.lists:
                continue
            wanted = here.list_of_entry == here.lists.index(list_id)
            for entry in np.flatnonzero(wanted if alive is None else wanted & alive).tolist():
                label = here.labels[entry] if here.labels is not None else ""
                yield label, here.entry_ids[entry], int(here.ends_us[entry])

    def candidate(self, match: Match, probe_length: np.float32, live: Live) -> Candidate:
        """A matched person with the live entries, by id."""
        refs = live.told.get(match.person_id)
        if refs is None:
            if len(live.told) >= _MOST_TOLD:
                live.told.clear()
            refs = tuple(sorted(self._refs(match, live), key=lambda ref: ref.entry_id))
            live.told[match.person_id] = refs
        score = min(1.0, max(-1.0, float(match.score / probe_length)))
        return Candidate(match.person_id, score, refs)

    def _refs(self, match: Match, live: Live) -> Iterator[EntryRef]:
        for part, alive in zip(self._parts, live.entries, strict=True):
            person = self._place(match, part)
            if person is not None:
                first, end = part.enrolled.first_entry[person : person + 2].tolist()
                for entry in range(first, end):
                    if alive is None or alive[entry]:
                        ref = part.enrolled.ref(entry, self._shown)
                        yield replace(
                            ref,
                            needs_presence=ref.list_id in self._strict,
                            keep_picture=ref.list_id in self._pictured,
                        )

    def _place(self, match: Match, part: Part) -> int | None:
        if part is match.part:
            return match.person
        if not len(self._shared) or not _among(self._shared, key_of(match.person_id)):
            return None
        return part.enrolled.person_ids.find(match.person_id)

    def _live_from(self, now_us: int) -> Live:
        until_us, entries, people, count = _NEVER, [], [], 0
        by_list = dict.fromkeys((one.list_id for one in self.listing.lists), 0)
        for part in self._parts:
            alive = part.enrolled.ends_us > now_us
            ends_us = part.enrolled.ends_us[alive]
            until_us = min(until_us, int(ends_us.min(initial=_NEVER)))
            count += len(ends_us)
            _add_by_list(by_list, part, alive)
            entries.append(None if len(ends_us) == len(alive) else alive)
            people.append(np.logical_or.reduceat(alive, part.enrolled.first_entry[:-1]))
        return Live(now_us, until_us, tuple(entries), count, self._count(people), by_list)

    def _count(self, people: Sequence[Alive]) -> int:
        """How many of the people; who stands in several parts counts once."""
        if not len(self._shared):
            return int(sum(alive.sum() for alive in people))
        found = [
            part.enrolled.person_ids.fingerprints()[alive]
            for part, alive in zip(self._parts, people, strict=True)
        ]
        return len(np.unique(np.concatenate(found)))


def _add_by_list(by_list: dict[str, int], part: Part, alive: Alive) -> None:
    names = part.enrolled.lists
    counts = np.bincount(part.enrolled.list_of_entry[alive], minlength=len(names))
    for name, found in zip(names, counts.tolist(), strict=True):
        by_list[name] += found


def _shared(parts: Sequence[Part]) -> Keys:
    """Keys of people who stand in several parts, rising."""
    if len(parts) < 2:
        return np.empty(0, np.uint64)
    keys = np.concatenate([part.enrolled.person_ids.keys() for part in parts])
    keys.sort(kind="stable")  # merges the parts' runs in half the time
    return np.unique(keys[1:][keys[1:] == keys[:-1]])


def _among(rising: Keys, key: int) -> bool:
    place = int(np.searchsorted(rising, np.uint64(key)))
    return place < len(rising) and int(rising[place]) == key
