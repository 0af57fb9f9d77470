"""The header of a watchlist file: everything but the template rows, as canonical JSON.

In and out: :class:`edge.values.Watchlist` on one side, JSON bytes on the other. Canonical
means: keys sorted, no white space, UTF-8, times in UTC ending in ``Z``; a document that would
be written differently is refused, so there is one file for one list. Every text and number
has a bound. The bytes around it, and the signature, are ``bundle.py``'s matter.

Entries are read some at a time: one call for all of them would keep every other thread of the
process waiting, for a second with 100,000 entries, and recognition is one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from edge.errors import WatchlistError
from edge.values import Entry, Floats, ListInfo, Watchlist

MAX_ENTRIES = 1_000_000
MAX_LISTS = 64
MAX_SITES = 256
MAX_TEMPLATES = 32
MAX_DIMENSIONS = 1024
MAX_LABEL = 200
MAX_PURPOSE = 500
MAX_VERSION = 2**53 - 1
_ENTRIES_AT_ONCE = 1000
_BEGIN, _BETWEEN, _END = b',"entries":[', b'},{"entry_id":"', b'],"expires":"'


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() != timedelta(0):
        raise ValueError("times are in UTC")
    return moment.replace(tzinfo=UTC)


LIST_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}$"
SITE_PATTERN = r"^(\*|[a-z0-9][a-z0-9._-]{0,62})$"

Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ListId = Annotated[str, Field(pattern=LIST_PATTERN)]
Site = Annotated[str, Field(pattern=SITE_PATTERN)]
PackId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9._+-]{1,64}$")]


class _Row(BaseModel):
    """Fields stand in alphabetical order, because they are written in that order."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class EntryRow(_Row):
    """One entry; its ``templates`` rows follow those of the entries before it."""

    entry_id: Id
    expires: Moment
    label: Annotated[str, Field(min_length=1, max_length=MAX_LABEL)] | None
    list_id: ListId
    person_id: Id
    sites: Annotated[tuple[Site, ...], Field(min_length=1, max_length=MAX_SITES)]
    templates: Annotated[int, Field(ge=1, le=MAX_TEMPLATES)]


class ListRow(_Row):
    """One list's scope."""

    list_id: ListId
    purpose: Annotated[str, Field(min_length=1, max_length=MAX_PURPOSE)]
    show_label: bool


class Header(_Row):
    """The whole header."""

    dimensions: Annotated[int, Field(ge=0, le=MAX_DIMENSIONS)]
    entries: Annotated[tuple[EntryRow, ...], Field(max_length=MAX_ENTRIES)]
    expires: Moment
    issued: Moment
    lists: Annotated[tuple[ListRow, ...], Field(max_length=MAX_LISTS)]
    pack: PackId
    version: Annotated[int, Field(ge=1, le=MAX_VERSION)]

    def encode(self) -> bytes:
        """The canonical bytes."""
        return self.model_dump_json().encode("utf-8")

    @property
    def rows(self) -> int:
        """How many template rows the entries own together."""
        return sum(entry.templates for entry in self.entries)


_ROWS = TypeAdapter(tuple[EntryRow, ...])


def describe(watchlist: Watchlist) -> Header:
    """Make the header of a watchlist.

    Raises:
        WatchlistError: a text is too long, an id is malformed, or there is too much of it.
    """
    widths = {entry.templates.shape[1] for entry in watchlist.entries} or {0}
    if len(widths) > 1:
        raise _unusable(f"templates of different lengths {sorted(widths)}")
    try:
        header = Header(
            dimensions=widths.pop(),
            entries=tuple(_entry_row(entry) for entry in watchlist.entries),
            expires=watchlist.expires_at.astimezone(UTC),
            issued=watchlist.issued_at.astimezone(UTC),
            lists=tuple(
                ListRow(list_id=x.list_id, purpose=x.purpose, show_label=x.show_label)
                for x in watchlist.lists
            ),
            pack=watchlist.pack,
            version=watchlist.version,
        )
    except ValidationError as error:
        raise _unusable(_first(error)) from error
    _check(header)
    return header


def parse(data: bytes) -> Header:
    """Read header bytes, whose signature the caller has already verified.

    Raises:
        WatchlistError: the bytes are no canonical header within the bounds.
    """
    bare, entries = _cut(data)
    header = _read(bare)
    if entries:
        if header.entries:
            raise _unusable("it is not in canonical form")
        header = header.model_copy(update={"entries": _read_all(entries)})
    _check(header)
    return header


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """Cut canonical bytes into the header without entries and the entries.

    Within a JSON text a quotation mark is escaped, so no label looks like a place to cut at.
    What is cut elsewhere, because the bytes are not canonical, is refused piece by piece.
    """
    begin, end = data.find(_BEGIN) + len(_BEGIN), data.rfind(_END)
    if begin < len(_BEGIN) or end <= begin:
        return data, b""
    return data[:begin] + data[end:], data[begin:end]


def _read_all(entries: bytes) -> tuple[EntryRow, ...]:
    rows: list[EntryRow] = []
    for some in _lists(entries):
        rows += _read_rows(some)
        if len(rows) > MAX_ENTRIES:
            raise _unusable(f"it has more than {MAX_ENTRIES} entries")
    return tuple(rows)


def _lists(entries: bytes) -> Iterator[bytes]:
    """The entries as JSON lists of a bounded number each."""
    start = 0
    for number, found in enumerate(re.finditer(re.escape(_BETWEEN), entries), 1):
        if number % _ENTRIES_AT_ONCE == 0:
            yield b"[" + entries[start : found.start() + 1] + b"]"
            start = found.start() + 2
    yield b"[" + entries[start:] + b"]"


def _read(data: bytes) -> Header:
    try:
        header = Header.model_validate_json(data)
    except ValidationError as error:
        raise _unusable(_first(error)) from error
    if header.encode() != data:
        raise _unusable("it is not in canonical form")
    return header


def _read_rows(data: bytes) -> tuple[EntryRow, ...]:
    try:
        rows = _ROWS.validate_json(data)
    except ValidationError as error:
        raise _unusable(f"entries: {_first(error)}") from error
    if not rows or _ROWS.dump_json(rows) != data:
        raise _unusable("it is not in canonical form")
    return rows


def build(header: Header, templates: Floats) -> Watchlist:
    """Join a header and its (rows, dimensions) float32 template rows of length 1."""
    entries: list[Entry] = []
    start = 0
    for row in header.entries:
        end = start + row.templates
        entries.append(
            Entry(
                entry_id=row.entry_id,
                person_id=row.person_id,
                list_id=row.list_id,
                label=row.label,
                sites=row.sites,
                consent_expires=row.expires,
                templates=templates[start:end],
            )
        )
        start = end
    return Watchlist(
        version=header.version,
        issued_at=header.issued,
        expires_at=header.expires,
        pack=header.pack,
        lists=tuple(ListInfo(x.list_id, x.purpose, x.show_label) for x in header.lists),
        entries=tuple(entries),
    )


def _entry_row(entry: Entry) -> EntryRow:
    return EntryRow(
        entry_id=entry.entry_id,
        expires=entry.consent_expires.astimezone(UTC),
        label=entry.label,
        list_id=entry.list_id,
        person_id=entry.person_id,
        sites=entry.sites,
        templates=len(entry.templates),
    )


def _check(header: Header) -> None:
    lists = {x.list_id for x in header.lists}
    if len(lists) != len(header.lists):
        raise _unusable("two lists have the same id")
    if len({x.entry_id for x in header.entries}) != len(header.entries):
        raise _unusable("two entries have the same id")
    if not lists.issuperset(x.list_id for x in header.entries):
        raise _unusable("an entry names a list that is not described")
    if bool(header.entries) != bool(header.dimensions):
        raise _unusable("its number of dimensions does not fit its entries")
    if header.issued >= header.expires:
        raise _unusable("it expires before it was issued")


def _first(error: ValidationError) -> str:
    # Only the place and the rule: the value itself may be a person's name.
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"{where}: {found['msg']}" if where else str(found["msg"])


def _unusable(what: str) -> WatchlistError:
    return WatchlistError(
        f"The watchlist's header is not usable: {what}.",
        "Publish the list again with `watchpost register publish` of the same release.",
    )
