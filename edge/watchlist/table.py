"""A watchlist as columns: what a search over a million entries is built from.

In: a :class:`edge.values.Watchlist`, or columns that a file reader made. Out: the same entries,
person by person and people by id, so that a person is a range of entries and an entry a range
of rows. Always: the columns fit together, or the table is refused. A label is kept only where
its list shows labels. Nothing here decides who is live: that is ``gallery.py``'s matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np
import numpy.typing as npt

from edge.values import Entry, EntryRef, Watchlist
from edge.watchlist.names import Names
from edge.watchlist.quantise import Int8s, quantise

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Places = npt.NDArray[np.uint32]
Moments = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EntryTable:
    """Entries as columns.

    Attributes:
        version: of the list.
        pack: ``id@version`` of the pack that made the templates.
        ends_us: (entries,) end of each consent, microseconds since 1970, never after the
            list's own end.
        templates: (rows, dimensions) int8 as :func:`edge.watchlist.quantise.quantise` makes it.
        first_row: (entries + 1,) where each entry's rows begin; the last is the number of rows.
        first_entry: (people + 1,) where each person's entries begin, people by id.
        person_ids: one for each person.
        entry_ids: one for each entry.
        labels: one for each entry, "" where nothing is told; None when nothing is ever told.
        lists: names of the lists.
        list_of_entry: (entries,) index into ``lists``.
        scopes: the sets of sites that occur.
        scope_of_entry: (entries,) index into ``scopes``.
    """

    version: int
    pack: str
    ends_us: Moments
    templates: Int8s
    first_row: Places
    first_entry: Places
    person_ids: Names
    entry_ids: Names
    labels: Names | None
    lists: tuple[str, ...]
    list_of_entry: npt.NDArray[np.uint8]
    scopes: tuple[tuple[str, ...], ...]
    scope_of_entry: npt.NDArray[np.uint32]

    def __post_init__(self) -> None:
        entries = len(self.entry_ids)
        columns = (self.ends_us, self.list_of_entry, self.scope_of_entry)
        fits = (
            all(len(column) == entries for column in columns)
            and (self.labels is None or len(self.labels) == entries)
            and self.templates.ndim == 2
            and _is_ranges(self.first_row, entries, len(self.templates))
            and _is_ranges(self.first_entry, len(self.person_ids), entries)
            and _below(self.list_of_entry, len(self.lists))
            and _below(self.scope_of_entry, len(self.scopes))
        )
        if not fits:
            raise ValueError("the columns of a table of entries do not fit together")

    @property
    def person_of_entry(self) -> Places:
        """(entries,) index of the person of each entry."""
        counts = np.diff(self.first_entry.astype(np.int64))
        return np.repeat(np.arange(len(counts), dtype=np.uint32), counts)

    @property
    def entry_of_row(self) -> Places:
        """(rows,) index of the entry of each row."""
        counts = np.diff(self.first_row.astype(np.int64))
        return np.repeat(np.arange(len(counts), dtype=np.uint32), counts)

    def ref(self, entry: int) -> EntryRef:
        """What a decision needs to know of an entry."""
        label = self.labels[entry] if self.labels else ""
        name = self.lists[self.list_of_entry[entry]]
        return EntryRef(self.entry_ids[entry], name, label or None)

    def covering(self, site: str) -> EntryTable:
        """The entries whose consent covers a site; this table itself when all do."""
        inside = np.array(["*" in scope or site in scope for scope in self.scopes], dtype=np.bool_)
        keep = inside[self.scope_of_entry]
        return self if keep.all() else _selected(self, keep)


def table_of(watchlist: Watchlist) -> EntryTable:
    """The columns of a watchlist.

    Raises:
        ValueError: the templates differ in length, or a row is zero or not finite.
    """
    entries = sorted(watchlist.entries, key=lambda entry: (entry.person_id, entry.entry_id))
    people = [(who, len(list(group))) for who, group in groupby(entries, lambda e: e.person_id)]
    lists, list_of_entry = _numbered(entries, lambda entry: entry.list_id)
    scopes, scope_of_entry = _numbered(entries, lambda entry: entry.sites)
    return EntryTable(
        version=watchlist.version,
        pack=watchlist.pack,
        ends_us=np.array(
            [microseconds(min(e.consent_expires, watchlist.expires_at)) for e in entries], np.int64
        ),
        templates=_rows(entries),
        first_row=_starts([len(entry.templates) for entry in entries]),
        first_entry=_starts([count for _, count in people]),
        person_ids=Names.of(who for who, _ in people),
        entry_ids=Names.of(entry.entry_id for entry in entries),
        labels=_labels(watchlist, entries),
        lists=lists,
        list_of_entry=list_of_entry.astype(np.uint8),
        scopes=scopes,
        scope_of_entry=scope_of_entry,
    )


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def _rows(entries: Sequence[Entry]) -> Int8s:
    if not entries:
        return np.empty((0, 0), dtype=np.int8)
    return quantise(np.concatenate([entry.templates for entry in entries]))


def _labels(watchlist: Watchlist, entries: Sequence[Entry]) -> Names | None:
    shown = {info.list_id for info in watchlist.lists if info.show_label}
    told = [(entry.label or "") if entry.list_id in shown else "" for entry in entries]
    return Names.of(told) if any(told) else None


def _numbered[Key: (str, tuple[str, ...])](
    entries: Sequence[Entry], key: Callable[[Entry], Key]
) -> tuple[tuple[Key, ...], npt.NDArray[np.uint32]]:
    numbers: dict[Key, int] = {}
    found = [numbers.setdefault(key(entry), len(numbers)) for entry in entries]
    return tuple(numbers), np.array(found, dtype=np.uint32)


def _selected(table: EntryTable, keep: npt.NDArray[np.bool_]) -> EntryTable:
    kept = np.flatnonzero(keep)
    people, counts = np.unique(table.person_of_entry[kept], return_counts=True)
    rows = np.diff(table.first_row.astype(np.int64))[kept]
    return EntryTable(
        version=table.version,
        pack=table.pack,
        ends_us=table.ends_us[kept],
        templates=table.templates[keep[table.entry_of_row]],
        first_row=_starts(rows),
        first_entry=_starts(counts),
        person_ids=table.person_ids.take(people.astype(np.int64)),
        entry_ids=table.entry_ids.take(kept),
        labels=table.labels.take(kept) if table.labels else None,
        lists=table.lists,
        list_of_entry=table.list_of_entry[kept],
        scopes=table.scopes,
        scope_of_entry=table.scope_of_entry[kept],
    )


def _starts(counts: Sequence[int] | npt.NDArray[np.int64]) -> Places:
    starts = np.zeros(len(counts) + 1, dtype=np.uint32)
    np.cumsum(counts, out=starts[1:])
    return starts


def _is_ranges(starts: Places, count: int, total: int) -> bool:
    """Whether ``count`` ranges, none empty, one after the other, fill 0 to ``total``."""
    if len(starts) != count + 1 or starts[0] != 0 or starts[-1] != total:
        return False
    return bool((starts[1:] > starts[:-1]).all())


def _below(column: npt.NDArray[np.uint8] | npt.NDArray[np.uint32], bound: int) -> bool:
    return not len(column) or int(column.max()) < bound
