"""One look at the box: what the three processes said last, and the newest hits.

In: the state files in the run folder and a :class:`~edge.status.ports.HitLog`. Out: a frozen
:class:`Snapshot`, from which verdict, checks, page and API are all made, so that they cannot
contradict each other. Always: nothing is written, a missing or damaged file is a value and
never an exception, and passwords inside addresses are masked here, before anyone shows them.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from edge.errors import SpoolError
from edge.runtime.clock import Clock
from edge.runtime.state_file import read_state
from edge.status.machine import Machine
from edge.status.ports import ErasureLine, HitCounts, HitLine, HitLog
from edge.status.run_files import ListFile, read_list
from edge.values import Condition, ProcessState

PROCESSES = ("recognise", "report", "status")
UPDATE = "update"
HITS_KEPT = 200
REUSE_S = 0.4
SILENT_AFTER_S = 5.0
# The service runner writes no state while a worker starts, nor in the pause of up to ten
# seconds before it tries again; calling that "not responding" would hide the remedy.
SILENT_AFTER_WAITING_S = 30.0

_USER_INFO = re.compile(r"//\S{0,512}@")


class Standing(StrEnum):
    """How a process looks from outside; the first four are its own words."""

    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    SILENT = "silent"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ProcessView:
    """One process as seen now.

    Attributes:
        name: "recognise", "report" or "status".
        standing: see :class:`Standing`.
        state: what it said last, or None when it never did.
        age_s: how long ago that was, seconds; 0 when it never did.
    """

    name: str
    standing: Standing
    state: ProcessState | None
    age_s: float

    @property
    def at_work(self) -> bool:
        """Whether it works, wholly or in part, so that its figures are those of now."""
        return self.standing in (Standing.RUNNING, Standing.DEGRADED)

    def trouble_with(self, part: str) -> ProcessState | None:
        """What it said last, when that is that this part of the box is in trouble."""
        said = self.state
        found = self.standing is Standing.DEGRADED and said is not None and said.part == part
        return said if found else None

    def figure(self, name: str) -> float | None:
        """A figure it reported, or None."""
        return self.state.figures.get(name) if self.state else None

    def fact(self, name: str) -> str | None:
        """A fact it reported, or None."""
        return self.state.facts.get(name) if self.state else None


@dataclass(frozen=True, slots=True)
class Identity:
    """What stays the same: where the box is and which software runs on it."""

    box: str
    site: str
    version: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the page knows at one moment.

    Attributes:
        identity: which box.
        taken_at: UTC.
        recognise, report, status: the three processes.
        hits: newest first, at most ``HITS_KEPT``.
        counts: how many hits there are, or None when the store cannot be read.
        store_problem: why it cannot be read, or "".
        store_remedy: what to do about that, or "".
        machine: disk, heat and the like.
        watchlist: the list in force, without anybody in it, or None.
        update: what ``watchpost update`` said last, or None.
    """

    identity: Identity
    taken_at: datetime
    recognise: ProcessView
    report: ProcessView
    status: ProcessView
    hits: tuple[HitLine, ...] = ()
    counts: HitCounts | None = None
    store_problem: str = ""
    store_remedy: str = ""
    machine: Machine = field(default_factory=Machine)
    watchlist: ListFile | None = None
    update: ProcessView | None = None

    @property
    def processes(self) -> tuple[ProcessView, ...]:
        """The three processes in the order of the page."""
        return (self.recognise, self.report, self.status)


class Observer:
    """Takes snapshots; one taken a moment ago is used again, however many ask.

    Args:
        identity: which box.
        run_dir: folder of the state files.
        hit_log: the store of hits.
        clock: time.
        hits: how many of the newest hits a snapshot holds.
        machine: looks at the machine.
    """

    def __init__(
        self,
        identity: Identity,
        run_dir: Path,
        hit_log: HitLog,
        clock: Clock,
        *,
        hits: int = HITS_KEPT,
        machine: Callable[[], Machine] = Machine,
    ) -> None:
        self._machine = machine
        self._hits = hits
        self._identity = identity
        self._run_dir = run_dir
        self._hit_log = hit_log
        self._clock = clock
        self._lock = threading.Lock()
        self._last: Snapshot | None = None
        self._last_s = 0.0

    @property
    def identity(self) -> Identity:
        """Which box it looks at."""
        return self._identity

    def look(self) -> Snapshot:
        """The present state, at most ``REUSE_S`` old; callable from any thread."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._last is None or now_s - self._last_s >= REUSE_S:
                self._last, self._last_s = self._take(), now_s
            return self._last

    def erasures(self, limit: int) -> tuple[ErasureLine, ...]:
        """The newest erasures; callable from any thread.

        Raises:
            SpoolError: the store cannot be read.
        """
        with self._lock:
            return self._hit_log.erasures(limit)

    def _take(self) -> Snapshot:
        now = self._clock.utc()
        recognise, report, status, update = (
            view_process(name, read_state(self._run_dir, name), now)
            for name in (*PROCESSES, UPDATE)
        )
        bare = Snapshot(
            self._identity,
            now,
            recognise,
            report,
            status,
            machine=self._machine(),
            watchlist=read_list(self._run_dir),
            update=update,
        )
        try:
            counts, hits = self._hit_log.counts(), self._hit_log.recent(self._hits)
        except SpoolError as error:
            return replace(bare, store_problem=error.problem, store_remedy=error.remedy)
        return replace(bare, counts=counts, hits=hits)


def view_process(name: str, state: ProcessState | None, now: datetime) -> ProcessView:
    """Judge a process by what it said last and how long ago.

    A time stamp from the future counts as old: it was written before the clock was set back,
    and would otherwise look fresh until the clock catches up.
    """
    if state is None or state.updated_at.tzinfo is None or state.started_at.tzinfo is None:
        return ProcessView(name, Standing.ABSENT, None, 0.0)
    age_s = abs((now - state.updated_at).total_seconds())
    calm = state.condition is Condition.RUNNING
    limit_s = SILENT_AFTER_S if calm else SILENT_AFTER_WAITING_S
    silent = age_s > limit_s and state.condition is not Condition.STOPPED
    standing = Standing.SILENT if silent else Standing(state.condition.value)
    return ProcessView(name, standing, _cleaned(state), age_s)


def _cleaned(state: ProcessState) -> ProcessState:
    """Mask ``user:secret`` in addresses and leave out figures that are no numbers."""

    def mask(text: str) -> str:
        return _USER_INFO.sub("//***@", text)

    return replace(
        state,
        problem=mask(state.problem),
        remedy=mask(state.remedy),
        figures={name: value for name, value in state.figures.items() if math.isfinite(value)},
        facts={name: mask(value) for name, value in state.facts.items()},
    )
