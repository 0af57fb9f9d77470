"""Hits for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edge.report.spool import Bounds, SpoolWriter
from edge.values import EntryRef, Hit, Recognition

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_hit(number: int = 1, *, label: str | None = None, **seen: Any) -> Hit:
    """A hit whose id follows from its number; ``seen`` changes its recognition."""
    values: dict[str, Any] = {
        "camera": "camera-1",
        "track": number,
        "entry": EntryRef(entry_id="entry-1", list_id="staff", label=label),
        "probability": 0.987654,
        "score": 0.951234,
        "threshold": 0.93,
        "margin": 0.0412,
        "frames": 5,
        "first_seen": NOON,
        "last_seen": NOON + timedelta(seconds=1),
        "frame_index": 42,
        "box": (10.04, 20.0, 60.26, 70.0),
    }
    return Hit(
        hit_id=f"hit-{number}",
        site="site-1",
        box="box-1",
        recognition=Recognition(**(values | seen)),
        watchlist_version=3,
        pack="default@1",
        decided_at=NOON + timedelta(seconds=2),
    )


class SteppedClock:
    """A clock that moves only when told."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def monotonic_s(self) -> float:
        return self.moment.timestamp()

    def utc(self) -> datetime:
        return self.moment

    def trusted_utc(self) -> datetime | None:
        return self.moment


def make_writer(path: Path, **bounds: Any) -> SpoolWriter:
    return SpoolWriter(path, Bounds(**({"max_rows": 1000} | bounds)), clock=SteppedClock())


def record(path: Path, count: int) -> None:
    writer = make_writer(path)
    for number in range(1, count + 1):
        writer.append(make_hit(number))
    writer.close()
