"""What the page says of a hit, as plain text values the templates only lay out.

In: a hit. Out: a :class:`HitRow`. Nothing here is HTML; escaping is the template engine's,
always on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from edge.status import words
from edge.status.ports import Delivery, HitLine

_DELIVERY = {
    Delivery.RECORDED: ("Waiting to be sent", "warning"),
    Delivery.SENT: ("Sent, not confirmed", "plain"),
    Delivery.ACKNOWLEDGED: ("At the broker", "good"),
}
_AT_HUB = ("At the hub", "good")


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit on the page; ``who`` is a label only where the list allows labels."""

    when: str
    when_iso: str
    camera: str
    who: str
    list_id: str
    sureness: str
    percent: str
    looks: str
    delivery: str
    tone: str


def delivery_words(delivery: Delivery, *, by_receiver: bool) -> tuple[str, str]:
    """How far a message has come, and the tone of that.

    Args:
        delivery: see there.
        by_receiver: whether a receiver's word counts (``mqtt.ack``), not the broker's.
    """
    if by_receiver and delivery is Delivery.ACKNOWLEDGED:
        return _AT_HUB
    return _DELIVERY[delivery]


def make_row(
    hit: HitLine,
    now: datetime,
    zone: tzinfo | None = None,
    *,
    names: bool = True,
    by_receiver: bool = False,
) -> HitRow:
    """Lay out one hit.

    Args:
        hit: the hit.
        now: the present.
        zone: time zone of the moments shown; None means the machine's own.
        names: whether the reader may see labels.
        by_receiver: as for :func:`delivery_words`.
    """
    delivery, tone = delivery_words(hit.delivery, by_receiver=by_receiver)
    sure = words.sureness(hit.probability)
    return HitRow(
        when=words.moment(hit.decided_at, now, zone),
        when_iso=hit.decided_at.isoformat(),
        camera=hit.camera,
        who=(hit.label if names else None) or f"Entry {hit.entry_id}",
        list_id=hit.list_id,
        sureness=sure[:1].upper() + sure[1:],
        percent=words.percent(hit.probability),
        looks=words.count(hit.frames, "look"),
        delivery=delivery,
        tone=tone,
    )
