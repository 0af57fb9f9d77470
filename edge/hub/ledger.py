"""Which numbers of which box's spool have come, and which are missing.

In: the tables ``series`` and ``arrival``. Out: ranges of missing numbers. Always: exact, also
after hits were erased or aged; a number is missing when a higher one of the same spool has
come. What a box has not sent at all is not known here: its status tells its backlog.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Engine, Select, and_, func, or_, select, union_all

from edge.hub.database import explained, read
from edge.hub.tables import arrival, series


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that a box owes.

    Attributes:
        site: where the box is.
        box: which box.
        series: the spool that gave the numbers.
        current: whether that is the newest spool of the box that the hub knows; an older one
            was set aside there, and what it owes may never come.
        first: the first missing number.
        last: the last one, included.
    """

    site: str
    box: str
    series: str
    current: bool
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many numbers are missing."""
        return self.last - self.first + 1


def gaps(
    engine: Engine, *, limit: int, site: str | None = None, box: str | None = None
) -> list[Gap]:
    """Missing numbers, by site, box and spool, oldest first; at most ``limit`` ranges.

    Raises:
        HubError: the database is away or lacks its tables.
    """
    steps = _steps().subquery()
    newest = select(func.max(series.c.id)).group_by(series.c.site, series.c.box)
    question = (
        select(
            series.c.site,
            series.c.box,
            series.c.series,
            series.c.id.in_(newest),
            steps.c.sequence + 1,
            steps.c.next - 1,
        )
        .join(series, series.c.id == steps.c.series_id)
        .where(steps.c.next > steps.c.sequence + 1)
        .order_by(series.c.site, series.c.box, series.c.id, steps.c.sequence)
        .limit(limit)
    )
    if site is not None:
        question = question.where(series.c.site == site)
    if box is not None:
        question = question.where(series.c.box == box)
    with explained(engine), read(engine) as connection:
        return [Gap(a, b, c, bool(d), e, f) for a, b, c, d, e, f in connection.execute(question)]


def first_gaps() -> Select[Any]:
    """The number before the first gap, for each series with numbers above its mark."""
    steps = _steps().subquery()
    at_gap = or_(steps.c.next.is_(None), steps.c.next > steps.c.sequence + 1)
    busy = select(arrival.c.series_id)
    return (
        select(steps.c.series_id, func.min(steps.c.sequence))
        .where(and_(at_gap, steps.c.series_id.in_(busy)))
        .group_by(steps.c.series_id)
        .order_by(steps.c.series_id)
    )


def _steps() -> Select[tuple[int, int, int]]:
    """Each number that has come with the next one; the mark counts as one that has."""
    came = _numbers().subquery()
    following = func.lead(came.c.sequence).over(
        partition_by=came.c.series_id, order_by=came.c.sequence
    )
    return select(came.c.series_id, came.c.sequence, following.label("next"))


def _numbers() -> CompoundSelect[tuple[int, int]]:
    marks = select(series.c.id.label("series_id"), series.c.complete_to.label("sequence"))
    above = (
        select(arrival.c.series_id, arrival.c.sequence)
        .join(series, series.c.id == arrival.c.series_id)
        .where(arrival.c.sequence > series.c.complete_to)
    )
    return union_all(marks, above)
