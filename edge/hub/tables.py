"""The hub's tables, for PostgreSQL and SQLite; ``migrations/`` makes them.

Always: an event is one row, by the box that sent it and its id, however often and through
however many hubs it came. Which numbers of a box's spool have come is kept apart from the
events, so that erasing a hit or its retention opens no gap: ``series.complete_to`` says up to
where all have come, ``arrival`` holds the numbers above it. Times are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)
# SQLite numbers rows by itself only when the column's type is INTEGER, which holds 64 bits there.
_Big = BigInteger().with_variant(Integer(), "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, which SQLite alone would drop."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database: UTC."""
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of it: UTC, and marked so."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _name(column: str, *, primary_key: bool = False) -> Column[str]:
    return Column(column, String(63), nullable=False, primary_key=primary_key)


def _text(column: str, *, nullable: bool = False) -> Column[str]:
    return Column(column, String(256), nullable=nullable)


def _time(column: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(column, UtcTime(), nullable=nullable)


def _number(column: str, *, nullable: bool = False) -> Column[int]:
    return Column(column, _Big, nullable=nullable)


def _float(column: str, *, nullable: bool = False) -> Column[float]:
    return Column(column, Float(53), nullable=nullable)


def _event_columns() -> list[Column[str] | Column[int] | Column[datetime]]:
    """What every numbered event of a box has."""
    return [
        _name("site", primary_key=True),
        _name("box", primary_key=True),
        Column("event_id", String(256), primary_key=True, nullable=False),
        _text("series", nullable=True),
        _number("sequence"),
        _time("received_at"),
        _text("receiver"),
    ]


series = Table(
    "series",
    metadata,
    Column("id", _Big, primary_key=True, nullable=False),
    _name("site"),
    _name("box"),
    _text("series"),
    _number("complete_to"),
    _time("first_received_at"),
    UniqueConstraint("site", "box", "series"),
)

arrival = Table(
    "arrival",
    metadata,
    Column("series_id", _Big, ForeignKey("series.id"), primary_key=True, nullable=False),
    Column("sequence", _Big, primary_key=True, nullable=False, autoincrement=False),
)

hit = Table(
    "hit",
    metadata,
    *_event_columns(),
    _text("camera"),
    _text("list_id"),
    _text("entry"),
    _text("label", nullable=True),
    _float("probability"),
    _float("score"),
    _float("threshold"),
    _float("margin", nullable=True),
    _number("frames"),
    _time("first_seen"),
    _time("last_seen"),
    _number("frame_index"),
    _float("face_left_px"),
    _float("face_top_px"),
    _float("face_width_px"),
    _float("face_height_px"),
    _number("watchlist_version"),
    _text("pack"),
    _time("decided_at"),
    Index(None, "entry"),
    Index(None, "received_at"),
    Index(None, "decided_at"),
)

erasure = Table(
    "erasure",
    metadata,
    *_event_columns(),
    _text("list_id"),
    _text("entry"),
    _number("watchlist_version"),
    _time("erased_at"),
    Index(None, "entry"),
)

review = Table(
    "review",
    metadata,
    *_event_columns(),
    _text("hit_id"),
    _text("verdict"),
    _time("reviewed_at"),
    Index(None, "hit_id"),
)

box = Table(
    "box",
    metadata,
    _name("site", primary_key=True),
    _name("box", primary_key=True),
    Column("online", Boolean, nullable=False),
    _text("condition"),
    Column("problem", String(1024), nullable=False),
    Column("remedy", String(1024), nullable=False),
    _number("backlog", nullable=True),
    _number("watchlist_version", nullable=True),
    _time("told_at", nullable=True),
    _time("received_at"),
)

# How a box's own checks find it, as it last told: the worst, and what they say.
health = Table(
    "health",
    metadata,
    _name("site", primary_key=True),
    _name("box", primary_key=True),
    _text("level"),
    Column("words", String(1024), nullable=False),
    _time("told_at"),
    _time("received_at"),
)

# Entries whose hits were erased: what a box still delivers of them is not kept.
erased_entry = Table(
    "erased_entry",
    metadata,
    Column("entry", String(256), primary_key=True, nullable=False),
    _time("erased_at"),
)

# What could not be read: where it came from and why, never what it said.
refusal = Table(
    "refusal",
    metadata,
    Column("id", _Big, primary_key=True, nullable=False),
    _time("received_at"),
    _text("topic"),
    _number("size_bytes"),
    Column("reason", String(1024), nullable=False),
    _text("receiver"),
)
