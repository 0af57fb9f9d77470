"""What people ask a hub's database: hits, boxes, erasures.

In: an engine and filters. Out: rows with a unit in each name. Always: bounded, newest first,
without waiting for a hub that is writing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, and_, select

from edge.hub import tables
from edge.hub.database import explained, read

Answer = dict[str, Any]


def hits(
    engine: Engine,
    *,
    limit: int,
    site: str | None = None,
    box: str | None = None,
    list_id: str | None = None,
    entry: str | None = None,
    since: datetime | None = None,
) -> list[Answer]:
    """Hits, the newest decision first; each filter is optional.

    Raises:
        HubError: the database is away or lacks its tables.
    """
    columns = tables.hit.c
    wanted = {columns.site: site, columns.box: box, columns.list_id: list_id, columns.entry: entry}
    question = select(tables.hit).order_by(columns.decided_at.desc(), columns.sequence.desc())
    for column, value in wanted.items():
        if value is not None:
            question = question.where(column == value)
    if since is not None:
        question = question.where(columns.decided_at >= since)
    return _answers(engine, question.limit(limit))


def erasures(engine: Engine, *, limit: int, entry: str | None = None) -> list[Answer]:
    """Which box told that it has erased which entry, the newest first.

    Raises:
        HubError: the database is away or lacks its tables.
    """
    columns = tables.erasure.c
    question = select(tables.erasure).order_by(columns.erased_at.desc(), columns.sequence.desc())
    if entry is not None:
        question = question.where(columns.entry == entry)
    return _answers(engine, question.limit(limit))


def boxes(engine: Engine, *, limit: int) -> list[Answer]:
    """The fleet as it last told about itself, by site and name.

    Raises:
        HubError: the database is away or lacks its tables.
    """
    told, found = tables.box.c, tables.health.c
    both = tables.box.outerjoin(tables.health, and_(found.site == told.site, found.box == told.box))
    question = (
        select(tables.box, found.level.label("health"), found.words.label("health_words"))
        .select_from(both)
        .order_by(told.site, told.box)
    )
    return _answers(engine, question.limit(limit))


def _answers(engine: Engine, question: Select[Any]) -> list[Answer]:
    with explained(engine), read(engine) as connection:
        return [dict(row) for row in connection.execute(question).mappings()]
