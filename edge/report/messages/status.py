"""How a box's reporting is, as a message, and back again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from edge.report.messages.envelope import box_source, decoded, encoded, made
from edge.report.wire import (
    DATA_TYPE,
    MAX_SENTENCE,
    SPEC_VERSION,
    STATUS_TYPE,
    StatusData,
    StatusEvent,
)
from edge.values import Condition


@dataclass(frozen=True, slots=True)
class ReceivedStatus:
    """A box's status as a subscriber gets it.

    Attributes:
        site: where the box is.
        box: which box.
        online: False in the last will and at an orderly end.
        condition: how the report process is.
        problem: what is wrong, or "".
        remedy: what to do about it, or "".
        backlog_hits: hits that wait to be acknowledged.
        watchlist_version: the active list.
        at: UTC time, or None for a last will, which is written before its time.
    """

    site: str
    box: str
    online: bool
    condition: Condition
    problem: str
    remedy: str
    backlog_hits: int | None
    watchlist_version: int | None
    at: datetime | None


def status_event(
    site: str,
    box: str,
    *,
    online: bool,
    condition: Condition,
    at: datetime | None = None,
    problem: str = "",
    remedy: str = "",
    backlog_hits: int | None = None,
    watchlist_version: int | None = None,
) -> bytes:
    """A box's status as a message; arguments as in :class:`ReceivedStatus`, longer texts are cut.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    with made("A status"):
        data = StatusData(
            site=site,
            box=box,
            online=online,
            condition=condition.value,
            problem=problem[:MAX_SENTENCE],
            remedy=remedy[:MAX_SENTENCE],
            backlog_hits=backlog_hits,
            watchlist_version=watchlist_version,
        )
        event = StatusEvent(
            specversion=SPEC_VERSION,
            type=STATUS_TYPE,
            id=str(uuid4()),
            source=box_source(site, box),
            time=at,
            datacontenttype=DATA_TYPE,
            data=data,
        )
    return encoded(event)


def parse_status(payload: bytes) -> ReceivedStatus:
    """Read a status message.

    Raises:
        BrokerError: it is too large, no JSON, or not a status of this version.
    """
    event = decoded(StatusEvent, payload, "a status")
    data = event.data
    return ReceivedStatus(
        site=data.site,
        box=data.box,
        online=data.online,
        condition=Condition(data.condition),
        problem=data.problem,
        remedy=data.remedy,
        backlog_hits=data.backlog_hits,
        watchlist_version=data.watchlist_version,
        at=event.time,
    )
