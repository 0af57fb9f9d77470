"""Rows before they have a number, and how they get one.

In: hits, erasures, reviews. Out: drafts, made outside any lock; then rows of the spool, numbered
from its tally in one transaction. Always: all drafts of a transaction are stored or none, the
numbers have no gaps, and the same event twice is one row.

A hit that comes alone is one statement, which is its own transaction: that is what a box does all
day, and each further statement costs a tenth of the time that the disk takes to flush.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from edge.errors import BrokerError, SpoolError
from edge.report.messages import erasure_event, hit_event, review_event
from edge.report.spool_file import Kind
from edge.values import Erasure, Hit, Review

# Number and series stand last in a message, so that it can be written before they are known.
_NUMBER, _SERIES = 1, "-"
_END = f',"sequence":{_NUMBER},"series":"{_SERIES}"}}}}'.encode()
# Hits go out before notes: somebody may be waiting at a door.
_PRIORITY = {Kind.HIT: 1, Kind.ERASURE: 0, Kind.REVIEW: 0}
PRIORITIES = tuple(sorted(set(_PRIORITY.values())))


def _whole(head: str, number: str, series: str) -> str:
    """SQL for a message that has got its number."""
    tail = f"""',"sequence":' || {number} || ',"series":"' || {series} || '"}}}}'"""
    return f"CAST({head} || {tail} AS BLOB)"


def _insert(number: str, series: str) -> str:
    """SQL that stores a message under a number, unless it is stored already."""
    columns = "sequence, event_id, event, priority, recorded_ms, kind, state"
    values = f"{number}, ?1, {_whole('?2', number, series)}, ?3, ?4, ?5, 0"
    into = f"INSERT INTO message ({columns}) VALUES ({values})"  # noqa: S608 - constants
    return f"{into} ON CONFLICT (event_id) DO NOTHING"


# SQLite needs a table beside for "INSERT ... SELECT" from the table itself, and none for these.
_INSERT_NEXT = _insert("(SELECT last + 1 FROM tally)", "(SELECT series FROM ledger)")
_INSERT = _insert("?6", "?7")
_RENUMBERED = f"sequence = ?3, event = {_whole('?2', '?3', '?4')}"
_RENUMBER = f"UPDATE message SET {_RENUMBERED} WHERE event_id = ?1"  # noqa: S608 - constants
_INSERT_PICTURE = (
    "INSERT OR REPLACE INTO evidence (event_id, entry_id, sealed, recorded_ms) VALUES (?, ?, ?, ?)"
)
_KNOWN = "SELECT sequence FROM message WHERE event_id = ?"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that lacks only its number.

    Attributes:
        event_id: its identity.
        kind: what it tells.
        head: the message up to its number.
        sealed: an encrypted picture to keep beside it on the box, or None.
        entry_id: whom the picture shows; "" without one.
    """

    event_id: str
    kind: Kind
    head: bytes
    sealed: bytes | None = None
    entry_id: str = ""


def hit_draft(hit: Hit, sealed: bytes | None = None) -> Draft:
    """A hit as a draft.

    Raises:
        SpoolError: it holds a value that a message cannot hold.
    """
    try:
        event = hit_event(hit, _NUMBER, _SERIES)
    except BrokerError as error:
        raise SpoolError(error.problem, error.remedy) from error
    shown = hit.recognition.entry.entry_id if sealed is not None else ""
    return Draft(hit.hit_id, Kind.HIT, _head(event), sealed, shown)


def erasure_draft(site: str, box: str, erasure: Erasure) -> Draft:
    """An erasure as a draft; the same erasure always gives the same event.

    Raises:
        SpoolError: as for hits.
    """
    event_id = _named(site, box, "erasure", erasure.list_id, erasure.entry_id, erasure.version)
    try:
        event = erasure_event(site, box, erasure, _NUMBER, _SERIES, event_id=event_id)
    except BrokerError as error:
        raise SpoolError(error.problem, error.remedy) from error
    return Draft(event_id, Kind.ERASURE, _head(event))


def review_draft(site: str, box: str, review: Review) -> Draft:
    """A review as a draft; the same review always gives the same event.

    Raises:
        SpoolError: as for hits.
    """
    said = (review.hit_id, review.opinion.value, review.reviewed_at.isoformat())
    event_id = _named(site, box, "review", *said)
    try:
        event = review_event(site, box, review, _NUMBER, _SERIES, event_id=event_id)
    except BrokerError as error:
        raise SpoolError(error.problem, error.remedy) from error
    return Draft(event_id, Kind.REVIEW, _head(event))


def store_alone(connection: sqlite3.Connection, draft: Draft, now_ms: int) -> int | None:
    """Store a hit without a picture, outside any transaction; returns its number.

    None: nothing is changed, for the event is stored already or is more than a hit; ``store``
    takes it.

    Raises:
        sqlite3.Error: nothing is stored.
    """
    if draft.sealed or draft.kind is not Kind.HIT:
        return None
    done = connection.execute(_INSERT_NEXT, _values(draft, now_ms))
    return done.lastrowid if done.rowcount else None


def store(connection: sqlite3.Connection, drafts: Sequence[Draft], now_ms: int) -> list[int]:
    """Store drafts inside a transaction; returns their numbers, in their order.

    Raises:
        sqlite3.Error: nothing may be committed.
    """
    last, series = connection.execute("SELECT last, series FROM tally").fetchone()
    numbers = list(range(last + 1, last + 1 + len(drafts)))
    rows = [
        (*_values(one, now_ms), number, series) for number, one in zip(numbers, drafts, strict=True)
    ]
    if connection.executemany(_INSERT, rows).rowcount < len(rows):
        numbers = _close_gaps(connection, drafts, last, series)
    special = [place for place, one in enumerate(drafts) if one.sealed or one.kind is not Kind.HIT]
    if special:
        new = {numbers[one]: drafts[one] for one in special if numbers[one] > last}
        _store_special(connection, new.values(), now_ms)
    return numbers


def _values(draft: Draft, now_ms: int) -> tuple[str, bytes, int, int, int]:
    return draft.event_id, draft.head, _PRIORITY[draft.kind], now_ms, int(draft.kind)


def _store_special(connection: sqlite3.Connection, drafts: Iterable[Draft], now_ms: int) -> None:
    """What drafts have that are more than a hit: notes are counted, pictures kept."""
    for one in drafts:
        if one.kind is not Kind.HIT:
            connection.execute("UPDATE ledger SET notes = notes + 1")
        if one.sealed:
            picture = (one.event_id, one.entry_id, one.sealed, now_ms)
            connection.execute(_INSERT_PICTURE, picture)


def _close_gaps(
    connection: sqlite3.Connection, drafts: Sequence[Draft], last: int, series: str
) -> list[int]:
    """Some drafts were known: move the new ones up to the numbers that those left free."""
    numbers = []
    for place, one in enumerate(drafts, last + 1):
        (number,) = connection.execute(_KNOWN, (one.event_id,)).fetchone()
        if number == place:  # it is new
            number = last = last + 1
            connection.execute(_RENUMBER, (one.event_id, one.head, number, series))
        numbers.append(int(number))
    return numbers


def _head(event: bytes) -> bytes:
    if not event.endswith(_END):
        raise SpoolError(
            "A message does not end with its number.", "Install watchpost anew, from one version."
        )
    return event[: -len(_END)]


def _named(*parts: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/watchpost/" + "/".join(str(one) for one in parts)))
