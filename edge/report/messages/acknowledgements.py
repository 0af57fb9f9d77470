"""A receiver's acknowledgement as a message, and back again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from edge.report.messages.envelope import decoded, encoded, made
from edge.report.wire import ACK_TYPE, DATA_TYPE, SPEC_VERSION, AckData, AckEvent


@dataclass(frozen=True, slots=True)
class ReceivedAck:
    """What a receiver has in its database.

    Attributes:
        site: where the box is.
        box: which box it answers.
        receiver: who answers.
        series: names the spool whose numbers these are.
        ranges: (first, last), both included; at most ``wire.MAX_RANGES``.
    """

    site: str
    box: str
    receiver: str
    series: str
    ranges: tuple[tuple[int, int], ...]


def ack_event(
    site: str,
    box: str,
    *,
    receiver: str,
    series: str,
    ranges: Sequence[tuple[int, int]],
    at: datetime,
) -> bytes:
    """An acknowledgement as a message.

    Args:
        site: where the box is.
        box: which box is answered.
        receiver: who answers.
        series: the spool that numbered the messages.
        ranges: (first, last), both included; 1 to ``wire.MAX_RANGES``.
        at: UTC time.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    with made("An acknowledgement"):
        event = AckEvent(
            specversion=SPEC_VERSION,
            type=ACK_TYPE,
            id=str(uuid4()),
            source=f"/watchpost/receiver/{receiver}",
            time=at,
            datacontenttype=DATA_TYPE,
            data=AckData(
                site=site,
                box=box,
                receiver=receiver,
                series=series,
                sequences=tuple((first, last) for first, last in ranges),
            ),
        )
    return encoded(event)


def parse_ack(payload: bytes) -> ReceivedAck:
    """Read an acknowledgement.

    Raises:
        BrokerError: it is too large, no JSON, or not an acknowledgement of this version; also
            when a range ends before it begins.
    """
    data = decoded(AckEvent, payload, "an acknowledgement").data
    return ReceivedAck(data.site, data.box, data.receiver, data.series, data.sequences)
