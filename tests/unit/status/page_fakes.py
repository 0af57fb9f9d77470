"""What the page's tests are made of: processes as they report, hits, and a hit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from edge.errors import SpoolError
from edge.runtime.state_file import write_state
from edge.status.ports import Delivery, ErasureLine, HitCounts, HitLine
from edge.status.snapshot import Identity, Observer, Snapshot, view_process
from edge.values import Condition, ProcessState
from tests.fakes.clock import START, FakeClock

IDENTITY = Identity(box="entrance", site="home-7", version="1.2.3")
NOW = START
FIGURES: dict[str, dict[str, float]] = {
    "recognise": {"frames_per_s": 10.0, "frame_age_s": 0.1, "watchlist_version": 3}
    | {"watchlist_people": 12, "clock_trusted": 1},
    "report": {"connected": 1, "backlog_hits": 0, "watchlist_age_s": 250},
    "status": {},
}


def state(process: str, now: datetime = NOW) -> ProcessState:
    """A process that runs well."""
    return ProcessState(
        process=process,
        pid=4711,
        started_at=now - timedelta(hours=2),
        updated_at=now,
        condition=Condition.RUNNING,
        figures=dict(FIGURES[process]),
        facts={"pack": "default@1"} if process == "recognise" else {},
    )


def hit(number: int = 1, at: datetime = NOW, *, label: str | None = None) -> HitLine:
    """A hit that waits to be sent."""
    return HitLine(
        hit_id=f"hit-{number}",
        decided_at=at,
        camera="camera-1",
        list_id="residents",
        entry_id=f"entry-{number}",
        label=label,
        probability=0.991,
        frames=5,
        delivery=Delivery.RECORDED,
    )


def snapshot(*hits: HitLine, now: datetime = NOW, **changed: ProcessState | None) -> Snapshot:
    """A box that works, but for the processes given by name."""
    seen = {
        name: view_process(name, changed.get(name, state(name, now)), now)
        for name in ("recognise", "report", "status")
    }
    return Snapshot(
        identity=IDENTITY,
        taken_at=now,
        hits=hits,
        counts=HitCounts(len(hits), 0, 0, len(hits)),
        **seen,
    )


def figured(process: str, **figures: float) -> ProcessState:
    """A process that runs and reports some other figures."""
    return replace(state(process), figures=FIGURES[process] | figures)


class FakeHitLog:
    """An :class:`edge.status.ports.HitLog` in memory."""

    def __init__(self, *hits: HitLine) -> None:
        self.hits = hits
        self.broken = False
        self.oldest_at: datetime | None = None
        self.reads = 0

    def recent(self, limit: int) -> tuple[HitLine, ...]:
        self._check()
        self.reads += 1
        return self.hits[:limit]

    def counts(self) -> HitCounts:
        self._check()
        return HitCounts(len(self.hits), 0, 0, len(self.hits), self.oldest_at)

    def erasures(self, limit: int) -> tuple[ErasureLine, ...]:
        self._check()
        return ()

    def _check(self) -> None:
        if self.broken:
            raise SpoolError("The spool is damaged.", "Restart the recogniser.")


def observe(run_dir: Path, clock: FakeClock, *hits: HitLine) -> Observer:
    """An observer of a box whose processes run well."""
    for name in FIGURES:
        write_state(run_dir, state(name, clock.utc()))
    return Observer(IDENTITY, run_dir, FakeHitLog(*hits), clock)
