"""One segment of a watchlist: at most 16,384 entries with their templates, as bytes.

    8 bytes     ``WPSEGMNT``
    4 + 4       format version, size of the head (little endian, as are all numbers)
    head        JSON: dimensions, entries, lists, pack, people, rows, scopes
    body        columns: entries of each person, person ids, entry ids, labels, list of each
                entry, scope of each entry, end of each consent, rows of each entry, int8 rows

In and out: :class:`edge.watchlist.table.EntryTable`. Always: the bytes are a pure function of
the entries (people by id, a person's entries by id), whatever numbering of lists and scopes the
table has, so that two programs that hold the same entries name them by the same SHA-256; bytes
that would be written differently are refused. Nothing is allocated by a number that was not
compared with its bound. There is no pickle and no compression. Whether a segment is the one
that a signed manifest lists is ``manifest.py``'s matter. ``docs/watchlist-format.md`` shows it
byte by byte.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Collection, Sequence
from typing import Annotated, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from edge.errors import WatchlistError
from edge.watchlist.columns import ColumnReader, characters, texts_as_bytes
from edge.watchlist.limits import (
    ID_PATTERN,
    MAX_DIMENSIONS,
    MAX_LABEL,
    MAX_LISTS,
    MAX_SEGMENT_BYTES,
    MAX_SEGMENT_ENTRIES,
    MAX_SITES,
    MAX_TEMPLATES,
    ListId,
    PackId,
    Row,
    Site,
    first_fault,
)
from edge.watchlist.names import Names
from edge.watchlist.quantise import PEAK
from edge.watchlist.table import Enrolled, EntryTable

MAGIC = b"WPSEGMNT"
FORMAT_VERSION = 1
MAX_HEAD_BYTES = 4 * 1024 * 1024

_FRONT = struct.Struct("<8sII")
_BYTE, _SCOPE, _SECOND = np.dtype("u1"), np.dtype("<u2"), np.dtype("<i8")
_MICROSECONDS = 1_000_000
_LAST_SECOND = 253_402_300_799  # the end of the year 9999

Key = TypeVar("Key", str, tuple[str, ...])


class _Head(Row):
    dimensions: Annotated[int, Field(ge=1, le=MAX_DIMENSIONS)]
    entries: Annotated[int, Field(ge=0, le=MAX_SEGMENT_ENTRIES)]
    lists: Annotated[tuple[ListId, ...], Field(max_length=MAX_LISTS)]
    pack: PackId
    people: Annotated[int, Field(ge=0, le=MAX_SEGMENT_ENTRIES)]
    rows: Annotated[int, Field(ge=0, le=MAX_SEGMENT_ENTRIES * MAX_TEMPLATES)]
    scopes: Annotated[
        tuple[Annotated[tuple[Site, ...], Field(min_length=1, max_length=MAX_SITES)], ...],
        Field(max_length=MAX_SEGMENT_ENTRIES),
    ]


class _Body(NamedTuple):
    """What stands in the body, in the order in which it stands."""

    entries_of_person: npt.NDArray[np.uint8]
    person_ids: Names
    entry_ids: Names
    labels: Names | None
    list_of_entry: npt.NDArray[np.uint8]
    scope_of_entry: npt.NDArray[np.uint16]
    ends_s: npt.NDArray[np.int64]
    rows_of_entry: npt.NDArray[np.uint8]
    templates: npt.NDArray[np.int8]


def segment_id(data: bytes) -> str:
    """The name of a segment: the SHA-256 of its bytes, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def encode(table: EntryTable) -> bytes:
    """Write entries as the one segment that holds them.

    Raises:
        WatchlistError: there are too many entries, or a value is outside the format's bounds.
    """
    try:
        _check(table)
        head, body = _parts(table)
        told = json.dumps(head.model_dump(), separators=(",", ":")).encode()
        data = b"".join((_FRONT.pack(MAGIC, FORMAT_VERSION, len(told)), told, *_columns(body)))
    except ValidationError as error:
        raise _unusable(first_fault(error)) from error
    except ValueError as error:
        raise _unusable(str(error)) from error
    if len(told) > MAX_HEAD_BYTES or len(data) > MAX_SEGMENT_BYTES:
        raise _unusable(
            f"it would take {len(data)} bytes with a head of {len(told)}; the limits are "
            f"{MAX_SEGMENT_BYTES} and {MAX_HEAD_BYTES}"
        )
    return data


def decode(data: bytes) -> EntryTable:
    """Read a segment.

    Returns:
        The entries; the templates are a view of ``data``.

    Raises:
        WatchlistError: these are not the bytes of a segment of this format.
    """
    if len(data) > MAX_SEGMENT_BYTES:
        raise _unusable(f"it has {len(data)} bytes; the limit is {MAX_SEGMENT_BYTES}")
    if len(data) < _FRONT.size or data[: len(MAGIC)] != MAGIC:
        raise _unusable("it does not begin as a segment")
    _, version, size = _FRONT.unpack_from(data)
    if version != FORMAT_VERSION:
        raise WatchlistError(
            f"A segment of the watchlist has format version {version}; this release reads "
            f"{FORMAT_VERSION}.",
            "Update watchpost on the box or on the operator's machine, whichever is older.",
        )
    if size > min(MAX_HEAD_BYTES, len(data) - _FRONT.size):
        raise _unusable(f"it announces a head of {size} bytes")
    try:
        head = _Head.model_validate_json(data[_FRONT.size : _FRONT.size + size])
        table = _table(head, ColumnReader(memoryview(data)[_FRONT.size + size :]))
    except ValidationError as error:
        raise _unusable(first_fault(error)) from error
    except ValueError as error:  # also a UnicodeDecodeError
        raise _unusable("its columns do not fit together") from error
    if encode(table) != data:
        raise _unusable("it is not in canonical form")
    return table


def without(table: EntryTable, entry_ids: Collection[str]) -> EntryTable:
    """The other entries, in their order; ids that are not there change nothing."""
    gone = set(entry_ids)
    ids = table.enrolled.entry_ids
    return table.only(np.array([one not in gone for one in ids], dtype=np.bool_))


def _check(table: EntryTable) -> None:
    enrolled, rows = table.enrolled, table.templates
    if len(enrolled) > MAX_SEGMENT_ENTRIES:
        raise ValueError(f"it has {len(enrolled)} entries; the limit is {MAX_SEGMENT_ENTRIES}")
    _check_ids(enrolled.person_ids)
    _check_ids(enrolled.entry_ids)
    ids, later = enrolled.entry_ids, np.ones(len(enrolled), np.bool_)
    later[enrolled.first_entry[:-1]] = False
    if not ids.differ() or any(ids[at - 1] > ids[at] for at in np.flatnonzero(later).tolist()):
        raise ValueError("two entries have the same id, or a person's are not in order")
    if len(rows) and not (
        ((rows.max(axis=1) == PEAK) | (rows.min(axis=1) == -PEAK)).all() and rows.min() >= -PEAK
    ):
        raise ValueError(f"a template row is not scaled to {PEAK}")
    if enrolled.labels is not None and (characters(enrolled.labels) > MAX_LABEL).any():
        raise ValueError(f"a label has more than {MAX_LABEL} characters")


def _check_ids(names: Names) -> None:
    if names.starts is not None and not all(re.match(ID_PATTERN, one) for one in names):
        raise ValueError("an id is malformed")


def _parts(table: EntryTable) -> tuple[_Head, _Body]:
    """The table's content, with lists and scopes numbered as they are sorted."""
    enrolled = table.enrolled
    lists, list_of_entry = _sorted_used(enrolled.lists, enrolled.list_of_entry)
    scopes, scope_of_entry = _sorted_used(
        [tuple(sorted(set(scope))) for scope in table.scopes], table.scope_of_entry
    )
    labels = enrolled.labels if enrolled.labels is not None and enrolled.labels.block else None
    head = _Head(
        dimensions=table.templates.shape[1],
        entries=len(enrolled),
        lists=lists,
        pack=table.pack,
        people=len(enrolled.person_ids),
        rows=len(table.templates),
        scopes=scopes,
    )
    body = _Body(
        entries_of_person=_small(np.diff(enrolled.first_entry), MAX_LISTS),
        person_ids=enrolled.person_ids,
        entry_ids=enrolled.entry_ids,
        labels=labels,
        list_of_entry=list_of_entry.astype(_BYTE),
        scope_of_entry=scope_of_entry.astype(_SCOPE),
        ends_s=_seconds(enrolled.ends_us),
        rows_of_entry=_small(np.diff(table.first_row), MAX_TEMPLATES),
        templates=table.templates,
    )
    return head, body


def _columns(body: _Body) -> list[bytes]:
    return [one.tobytes() if isinstance(one, np.ndarray) else texts_as_bytes(one) for one in body]


def _table(head: _Head, reader: ColumnReader) -> EntryTable:
    entries_of_person = reader.numbers(head.people, _BYTE)
    person_ids, entry_ids = reader.texts(head.people), reader.texts(head.entries)
    labels = reader.texts(head.entries)
    list_of_entry = reader.numbers(head.entries, _BYTE)
    scope_of_entry = reader.numbers(head.entries, _SCOPE).astype(np.uint32)
    ends_s = reader.numbers(head.entries, _SECOND)
    rows_of_entry = reader.numbers(head.entries, _BYTE)
    templates = reader.numbers(head.rows * head.dimensions, np.int8)
    if reader.left or person_ids is None or entry_ids is None:
        raise ValueError("the body has bytes after its end, or lacks its ids")
    if len(ends_s) and not 0 <= int(ends_s.min()) <= int(ends_s.max()) <= _LAST_SECOND:
        raise ValueError("a consent ends at no moment of this calendar")
    return EntryTable(
        pack=head.pack,
        enrolled=Enrolled(
            ends_us=ends_s.astype(np.int64) * _MICROSECONDS,
            first_entry=_starts(entries_of_person),
            person_ids=person_ids,
            entry_ids=entry_ids,
            labels=labels,
            lists=head.lists,
            list_of_entry=list_of_entry.copy(),  # a view would keep the templates in memory
        ),
        templates=templates.reshape(head.rows, head.dimensions),
        first_row=_starts(rows_of_entry),
        scopes=head.scopes,
        scope_of_entry=scope_of_entry,
    )


def _sorted_used(
    values: Sequence[Key], of_entry: npt.NDArray[np.unsignedinteger]
) -> tuple[tuple[Key, ...], npt.NDArray[np.int64]]:
    """The values that some entry has, sorted and each once, and their number for each entry."""
    used = np.flatnonzero(np.bincount(of_entry)).tolist()
    kept = sorted({values[place] for place in used})
    numbers = {value: number for number, value in enumerate(kept)}
    new = np.zeros(len(values), np.int64)
    for place in used:
        new[place] = numbers[values[place]]
    return tuple(kept), new[of_entry]


def _small(counts: npt.NDArray[np.uint32], limit: int) -> npt.NDArray[np.uint8]:
    if len(counts) and int(counts.max()) > limit:
        raise ValueError(f"a person has more than {limit} entries, or an entry so many rows")
    return counts.astype(_BYTE)


def _seconds(ends_us: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The whole seconds in them: a consent ends rather too early than too late."""
    ends_s = ends_us // _MICROSECONDS
    if len(ends_s) and not 0 <= int(ends_s.min()) <= int(ends_s.max()) <= _LAST_SECOND:
        raise ValueError("a consent ends at no moment of this calendar")
    return ends_s.astype(_SECOND)


def _starts(counts: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    starts = np.zeros(len(counts) + 1, np.uint32)
    np.cumsum(counts, out=starts[1:])
    return starts


def _unusable(what: str) -> WatchlistError:
    return WatchlistError(
        f"A segment of the watchlist is not usable: {what}.",
        "Publish the list again with `watchpost register publish` of the same release.",
    )
