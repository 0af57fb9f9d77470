"""From a message of a box to rows of the hub's tables, or to the reason why not.

In: a topic and a payload from the network. Out: a :class:`Record` that both databases can hold,
or a :class:`Refusal`. Always: a message that claims another box than its topic's is refused; a
refusal says why but repeats nothing of what the message held. Storing is left to ``store.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from edge.errors import BrokerError
from edge.report.messages import (
    parse_erasure,
    parse_event,
    parse_health,
    parse_review,
    parse_status,
)
from edge.report.topics import ROOT

Value = str | int | float | bool | datetime | None
Row = dict[str, Value]

KINDS = ("hit", "erasure", "review", "status", "health")
MAX_TOPIC = 256
MAX_WORDS = 1024


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came.

    Attributes:
        topic: where it was published.
        payload: what it holds.
        received_at: UTC time.
        message_id: the number that MQTT acknowledges it by.
        connection: which of the hub's connections it came through, from 1.
    """

    topic: str
    payload: bytes
    received_at: datetime
    message_id: int = 0
    connection: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """A message that can be stored.

    Attributes:
        kind: one of :data:`KINDS`.
        site: where the box is.
        box: which box.
        series: names the box's spool, or None when the box did not tell.
        sequence: the number in that spool; 0 for status and health, which have none.
        row: columns of the kind's table by name, those of the receiver left out.
    """

    kind: str
    site: str
    box: str
    series: str | None
    sequence: int
    row: Row


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that cannot be stored.

    Attributes:
        topic: where it came from, shortened and printable.
        size_bytes: how large it was.
        reason: one sentence, without any of its values.
        received_at: UTC time.
    """

    topic: str
    size_bytes: int
    reason: str
    received_at: datetime


def read(delivery: Delivery) -> Record | Refusal:
    """Read a message; never raises for what a box or a stranger may have sent."""
    kind = delivery.topic.rpartition("/")[2]
    reader = _READERS.get(kind)
    if reader is None:
        return refused(delivery, "The topic is none of those that the hub reads.")
    try:
        record = reader(delivery.payload)
    except BrokerError as error:
        return refused(delivery, error.problem)
    except (OverflowError, ValueError):
        return refused(delivery, "A time lies outside the years 1 to 9999, or a value is unusable.")
    if delivery.topic != f"{ROOT}/{record.site}/{record.box}/{kind}":
        return refused(delivery, "The message names another box than its topic.")
    if not _storable(record.row):
        return refused(delivery, "A text holds a character that a database cannot store.")
    record.row["received_at"] = delivery.received_at
    return record


def refused(delivery: Delivery, reason: str) -> Refusal:
    """A refusal of a message."""
    shown = "".join(
        sign if sign.isascii() and sign.isprintable() else "?" for sign in delivery.topic
    )
    return Refusal(shown[:MAX_TOPIC], len(delivery.payload), reason[:1024], delivery.received_at)


def _hit(payload: bytes) -> Record:
    hit = parse_event(payload)
    left, top, width, height = hit.face
    row: Row = {
        "event_id": hit.hit_id,
        "camera": hit.camera,
        "list_id": hit.list_id,
        "entry": hit.entry_id,
        "label": hit.label,
        "probability": hit.probability,
        "score": hit.score,
        "threshold": hit.threshold,
        "margin": hit.margin,
        "frames": hit.frames,
        "first_seen": _utc(hit.first_seen),
        "last_seen": _utc(hit.last_seen),
        "frame_index": hit.frame_index,
        "face_left_px": left,
        "face_top_px": top,
        "face_width_px": width,
        "face_height_px": height,
        "watchlist_version": hit.watchlist_version,
        "pack": hit.pack,
        "decided_at": _utc(hit.decided_at),
    }
    return _numbered("hit", hit.site, hit.box, hit.series, hit.sequence, row)


def _erasure(payload: bytes) -> Record:
    came = parse_erasure(payload)
    row: Row = {
        "event_id": came.event_id,
        "list_id": came.erasure.list_id,
        "entry": came.erasure.entry_id,
        "watchlist_version": came.erasure.version,
        "erased_at": _utc(came.erasure.erased_at),
    }
    return _numbered("erasure", came.site, came.box, came.series, came.sequence, row)


def _review(payload: bytes) -> Record:
    came = parse_review(payload)
    row: Row = {
        "event_id": came.event_id,
        "hit_id": came.review.hit_id,
        "verdict": came.review.opinion.value,
        "reviewed_at": _utc(came.review.reviewed_at),
    }
    return _numbered("review", came.site, came.box, came.series, came.sequence, row)


def _status(payload: bytes) -> Record:
    told = parse_status(payload)
    row: Row = {
        "site": told.site,
        "box": told.box,
        "online": told.online,
        "condition": told.condition.value,
        "problem": told.problem,
        "remedy": told.remedy,
        "backlog": told.backlog_hits,
        "watchlist_version": told.watchlist_version,
        "told_at": _utc(told.at) if told.at is not None else None,
    }
    return Record("status", told.site, told.box, None, 0, row)


def _health(payload: bytes) -> Record:
    told = parse_health(payload)
    said = (f"{name}: {one.words}" for name, one in told.checks.items() if one.words)
    row: Row = {
        "site": told.site,
        "box": told.box,
        "level": told.level.value,
        "words": " ".join(said)[:MAX_WORDS],
        "told_at": _utc(told.at),
    }
    return Record("health", told.site, told.box, None, 0, row)


def _numbered(
    kind: str, site: str, box: str, series: str | None, sequence: int, row: Row
) -> Record:
    whole: Row = {"site": site, "box": box, "series": series, "sequence": sequence}
    return Record(kind, site, box, series, sequence, whole | row)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _storable(row: Row) -> bool:
    """Whether PostgreSQL takes the texts: UTF-8 without the character 0."""
    texts = [value for value in row.values() if isinstance(value, str)]
    try:
        return not any("\0" in text for text in texts) and bool("".join(texts).encode())
    except UnicodeEncodeError:
        return False


_READERS: Mapping[str, Callable[[bytes], Record]] = {
    "hit": _hit,
    "erasure": _erasure,
    "review": _review,
    "status": _status,
    "health": _health,
}
