"""Searches the active watchlist, exactly, over int8 rows.

In: probes, (n, dimensions) float32. Out: for each the best two people. Always: only entries
whose consent is live by a trusted clock, and covers this site, of a list that has not
expired, are ever returned; without a trusted time nothing is. Every row is compared (NumKong's
packed int8 dot product; int32 sums are exact), so there is no index to build or to be wrong.

The order is fixed when a list is activated: rows lie person by person, people by id, so that
equal scores always give the same answer. Reading the file is ``watched.py``'s matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import cast

import numkong
import numpy as np
import numpy.typing as npt

from edge.runtime.clock import Clock
from edge.values import Candidate, Entry, EntryRef, Floats, Watchlist
from edge.watchlist.quantise import lengths, quantise

BEST_PEOPLE = 2
_NOTHING = np.float32(-np.inf)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Person:
    """One person's share of the rows and entries, as half-open ranges."""

    person_id: str
    rows: slice
    entries: range


@dataclass(frozen=True, slots=True)
class _Index:
    """A list made ready to search: only the entries that cover the site.

    Attributes:
        packed: the int8 rows as NumKong wants them.
        scale: (rows,) float32, 1 / length of each int8 row.
        person_of_row: (rows,) index into ``people``.
        entry_of_row: (rows,) index into ``refs``.
        person_of_entry: (entries,) index into ``people``.
        ends_us: (entries,) end of each consent, microseconds since 1970, never after the
            list's own end.
    """

    dimensions: int
    packed: numkong.PackedMatrix
    scale: Floats
    person_of_row: Ints
    entry_of_row: Ints
    person_of_entry: Ints
    ends_us: Ints
    refs: tuple[EntryRef, ...]
    people: tuple[_Person, ...]


@dataclass(frozen=True, slots=True)
class _Live:
    """Which entries are live during [from_us, until_us)."""

    from_us: int
    until_us: int
    entries: npt.NDArray[np.bool_]
    dead_rows: Ints
    count: int
    people: int


class Gallery:
    """Implements :class:`edge.recognise.ports.Gallery`.

    Args:
        site: where this box is; other sites' entries are not loaded.
        clock: its trusted time decides what is live.
    """

    def __init__(self, site: str, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        self._index: _Index | None = None
        self._live: _Live | None = None
        self._version = 0
        self._pack = ""

    def activate(self, watchlist: Watchlist) -> None:
        """Search this list from now on.

        Raises:
            ValueError: the templates differ in length or a row is zero.
        """
        index = _index(watchlist, self._site)
        self._index, self._live = index, None
        self._version, self._pack = watchlist.version, watchlist.pack

    def deactivate(self) -> None:
        """Match nobody from now on."""
        self._index, self._live = None, None
        self._version, self._pack = 0, ""

    @property
    def version(self) -> int:
        """Version of the active list; 0 when there is none."""
        return self._version

    @property
    def pack(self) -> str:
        """``id@version`` of the active list's pack; empty when there is none."""
        return self._pack

    @property
    def entries_live(self) -> int:
        """How many entries could match now, here."""
        live = self._live_now()
        return live.count if live else 0

    @property
    def people(self) -> int:
        """How many people could match now, here."""
        live = self._live_now()
        return live.people if live else 0

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        """The best two people for each probe, best first.

        Args:
            probes: (n, dimensions) float32, any length but 0.

        Returns:
            A tuple for each probe with at most two candidates; empty when nothing is live.

        Raises:
            ValueError: the probes do not have the list's number of dimensions, or are zero.
        """
        index, live = self._index, self._live_now()
        if index is None or live is None or live.count == 0 or len(probes) == 0:
            return [()] * len(probes)
        scores = _cosines(index, probes)
        scores[:, live.dead_rows] = _NOTHING
        return [_best(index, live, row) for row in scores]

    def _live_now(self) -> _Live | None:
        now = self._clock.trusted_utc()
        if now is None or self._index is None:
            return None
        now_us = _microseconds(now)
        if self._live is None or not self._live.from_us <= now_us < self._live.until_us:
            self._live = _live(self._index, now_us)
        return self._live


def _index(watchlist: Watchlist, site: str) -> _Index | None:
    covering = [entry for entry in watchlist.entries if entry.covers(site)]
    if not covering:
        return None
    entries = sorted(covering, key=lambda entry: (entry.person_id, entry.entry_id))
    shown = {info.list_id for info in watchlist.lists if info.show_label}
    counts = np.array([len(entry.templates) for entry in entries], dtype=np.int64)
    rows = quantise(np.concatenate([entry.templates for entry in entries]))
    people = _people(entries, counts)
    list_end = watchlist.expires_at
    return _Index(
        dimensions=rows.shape[1],
        packed=numkong.dots_pack(rows),
        scale=1.0 / lengths(rows),
        person_of_row=np.repeat(np.arange(len(people)), [_length(p.rows) for p in people]),
        entry_of_row=np.repeat(np.arange(len(entries)), counts),
        person_of_entry=np.repeat(np.arange(len(people)), [len(p.entries) for p in people]),
        ends_us=np.array([_microseconds(min(e.consent_expires, list_end)) for e in entries]),
        refs=tuple(_ref(entry, shown) for entry in entries),
        people=people,
    )


def _people(entries: list[Entry], counts: Ints) -> tuple[_Person, ...]:
    first_row = np.concatenate(([0], np.cumsum(counts))).tolist()
    people: list[_Person] = []
    start = 0
    for person_id, group in groupby(entries, key=lambda entry: entry.person_id):
        end = start + sum(1 for _ in group)
        people.append(
            _Person(person_id, slice(first_row[start], first_row[end]), range(start, end))
        )
        start = end
    return tuple(people)


def _ref(entry: Entry, shown: set[str]) -> EntryRef:
    label = entry.label if entry.list_id in shown else None
    return EntryRef(entry.entry_id, entry.list_id, label)


def _live(index: _Index, now_us: int) -> _Live:
    alive = index.ends_us > now_us
    ends = index.ends_us[alive]
    return _Live(
        from_us=now_us,
        until_us=int(ends.min()) if len(ends) else np.iinfo(np.int64).max,
        entries=alive,
        dead_rows=np.flatnonzero(~alive[index.entry_of_row]),
        count=int(alive.sum()),
        people=len(np.unique(index.person_of_entry[alive])),
    )


def _cosines(index: _Index, probes: Floats) -> Floats:
    if probes.ndim != 2 or probes.shape[1] != index.dimensions:
        raise ValueError(f"probes of {probes.shape} against {index.dimensions} dimensions")
    queries = quantise(probes)
    dots = np.asarray(numkong.dots_packed(queries, index.packed))
    # An int32 dot product of at most 1024 dimensions is below 2²⁴: float32 holds it exactly.
    scores = dots.astype(np.float32)
    scores *= index.scale
    scores /= lengths(queries)[:, None]
    return scores


def _best(index: _Index, live: _Live, scores: Floats) -> tuple[Candidate, ...]:
    """Take the best row, strike its person's rows out, and again; ``scores`` is used up."""
    found: list[Candidate] = []
    for _ in range(BEST_PEOPLE):
        row = int(scores.argmax())
        if scores[row] == _NOTHING:
            break
        person = index.people[index.person_of_row[row]]
        refs = tuple(index.refs[e] for e in person.entries if live.entries[e])
        score = float(np.clip(scores[row], -1.0, 1.0))
        found.append(Candidate(person.person_id, score, refs))
        scores[person.rows] = _NOTHING
    return tuple(found)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _length(rows: slice) -> int:
    return cast(int, rows.stop - rows.start)
