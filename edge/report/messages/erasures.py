"""An erasure as a message, and back again: the proof that a withdrawal reached a box."""

from __future__ import annotations

from dataclasses import dataclass

from edge.report.messages.envelope import box_source, decoded, encoded, made
from edge.report.wire import DATA_TYPE, ERASURE_TYPE, SPEC_VERSION, ErasureData, ErasureEvent
from edge.values import Erasure


@dataclass(frozen=True, slots=True)
class ReceivedErasure:
    """An erasure as a subscriber gets it.

    Attributes:
        event_id: the same for every copy; drop what was seen before.
        site: where the box is.
        box: which box.
        erasure: what was erased there, and when.
        sequence: running number in the box's spool.
        series: names that spool.
    """

    event_id: str
    site: str
    box: str
    erasure: Erasure
    sequence: int
    series: str


def erasure_event(
    site: str, box: str, erasure: Erasure, sequence: int, series: str, *, event_id: str
) -> bytes:
    """An erasure as a message.

    Args:
        site: where the box is.
        box: which box.
        erasure: what was erased.
        sequence: its number in the box's spool, from 1.
        series: names that spool.
        event_id: the same however often it is sent.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    with made("An erasure"):
        event = ErasureEvent(
            specversion=SPEC_VERSION,
            type=ERASURE_TYPE,
            id=event_id,
            source=box_source(site, box),
            subject=erasure.entry_id,
            time=erasure.erased_at,
            datacontenttype=DATA_TYPE,
            data=ErasureData(
                site=site,
                box=box,
                list=erasure.list_id,
                entry=erasure.entry_id,
                watchlist_version=erasure.version,
                erased_at=erasure.erased_at,
                sequence=sequence,
                series=series,
            ),
        )
    return encoded(event)


def parse_erasure(payload: bytes) -> ReceivedErasure:
    """Read an erasure's message.

    Raises:
        BrokerError: it is too large, no JSON, or not an erasure of this version.
    """
    event = decoded(ErasureEvent, payload, "an erasure")
    data = event.data
    return ReceivedErasure(
        event_id=event.id,
        site=data.site,
        box=data.box,
        erasure=Erasure(data.entry, data.list_id, data.watchlist_version, data.erased_at),
        sequence=data.sequence,
        series=data.series,
    )
