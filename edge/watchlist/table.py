"""Entries as columns: what a segment holds, and what a search over a million is built from.

In: entries, or columns that a reader of segments made. Out: the same entries, person by person
and people by id, so that a person is a range of entries and an entry a range of rows. Always:
the columns fit together and people lie in order, or the table is refused. A label is kept only
where its list shows labels. Nothing here decides who is live: that is ``gallery.py``'s matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from edge.values import Entry, EntryRef
from edge.watchlist.names import Names
from edge.watchlist.quantise import Int8s, quantise

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Places = npt.NDArray[np.uint32]
Moments = npt.NDArray[np.int64]
Key = TypeVar("Key", str, tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Entries as columns, without their templates.

    Attributes:
        ends_us: (entries,) end of each consent, microseconds since 1970.
        first_entry: (people + 1,) where each person's entries begin; the last is the number of
            entries.
        person_ids: one for each person, in rising order.
        entry_ids: one for each entry.
        labels: one for each entry, "" where nothing is told; None when nothing is ever told.
        lists: names of the lists.
        list_of_entry: (entries,) index into ``lists``.

    Raises:
        ValueError: the columns do not fit together, or the people do not lie in order.
    """

    ends_us: Moments
    first_entry: Places
    person_ids: Names
    entry_ids: Names
    labels: Names | None
    lists: tuple[str, ...]
    list_of_entry: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        _need(len(self.ends_us) == len(self) and len(self.list_of_entry) == len(self))
        _need(self.labels is None or len(self.labels) == len(self))
        _need(_is_ranges(self.first_entry, len(self.person_ids), len(self)))
        _need(_below(self.list_of_entry, len(self.lists)))
        _need(self.person_ids.rise())

    def __len__(self) -> int:
        return len(self.entry_ids)

    @property
    def person_of_entry(self) -> Places:
        """(entries,) index of the person of each entry."""
        return _owners(self.first_entry)

    def ref(self, entry: int, shown: Collection[str] = ()) -> EntryRef:
        """What a decision needs to know of an entry; a label where ``shown`` has its list."""
        name = self.lists[self.list_of_entry[entry]]
        label = self.labels[entry] if self.labels is not None and name in shown else ""
        return EntryRef(self.entry_ids[entry], name, label or None)

    def only(self, kept: npt.NDArray[np.int64]) -> Enrolled:
        """Some of the entries, in their order; people without an entry are gone."""
        people, counts = np.unique(self.person_of_entry[kept], return_counts=True)
        return Enrolled(
            ends_us=self.ends_us[kept],
            first_entry=_starts(counts),
            person_ids=self.person_ids.take(people.astype(np.int64)),
            entry_ids=self.entry_ids.take(kept),
            labels=self.labels.take(kept) if self.labels is not None else None,
            lists=self.lists,
            list_of_entry=self.list_of_entry[kept],
        )


@dataclass(frozen=True, slots=True)
class EntryTable:
    """Entries and their templates as columns.

    Attributes:
        pack: ``id@version`` of the pack that made the templates.
        enrolled: who.
        templates: (rows, dimensions) int8 as :func:`edge.watchlist.quantise.quantise` makes it.
        first_row: (entries + 1,) where each entry's rows begin; the last is the number of rows.
        scopes: the sets of sites that occur.
        scope_of_entry: (entries,) index into ``scopes``.

    Raises:
        ValueError: the columns do not fit together.
    """

    pack: str
    enrolled: Enrolled
    templates: Int8s
    first_row: Places
    scopes: tuple[tuple[str, ...], ...]
    scope_of_entry: npt.NDArray[np.uint32]

    def __post_init__(self) -> None:
        _need(self.templates.ndim == 2 and self.templates.dtype == np.int8)
        _need(_is_ranges(self.first_row, len(self.enrolled), len(self.templates)))
        _need(len(self.scope_of_entry) == len(self.enrolled))
        _need(_below(self.scope_of_entry, len(self.scopes)))

    @property
    def entry_of_row(self) -> Places:
        """(rows,) index of the entry of each row."""
        return _owners(self.first_row)

    def covering(self, site: str) -> EntryTable:
        """The entries whose consent covers a site; this table itself when all do."""
        inside = np.array(["*" in scope or site in scope for scope in self.scopes], dtype=np.bool_)
        return self.only(inside[self.scope_of_entry])

    def only(self, keep: npt.NDArray[np.bool_]) -> EntryTable:
        """The entries that (entries,) ``keep`` names, in their order; itself when it names all."""
        if keep.all():
            return self
        kept = np.flatnonzero(keep)
        return EntryTable(
            pack=self.pack,
            enrolled=self.enrolled.only(kept),
            templates=self.templates[keep[self.entry_of_row]],
            first_row=_starts(_counts(self.first_row)[kept]),
            scopes=self.scopes,
            scope_of_entry=self.scope_of_entry[kept],
        )


def table_of_entries(pack: str, entries: Sequence[Entry]) -> EntryTable:
    """The columns of entries, in whatever order they come.

    Raises:
        ValueError: the templates differ in length, or a row is zero or not finite.
    """
    entries = sorted(entries, key=lambda entry: (entry.person_id, entry.entry_id))
    scopes, scope_of_entry = _numbered(entries, lambda entry: entry.sites)
    return EntryTable(
        pack=pack,
        enrolled=_enrolled(entries),
        templates=_rows(entries),
        first_row=_starts([len(entry.templates) for entry in entries]),
        scopes=scopes,
        scope_of_entry=scope_of_entry,
    )


def microseconds(at: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at_us: int) -> datetime:
    """The moment so many microseconds after 1970, UTC."""
    return _EPOCH + at_us * _MICROSECOND


def _enrolled(entries: Sequence[Entry]) -> Enrolled:
    people = [(who, len(list(group))) for who, group in groupby(entries, lambda e: e.person_id)]
    lists, list_of_entry = _numbered(entries, lambda entry: entry.list_id)
    return Enrolled(
        ends_us=np.array([microseconds(e.consent_expires) for e in entries], np.int64),
        first_entry=_starts([count for _, count in people]),
        person_ids=Names.of(who for who, _ in people),
        entry_ids=Names.of(entry.entry_id for entry in entries),
        labels=_labels(entries),
        lists=lists,
        list_of_entry=list_of_entry.astype(np.uint8),
    )


def _rows(entries: Sequence[Entry]) -> Int8s:
    if not entries:
        return np.empty((0, 0), dtype=np.int8)
    return quantise(np.concatenate([entry.templates for entry in entries]))


def _labels(entries: Sequence[Entry]) -> Names | None:
    told = [entry.label or "" for entry in entries]
    return Names.of(told) if any(told) else None


def _numbered(
    entries: Sequence[Entry], key: Callable[[Entry], Key]
) -> tuple[tuple[Key, ...], npt.NDArray[np.uint32]]:
    numbers: dict[Key, int] = {}
    found = [numbers.setdefault(key(entry), len(numbers)) for entry in entries]
    return tuple(numbers), np.array(found, dtype=np.uint32)


def _starts(counts: Sequence[int] | npt.NDArray[np.int64]) -> Places:
    starts = np.zeros(len(counts) + 1, dtype=np.uint32)
    np.cumsum(counts, out=starts[1:])
    return starts


def _owners(starts: Places) -> Places:
    counts = _counts(starts)
    return np.repeat(np.arange(len(counts), dtype=np.uint32), counts)


def _counts(starts: Places) -> npt.NDArray[np.int64]:
    return starts[1:].astype(np.int64) - starts[:-1]


def _is_ranges(starts: Places, count: int, total: int) -> bool:
    """Whether ``count`` ranges, none empty, one after the other, fill 0 to ``total``."""
    if len(starts) != count + 1 or starts[0] != 0 or starts[-1] != total:
        return False
    return bool((starts[1:] > starts[:-1]).all())


def _below(column: npt.NDArray[np.uint8] | npt.NDArray[np.uint32], bound: int) -> bool:
    return not len(column) or int(column.max()) < bound


def _need(condition: bool) -> None:
    if not condition:
        raise ValueError("the columns of a table of entries do not fit together")
