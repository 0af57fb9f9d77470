"""Reads the spool for the page.

In: a view of the spool. Out: a :class:`~edge.status.ports.HitLog`. Always: read only; the rows
are read again only when the counts have changed, because a page that is looked at asks twice
a second; the foreign errors of the spool leave as :class:`SpoolError`.
"""

from __future__ import annotations

from pathlib import Path

from edge.errors import BrokerError, SpoolError
from edge.report.spool import RecentHit, RowState, SpoolCounts, SpoolView
from edge.status.ports import Delivery, ErasureLine, HitCounts, HitLine

# Two changes may leave the counts as they were; so rows are never older than so many looks.
REUSE_LOOKS = 10

_DELIVERY = {
    RowState.RECORDED: Delivery.RECORDED,
    RowState.SENT: Delivery.SENT,
    RowState.ACKNOWLEDGED: Delivery.ACKNOWLEDGED,
}


class SpoolHitLog:
    """The spool behind the page's port.

    Args:
        view: the spool.
        file: where it lies; when given, a missing file is told from an empty spool.
    """

    def __init__(self, view: SpoolView, file: Path | None = None) -> None:
        self._view = view
        self._file = file
        self._counts: SpoolCounts | None = None
        self._looks = 0
        self._limit = 0
        self._lines: tuple[HitLine, ...] = ()

    def recent(self, limit: int) -> tuple[HitLine, ...]:
        """See :class:`~edge.status.ports.HitLog`."""
        counts = self._look()
        known = counts == self._counts and limit <= self._limit and self._looks < REUSE_LOOKS
        if not known:
            self._lines = self._read(limit)
            self._counts, self._limit, self._looks = counts, limit, 0
        self._looks += 1
        return self._lines[:limit]

    def counts(self) -> HitCounts:
        """See :class:`~edge.status.ports.HitLog`."""
        found = self._look()
        return HitCounts(
            found.recorded, found.sent, found.acknowledged, found.total, found.oldest_at
        )

    def erasures(self, limit: int) -> tuple[ErasureLine, ...]:
        """See :class:`~edge.status.ports.HitLog`."""
        self._look()
        try:
            found = self._view.erasures(limit)
        except BrokerError as error:
            raise _unreadable() from error
        return tuple(
            ErasureLine(
                one.erasure.entry_id,
                one.erasure.list_id,
                one.erasure.version,
                one.erasure.erased_at,
                _DELIVERY[state],
            )
            for one, state in found
        )

    def _look(self) -> SpoolCounts:
        if self._file is not None and not self._file.exists():
            raise SpoolError(
                "The store of hits has not reported yet: the recogniser has not made it.",
                "Start the recogniser; it makes the store.",
            )
        return self._view.counts()

    def _read(self, limit: int) -> tuple[HitLine, ...]:
        try:
            return tuple(_line(one) for one in self._view.recent(limit))
        except BrokerError as error:
            raise _unreadable() from error


def _unreadable() -> SpoolError:
    return SpoolError(
        "The store of hits holds a message that cannot be read.",
        "Update watchpost, or move the store away while the box is stopped.",
    )


def _line(one: RecentHit) -> HitLine:
    hit = one.hit
    return HitLine(
        hit_id=hit.hit_id,
        decided_at=hit.decided_at,
        camera=hit.camera,
        list_id=hit.list_id,
        entry_id=hit.entry_id,
        label=hit.label,
        probability=hit.probability,
        frames=hit.frames,
        delivery=_DELIVERY[one.state],
        pictured=one.pictured,
    )
