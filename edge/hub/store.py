"""Writes batches of messages into the hub's database.

In: deliveries from the network. Out: which numbers of which box's spool are now in the
database. Always: when ``write`` returns, its batch is committed; the same message again, also
through another hub at the same time, changes nothing and is answered again; a message that
cannot be read or stored becomes a refusal and never holds up the others. Rows are written in
the order of their keys, so that hubs that write the same rows wait for and never block each
other. What is deleted is left to ``upkeep.py``.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, Table, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from edge.hub import tables
from edge.hub.database import explained, is_unusable_value
from edge.hub.records import KINDS, Delivery, Record, Refusal, Row, read, refused

log = logging.getLogger(__name__)

MAX_REFUSALS_AT_ONCE = 50  # of one batch; the others are counted only
SeriesKey = tuple[str, str, str]
_EVENTS: Mapping[str, Table] = {
    "hit": tables.hit,
    "erasure": tables.erasure,
    "review": tables.review,
}
_KEY = ("site", "box", "event_id")


@dataclass(slots=True)
class Written:
    """What came of a batch.

    Attributes:
        numbers: by (site, box, series), the numbers that are in the database now.
        stored: events that were new.
        known: events that had come before.
        erased: hits of entries that were erased here; answered and not kept.
        refused: messages that cannot be stored.
    """

    numbers: dict[SeriesKey, set[int]] = field(default_factory=dict)
    stored: int = 0
    known: int = 0
    erased: int = 0
    refused: int = 0

    def add(self, other: Written) -> None:
        """Count another batch in."""
        for key, numbers in other.numbers.items():
            self.numbers.setdefault(key, set()).update(numbers)
        self.stored += other.stored
        self.known += other.known
        self.erased += other.erased
        self.refused += other.refused


class HubStore:
    """The hub's tables as a receiver fills them.

    Args:
        engine: the database.
        receiver: this hub's name, kept with each row.
    """

    def __init__(self, engine: Engine, receiver: str) -> None:
        self._engine = engine
        self._receiver = receiver

    def write(self, deliveries: Sequence[Delivery]) -> Written:
        """Store a batch.

        Raises:
            HubError: the database is away, full or lacks its tables; what was stored of the
                batch is known when it comes again.
        """
        readings = [read(delivery) for delivery in deliveries]
        with explained(self._engine):
            try:
                return self._write(readings)
            except DBAPIError as error:
                if not is_unusable_value(error):
                    raise
            # One of them holds a value that this database does not take: the others shall pass.
            whole = Written()
            for delivery, reading in zip(deliveries, readings, strict=True):
                whole.add(self._write_one(delivery, reading))
            return whole

    def _write_one(self, delivery: Delivery, reading: Record | Refusal) -> Written:
        try:
            return self._write([reading])
        except DBAPIError as error:
            if not is_unusable_value(error):
                raise
            return self._write([refused(delivery, "The database does not take a value of it.")])

    def _write(self, readings: Sequence[Record | Refusal]) -> Written:
        records = [one for one in readings if isinstance(one, Record)]
        refusals = [one for one in readings if isinstance(one, Refusal)]
        numbers = _numbers(records)
        rows = {kind: [r.row for r in records if r.kind == kind] for kind in KINDS}
        with self._engine.begin() as connection:
            _note_numbers(connection, numbers, records)
            withdrawn = _withdrawn(connection, rows["hit"])
            kept = {**rows, "hit": [r for r in rows["hit"] if r["entry"] not in withdrawn]}
            stored = sum(
                self._insert(connection, table, kept[kind]) for kind, table in _EVENTS.items()
            )
            _replace(connection, tables.box, rows["status"])
            _replace(connection, tables.health, rows["health"])
            self._keep_refusals(connection, refusals)
        return Written(
            numbers=numbers,
            stored=stored,
            known=sum(len(kept[kind]) for kind in _EVENTS) - stored,
            erased=len(rows["hit"]) - len(kept["hit"]),
            refused=len(refusals),
        )

    def _insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> int:
        """Insert events that are new; how many were."""
        if not rows:
            return 0
        in_order = sorted(rows, key=lambda row: [str(row[name]) for name in _KEY])
        result = connection.execute(
            _insert_new(connection, table),
            [row | {"receiver": self._receiver} for row in in_order],
            execution_options={"preserve_rowcount": True},
        )
        return result.rowcount

    def _keep_refusals(self, connection: Connection, refusals: Sequence[Refusal]) -> None:
        for one in refusals:
            log.warning("a message of %d bytes was refused: %s", one.size_bytes, one.reason)
        rows: list[Row] = [
            {
                "received_at": one.received_at,
                "topic": one.topic,
                "size_bytes": one.size_bytes,
                "reason": one.reason,
                "receiver": self._receiver,
            }
            for one in refusals[:MAX_REFUSALS_AT_ONCE]
        ]
        if rows:
            connection.execute(tables.refusal.insert(), rows)


def _numbers(records: Sequence[Record]) -> dict[SeriesKey, set[int]]:
    found: defaultdict[SeriesKey, set[int]] = defaultdict(set)
    for one in records:
        if one.series is not None:
            found[one.site, one.box, one.series].add(one.sequence)
    return dict(found)


def _note_numbers(
    connection: Connection, numbers: Mapping[SeriesKey, set[int]], records: Sequence[Record]
) -> None:
    if not numbers:
        return
    keys = sorted(numbers)
    ids = _series_ids(connection, keys)
    unknown = [key for key in keys if key not in ids]
    if unknown:
        came = records[0].row["received_at"]
        rows = [
            {"site": site, "box": box, "series": name, "complete_to": 0, "first_received_at": came}
            for site, box, name in unknown
        ]
        connection.execute(_insert_new(connection, tables.series), rows)
        ids |= _series_ids(connection, unknown)
    arrivals = sorted((ids[key], number) for key in keys for number in numbers[key])
    connection.execute(
        _insert_new(connection, tables.arrival),
        [{"series_id": series, "sequence": number} for series, number in arrivals],
    )


def _series_ids(connection: Connection, keys: Sequence[SeriesKey]) -> dict[SeriesKey, int]:
    known = tables.series.c
    rows = connection.execute(
        select(known.site, known.box, known.series, known.id).where(
            tuple_(known.site, known.box, known.series).in_(keys)
        )
    )
    return {(site, box, name): number for site, box, name, number in rows}


def _withdrawn(connection: Connection, hits: Sequence[Row]) -> set[str]:
    entries = {row["entry"] for row in hits}
    if not entries:
        return set()
    column = tables.erased_entry.c.entry
    return set(connection.execute(select(column).where(column.in_(entries))).scalars())


def _replace(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Keep each box's newest row."""
    newest = {(str(row["site"]), str(row["box"])): row for row in rows}
    if not newest:
        return
    statement = _dialect_insert(connection, table)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["site", "box"],
            set_=changed,
            where=table.c.received_at <= statement.excluded.received_at,
        ),
        [newest[key] for key in sorted(newest)],
    )


def _insert_new(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return _dialect_insert(connection, table).on_conflict_do_nothing()


def _dialect_insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
