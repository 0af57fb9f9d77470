"""How many passages stayed uncertain, as a message, and back again.

An uncertain track was near to two people. Naming either would make a hit of what is none, so
the message counts by list and names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from edge.report.messages.envelope import box_source, decoded, encoded, made
from edge.report.wire import (
    DATA_TYPE,
    SPEC_VERSION,
    UNCERTAIN_TYPE,
    UncertainData,
    UncertainEvent,
)


@dataclass(frozen=True, slots=True)
class ReceivedUncertain:
    """Running totals of uncertain passages.

    Attributes:
        site: where the box is.
        box: which box.
        passages: how many since ``since``, by list; only lists that asked to hear of them.
        since: UTC time at which the counts began.
        at: UTC time of the message.
    """

    site: str
    box: str
    passages: dict[str, int]
    since: datetime
    at: datetime


def uncertain_event(
    site: str, box: str, passages: Mapping[str, int], *, since: datetime, at: datetime
) -> bytes:
    """Running totals as a message; arguments as in :class:`ReceivedUncertain`.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    with made("A count of uncertain passages"):
        event = UncertainEvent(
            specversion=SPEC_VERSION,
            type=UNCERTAIN_TYPE,
            id=str(uuid4()),
            source=box_source(site, box),
            time=at,
            datacontenttype=DATA_TYPE,
            data=UncertainData(site=site, box=box, passages=dict(passages), since=since),
        )
    return encoded(event)


def parse_uncertain(payload: bytes) -> ReceivedUncertain:
    """Read counts of uncertain passages.

    Raises:
        BrokerError: it is too large, no JSON, or not of this kind and version.
    """
    event = decoded(UncertainEvent, payload, "a count of uncertain passages")
    data = event.data
    return ReceivedUncertain(data.site, data.box, dict(data.passages), data.since, event.time)
