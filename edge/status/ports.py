"""What the page needs to know of the store of hits, as a port and the values it returns.

Nothing here opens a file. What stands behind the port may only read; a store that is missing
or damaged raises :class:`edge.errors.SpoolError`, whose two sentences the page shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Delivery(StrEnum):
    """How far a hit has come on its way to a receiver."""

    RECORDED = "recorded"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class HitLine:
    """One hit as the page shows it: no template, no picture, no raw score.

    Attributes:
        hit_id: id of the hit.
        decided_at: UTC time of the decision.
        camera: name of the camera.
        list_id: the list the person stands on.
        entry_id: opaque id of the enrolment.
        label: what to call the person; None unless the list shows labels.
        probability: calibrated, 0..1, that it is the enrolled person.
        frames: looks the decision rests on.
        delivery: see :class:`Delivery`.
        pictured: whether a sealed picture of it is kept on this box.
    """

    hit_id: str
    decided_at: datetime
    camera: str
    list_id: str
    entry_id: str
    label: str | None
    probability: float
    frames: int
    delivery: Delivery
    pictured: bool = False


@dataclass(frozen=True, slots=True)
class HitCounts:
    """How many hits the box holds and has ever had.

    Attributes:
        recorded: kept on the box, not sent yet.
        sent: sent, not yet confirmed by a receiver.
        acknowledged: confirmed by a receiver and still kept here.
        total: ever recorded.
        oldest_at: UTC time at which the oldest that has not arrived was stored; None: all have.
    """

    recorded: int
    sent: int
    acknowledged: int
    total: int
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ErasureLine:
    """A withdrawn entry whose template is gone from this box.

    Attributes:
        entry_id: opaque id of the enrolment.
        list_id: the list it stood on.
        version: the watchlist's version that withdrew it.
        erased_at: UTC time.
        delivery: how far the word of it has come.
    """

    entry_id: str
    list_id: str
    version: int
    erased_at: datetime
    delivery: Delivery


class HitLog(Protocol):
    """Reads the store of hits; may be called from any thread, one at a time."""

    def recent(self, limit: int) -> tuple[HitLine, ...]:
        """The newest hits, newest first, at most ``limit``.

        Raises:
            SpoolError: the store is missing, damaged or cannot be read.
        """
        ...

    def erasures(self, limit: int) -> tuple[ErasureLine, ...]:
        """The newest erasures, newest first, at most ``limit``.

        Raises:
            SpoolError: as for ``recent``.
        """
        ...

    def counts(self) -> HitCounts:
        """How many hits there are.

        Raises:
            SpoolError: as for ``recent``.
        """
        ...
