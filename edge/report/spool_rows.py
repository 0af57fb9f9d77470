"""Rows before they have a number, and how they get one.

In: hits, erasures, reviews. Out: drafts, made outside any lock; then rows of the spool, numbered
from its tally in one transaction. Always: all drafts of a transaction are stored or none, the
numbers have no gaps, and the same event twice is one row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
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

    def numbered(self, sequence: int, series: str) -> bytes:
        """The whole message."""
        return b'%b,"sequence":%d,"series":"%b"}}' % (self.head, sequence, series.encode())


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


def store(connection: sqlite3.Connection, drafts: Sequence[Draft], now_ms: int) -> list[int]:
    """Store drafts inside a transaction; returns their numbers, in their order.

    Raises:
        sqlite3.Error: nothing may be committed.
    """
    numbers = _known(connection, drafts)
    fresh = list({one.event_id: one for one in drafts if one.event_id not in numbers}.values())
    if fresh:
        numbers |= _insert(connection, fresh, now_ms)
    return [numbers[one.event_id] for one in drafts]


def _known(connection: sqlite3.Connection, drafts: Sequence[Draft]) -> dict[str, int]:
    find = "SELECT sequence FROM message WHERE event_id = ?"
    numbers = {}
    for one in drafts:
        found = connection.execute(find, (one.event_id,)).fetchone()
        if found is not None:
            numbers[one.event_id] = int(found[0])
    return numbers


def _insert(connection: sqlite3.Connection, drafts: Sequence[Draft], now_ms: int) -> dict[str, int]:
    count, notes = len(drafts), sum(one.kind is not Kind.HIT for one in drafts)
    last, series = connection.execute(
        "UPDATE tally SET last = last + ?1, stored = stored + ?1, backlog = backlog + ?1,"
        " notes = notes + ?2 RETURNING last, series",
        (count, notes),
    ).fetchone()
    numbered = list(enumerate(drafts, last - count + 1))
    connection.executemany(
        "INSERT INTO message (sequence, event_id, event, priority, state, recorded_ms, kind)"
        " VALUES (?, ?, ?, ?, 0, ?, ?)",
        [
            (n, one.event_id, one.numbered(n, series), _PRIORITY[one.kind], now_ms, int(one.kind))
            for n, one in numbered
        ],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO evidence (event_id, entry_id, sealed, recorded_ms)"
        " VALUES (?, ?, ?, ?)",
        [(one.event_id, one.entry_id, one.sealed, now_ms) for one in drafts if one.sealed],
    )
    return {one.event_id: n for n, one in numbered}


def _head(event: bytes) -> bytes:
    if not event.endswith(_END):
        raise SpoolError(
            "A message does not end with its number.", "Install watchpost anew, from one version."
        )
    return event[: -len(_END)]


def _named(*parts: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/watchpost/" + "/".join(str(one) for one in parts)))
