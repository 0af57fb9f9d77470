"""Keeps the hub's tables small and erases what must not stay.

In: an engine and what to keep. Out: fewer rows. Always: numbers that have all come are folded
into ``series.complete_to``, so that the gap report stays exact after hits are gone; hits of an
erased entry are deleted, also those that another hub was just writing; refusals are bounded.
One hub at a time does the upkeep; the others leave it to that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, delete, func, select, text, update

from edge.hub import tables
from edge.hub.database import explained
from edge.hub.ledger import first_gaps

MAX_REFUSALS = 1000
_LOCK = 0x7761746369  # the migrations' number and one


@dataclass(frozen=True, slots=True)
class Deleted:
    """What an upkeep deleted.

    Attributes:
        aged: hits older than what is kept.
        erased: hits of erased entries.
    """

    aged: int = 0
    erased: int = 0


def keep_up(engine: Engine, keep_from: datetime | None) -> Deleted:
    """Do all of the upkeep.

    Args:
        engine: the database.
        keep_from: hits received before this UTC time are deleted; None when the time of day
            cannot be believed: then none is.

    Raises:
        HubError: the database is away or refuses.
    """
    with explained(engine), engine.begin() as connection:
        if not _is_ours(connection):
            return Deleted()
        _fold(connection)
        _bound_refusals(connection)
        return Deleted(_drop_aged(connection, keep_from), _drop_erased(connection))


def erase(engine: Engine, entry: str, at: datetime) -> int:
    """Delete an entry's hits, and keep none that comes later; how many were deleted.

    Raises:
        HubError: the database is away or refuses; then nothing was deleted.
    """
    known = tables.erased_entry
    with explained(engine), engine.begin() as connection:
        if connection.execute(select(known.c.entry).where(known.c.entry == entry)).first() is None:
            connection.execute(known.insert(), {"entry": entry, "erased_at": at})
        hits = delete(tables.hit).where(tables.hit.c.entry == entry)
        return connection.execute(hits).rowcount


def _is_ours(connection: Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return True  # the transaction began as the only writer
    lock = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(connection.execute(lock, {"key": _LOCK}).scalar_one())


def _fold(connection: Connection) -> None:
    """Move each series' mark up to its first gap, and drop the numbers below."""
    marks = connection.execute(first_gaps()).all()
    moved = [{"which": row[0], "mark": row[1]} for row in marks]
    if not moved:
        return
    series, arrival = tables.series, tables.arrival
    connection.execute(
        update(series)
        .where(series.c.id == bindparam("which"), series.c.complete_to < bindparam("mark"))
        .values(complete_to=bindparam("mark")),
        moved,
    )
    connection.execute(
        delete(arrival).where(
            arrival.c.series_id == bindparam("which"), arrival.c.sequence <= bindparam("mark")
        ),
        moved,
    )


def _bound_refusals(connection: Connection) -> None:
    newest = connection.execute(select(func.max(tables.refusal.c.id))).scalar_one()
    if newest is not None:
        connection.execute(
            delete(tables.refusal).where(tables.refusal.c.id <= newest - MAX_REFUSALS)
        )


def _drop_aged(connection: Connection, keep_from: datetime | None) -> int:
    if keep_from is None:
        return 0
    old = delete(tables.hit).where(tables.hit.c.received_at < keep_from)
    return connection.execute(old).rowcount


def _drop_erased(connection: Connection) -> int:
    entries = select(tables.erased_entry.c.entry)
    return connection.execute(delete(tables.hit).where(tables.hit.c.entry.in_(entries))).rowcount
