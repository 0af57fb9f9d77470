"""Cuts what is to be published into segments, so that little changes from one time to the next.

In: the entries to publish, and the segments of the last publishing. Out: a :class:`Plan`. The
rules:

1. What goes out is made of the entries alone. Old segments say only which entries lay together,
   so an altered one can cost bytes and never smuggle anything in.
2. A segment whose entries are all still to be published, unchanged, is kept as it is.
3. From any other segment the entries that are gone or changed are left out; what remains is
   written as a segment of its own.
4. New and changed entries make new segments. When more than 16 segments are less than half
   full, those are merged with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.errors import WatchlistError
from edge.values import Entry
from edge.watchlist.limits import MAX_SEGMENT_ENTRIES
from edge.watchlist.manifest import SegmentRow
from edge.watchlist.segment import decode, encode, segment_id, without
from edge.watchlist.table import EntryTable, table_of_entries

MANY_SMALL = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """What to publish.

    Attributes:
        rows: all segments, by id.
        new: the bytes of those that were not there, by id.
        dimensions: of all templates; 0 when there are no segments.
    """

    rows: tuple[SegmentRow, ...]
    new: dict[str, bytes]
    dimensions: int


@dataclass(frozen=True, slots=True)
class _Segment:
    data: bytes
    entries: tuple[Entry, ...]
    new: bool


def plan_segments(
    pack: str,
    entries: Sequence[Entry],
    before: Iterable[bytes],
    most_entries: int = MAX_SEGMENT_ENTRIES,
) -> Plan:
    """Distribute entries over segments.

    Args:
        pack: ``id@version`` of the pack that made the templates.
        entries: all that are to be published.
        before: segments of the last publishing; what is no segment is passed over.
        most_entries: of one segment.

    Raises:
        WatchlistError: a value is outside the format's bounds.
    """
    waiting = {one.entry_id: one for one in entries}
    segments: list[_Segment] = []
    for data in before:
        kept = _kept(pack, data, waiting)
        if kept is not None:
            segments.append(kept)
            for one in kept.entries:
                del waiting[one.entry_id]
    small = [one for one in segments if len(one.entries) < most_entries // 2]
    loose = list(waiting.values())
    if len(small) + bool(loose) > MANY_SMALL:
        loose += [entry for one in small for entry in one.entries]
        segments = [one for one in segments if len(one.entries) >= most_entries // 2]
    loose.sort(key=lambda one: (one.person_id, one.entry_id))
    for start in range(0, len(loose), most_entries):
        segments.append(_made(pack, loose[start : start + most_entries]))
    named = {segment_id(one.data): one for one in segments}
    return Plan(
        rows=tuple(
            SegmentRow(id=name, entries=len(one.entries), bytes=len(one.data))
            for name, one in sorted(named.items())
        ),
        new={name: one.data for name, one in named.items() if one.new},
        dimensions=entries[0].templates.shape[1] if entries else 0,
    )


def _kept(pack: str, data: bytes, waiting: dict[str, Entry]) -> _Segment | None:
    """What an old segment becomes; None when nothing of it stays."""
    try:
        held = decode(data)
    except WatchlistError:
        return None
    mine = [waiting[one] for one in held.enrolled.entry_ids if one in waiting]
    if not mine or held.pack != pack:
        return None
    made = _made(pack, mine)
    if made.data == data:
        return _Segment(data, made.entries, new=False)
    gone = set(held.enrolled.entry_ids) - {one.entry_id for one in mine}
    if encode(without(held, gone)) == made.data:
        return made
    old, new = _facts(held), _facts(table_of_entries(pack, mine))
    same = [one for one in mine if old[one.entry_id] == new[one.entry_id]]
    return _made(pack, same) if same else None


def _made(pack: str, entries: Sequence[Entry]) -> _Segment:
    return _Segment(encode(table_of_entries(pack, entries)), tuple(entries), new=True)


def _facts(table: EntryTable) -> dict[str, tuple[object, ...]]:
    """All that a segment says of each entry, by its id."""
    enrolled, people = table.enrolled, table.enrolled.person_of_entry.tolist()
    ends_s = (enrolled.ends_us // 1_000_000).tolist()
    shown = enrolled.lists
    found: dict[str, tuple[object, ...]] = {}
    for place, entry_id in enumerate(enrolled.entry_ids):
        ref = enrolled.ref(place, shown)
        first, end = table.first_row[place : place + 2].tolist()
        found[entry_id] = (
            enrolled.person_ids[people[place]],
            ref,
            ends_s[place],
            frozenset(table.scopes[table.scope_of_entry[place]]),
            table.templates[first:end].tobytes(),
        )
    return found
