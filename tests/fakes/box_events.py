"""Messages as boxes send them, for tests of receivers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from edge.hub.records import Delivery
from edge.report.messages import (
    erasure_event,
    health_event,
    hit_event,
    review_event,
    status_event,
)
from edge.report.messages.health import Check, Level
from edge.report.topics import (
    erasure_topic,
    health_topic,
    hit_topic,
    review_topic,
    status_topic,
)
from edge.values import Condition, EntryRef, Erasure, Hit, Opinion, Recognition, Review

SITE, BOX, SERIES = "site-1", "box-1", "0f0f0f0f-0000-4000-8000-000000000001"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_hit(number: int, *, site: str = SITE, box: str = BOX, entry: str = "entry-1") -> Hit:
    """A hit whose id follows from box and number."""
    seen = Recognition(
        camera="entrance",
        track=number,
        entry=EntryRef(entry_id=entry, list_id="staff", label="Sam"),
        probability=0.97,
        score=0.951,
        threshold=0.93,
        margin=0.04,
        frames=5,
        first_seen=NOW,
        last_seen=NOW,
        frame_index=number,
        box=(10.0, 20.0, 60.0, 70.0),
    )
    return Hit(event_id(f"{site}/{box}/{number}"), site, box, seen, 3, "default@1", NOW)


def event_id(name: str) -> str:
    """The same id for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def hit_delivery(
    sequence: int,
    *,
    site: str = SITE,
    box: str = BOX,
    series: str | None = SERIES,
    entry: str = "entry-1",
    at: datetime = NOW,
) -> Delivery:
    """A hit as the hub gets it."""
    hit = make_hit(sequence, site=site, box=box, entry=entry)
    return Delivery(hit_topic(site, box), hit_event(hit, sequence, series), at)


def erasure_delivery(sequence: int, entry: str = "entry-1") -> Delivery:
    """An erasure as the hub gets it."""
    gone = Erasure(entry, "staff", 4, NOW)
    event = erasure_event(
        SITE, BOX, gone, sequence, SERIES, event_id=event_id(f"erasure {sequence}")
    )
    return Delivery(erasure_topic(SITE, BOX), event, NOW)


def review_delivery(sequence: int, hit_id: str) -> Delivery:
    """A review as the hub gets it."""
    said = Review(hit_id, Opinion.CONFIRMED, NOW)
    event = review_event(SITE, BOX, said, sequence, SERIES, event_id=event_id(f"review {sequence}"))
    return Delivery(review_topic(SITE, BOX), event, NOW)


def status_delivery(*, online: bool, at: datetime = NOW, backlog: int | None = 7) -> Delivery:
    """A status as the hub gets it."""
    event = status_event(
        SITE,
        BOX,
        online=online,
        condition=Condition.RUNNING if online else Condition.STOPPED,
        at=at,
        backlog_hits=backlog,
        watchlist_version=3,
    )
    return Delivery(status_topic(SITE, BOX), event, at)


def health_delivery(**failures: str) -> Delivery:
    """A box's health as the hub gets it: what each failing check says."""
    checks = {name: Check(Level.FAILURE, words) for name, words in failures.items()}
    event = health_event(SITE, BOX, checks=checks, figures={}, at=NOW)
    return Delivery(health_topic(SITE, BOX), event, NOW)
