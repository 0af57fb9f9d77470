"""The first tables: events of boxes, their numbers, the fleet, refusals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from edge.hub.tables import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _series()
    _hits()
    _other_events()
    _fleet()
    for table, column in (
        ("hit", "entry"),
        ("hit", "received_at"),
        ("hit", "decided_at"),
        ("erasure", "entry"),
        ("review", "hit_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _series() -> None:
    op.create_table(
        "series",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("box", sa.String(63), nullable=False),
        sa.Column("series", sa.String(256), nullable=False),
        sa.Column("complete_to", _BIG, nullable=False),
        sa.Column("first_received_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("site", "box", "series", name="uq_series"),
    )
    op.create_table(
        "arrival",
        sa.Column("series_id", _BIG, nullable=False),
        sa.Column("sequence", _BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "sequence", name="pk_arrival"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_arrival_series_id"),
    )


def _hits() -> None:
    op.create_table(
        "hit",
        *_event_columns(),
        sa.Column("camera", sa.String(256), nullable=False),
        sa.Column("list_id", sa.String(256), nullable=False),
        sa.Column("entry", sa.String(256), nullable=False),
        sa.Column("label", sa.String(256), nullable=True),
        sa.Column("probability", sa.Float(53), nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("threshold", sa.Float(53), nullable=False),
        sa.Column("margin", sa.Float(53), nullable=True),
        sa.Column("frames", _BIG, nullable=False),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("last_seen", UtcTime(), nullable=False),
        sa.Column("frame_index", _BIG, nullable=False),
        sa.Column("face_left_px", sa.Float(53), nullable=False),
        sa.Column("face_top_px", sa.Float(53), nullable=False),
        sa.Column("face_width_px", sa.Float(53), nullable=False),
        sa.Column("face_height_px", sa.Float(53), nullable=False),
        sa.Column("watchlist_version", _BIG, nullable=False),
        sa.Column("pack", sa.String(256), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        _event_key("hit"),
    )


def _other_events() -> None:
    op.create_table(
        "erasure",
        *_event_columns(),
        sa.Column("list_id", sa.String(256), nullable=False),
        sa.Column("entry", sa.String(256), nullable=False),
        sa.Column("watchlist_version", _BIG, nullable=False),
        sa.Column("erased_at", UtcTime(), nullable=False),
        _event_key("erasure"),
    )
    op.create_table(
        "review",
        *_event_columns(),
        sa.Column("hit_id", sa.String(256), nullable=False),
        sa.Column("verdict", sa.String(256), nullable=False),
        sa.Column("reviewed_at", UtcTime(), nullable=False),
        _event_key("review"),
    )
    op.create_table(
        "erased_entry",
        sa.Column("entry", sa.String(256), nullable=False),
        sa.Column("erased_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_erased_entry"),
    )


def _fleet() -> None:
    op.create_table(
        "box",
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("box", sa.String(63), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.String(256), nullable=False),
        sa.Column("problem", sa.String(1024), nullable=False),
        sa.Column("remedy", sa.String(1024), nullable=False),
        sa.Column("backlog", _BIG, nullable=True),
        sa.Column("watchlist_version", _BIG, nullable=True),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("site", "box", name="pk_box"),
    )
    op.create_table(
        "health",
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("box", sa.String(63), nullable=False),
        sa.Column("level", sa.String(256), nullable=False),
        sa.Column("words", sa.String(1024), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("site", "box", name="pk_health"),
    )
    op.create_table(
        "refusal",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("topic", sa.String(256), nullable=False),
        sa.Column("size_bytes", _BIG, nullable=False),
        sa.Column("reason", sa.String(1024), nullable=False),
        sa.Column("receiver", sa.String(256), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refusal"),
    )


def _event_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("box", sa.String(63), nullable=False),
        sa.Column("event_id", sa.String(256), nullable=False),
        sa.Column("series", sa.String(256), nullable=True),
        sa.Column("sequence", _BIG, nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("receiver", sa.String(256), nullable=False),
    ]


def _event_key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("site", "box", "event_id", name=f"pk_{table}")
