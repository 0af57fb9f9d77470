"""What the box says of itself on retained topics: how its reporting is.

In: what the report process knows at the moment. Out: messages that are due now. Always: told at
each connection, at each change that lasts, and at least every minute; never more than once a
second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from edge.errors import WatchpostError
from edge.report.messages import status_event
from edge.report.topics import status_topic
from edge.runtime.clock import Clock
from edge.values import Condition

STATUS_EVERY_S = 60.0
STATUS_CHANGED_S = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What the report process knows now.

    Attributes:
        fresh: whether the connection is new, so that everything is to be told.
        problem: what is wrong on this box, or None.
        backlog_hits: hits that wait to be acknowledged.
        watchlist_version: the active list; 0: none.
    """

    fresh: bool
    problem: WatchpostError | None
    backlog_hits: int
    watchlist_version: int


class Teller(Protocol):
    """Makes messages for retained topics of this box; called while connected."""

    def due(self, moment: Moment) -> Iterable[tuple[str, bytes]]:
        """(topic, message) for each that is to be told now."""
        ...


class StatusTeller:
    """Tells the box's status.

    Args:
        site: where the box is.
        box: which box.
        clock: time.
    """

    def __init__(self, site: str, box: str, clock: Clock) -> None:
        self._site = site
        self._box = box
        self._topic = status_topic(site, box)
        self._clock = clock
        self._told: tuple[object, ...] = ()
        self._told_s = float("-inf")

    def due(self, moment: Moment) -> Iterable[tuple[str, bytes]]:
        """See :class:`Teller`."""
        now_s = self._clock.monotonic_s()
        age_s = float("inf") if moment.fresh else now_s - self._told_s
        shown = moment.problem
        current = (shown.problem if shown else "", moment.watchlist_version)
        if age_s < STATUS_CHANGED_S or (current == self._told and age_s < STATUS_EVERY_S):
            return []
        self._told, self._told_s = current, now_s
        status = status_event(
            self._site,
            self._box,
            online=True,
            condition=Condition.DEGRADED if shown else Condition.RUNNING,
            at=self._clock.utc(),
            problem=shown.problem if shown else "",
            remedy=shown.remedy if shown else "",
            backlog_hits=moment.backlog_hits,
            watchlist_version=moment.watchlist_version,
        )
        return [(self._topic, status)]
