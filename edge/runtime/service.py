"""Runs one process's worker until it is told to stop.

A worker is ``initialize / step / shutdown``. The runner owns the signals, calls ``step`` again
and again, publishes the worker's state about once a second, and lets ``shutdown`` run however
the loop ends. A :class:`WatchpostError` from ``step`` is shown as a degraded state and the
worker is tried again after a growing pause; any other exception ends the process, so that the
supervisor starts it afresh. This is the one place with a broad ``except``.

Whoever started the process (systemd, ``watchpost run``) is told of progress, never of mere life:
the watchdog is fed when the worker's count of finished work has grown or a foreseen error has been
dealt with, and the first progress makes the service ready. A process that has been started
again too often begins in a degraded state and waits, which is an alarm instead of a crash loop.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Protocol

from edge.errors import WatchpostError
from edge.runtime.clock import Clock
from edge.runtime.notify import Starter, SystemdStarter
from edge.runtime.restarts import CALM_S, MAX_STARTS, Restarts
from edge.runtime.state_file import read_state, write_state
from edge.values import Condition, ProcessState

log = logging.getLogger(__name__)

STATE_EVERY_S = 1.0
TOLD_EVERY_S = 0.25  # the watchdog's limit must cover this and the longest piece of work
RETRY_FIRST_S = 0.5
RETRY_MAX_S = 10.0
TROUBLE_S = 60.0  # the longest a step may take that tries to mend what is known to be broken
STEADY_S = 5.0  # working for this long is no crash loop
_LOOPING = (
    f"The process ended more than {MAX_STARTS} times soon after its start; "
    f"it is tried every {CALM_S:.0f} s."
)
_READ_LOG = "Read the log (`journalctl -u 'watchpost-*'`) and run `watchpost doctor`."


@dataclass(slots=True)
class Report:
    """What a worker says about itself after a step.

    Attributes as in :class:`edge.values.ProcessState`, and ``progress``: pieces of work finished
    since the start, which stand still when any part of the work hangs. ``next_within_s`` is how
    long the next piece may take; 0: less than the watchdog's usual limit.
    """

    problem: str = ""
    remedy: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    progress: int = 0
    next_within_s: float = 0.0
    part: str = ""


class Worker(Protocol):
    """One process's work."""

    def initialize(self) -> None:
        """Open what the worker cannot do without; called once."""
        ...

    def step(self, stop: threading.Event) -> bool:
        """Do one piece of work, waiting at most about a second; False ends the process."""
        ...

    def shutdown(self) -> None:
        """Close everything; called once, also after an error."""
        ...

    def report(self) -> Report:
        """Say how it goes; cheap."""
        ...


class Service:
    """Runs a worker under its name.

    Args:
        name: "recognise", "report" or "status"; names the state file.
        worker: the work.
        run_dir: folder for state files.
        clock: time.
        starter: whoever started this process; None: nobody who wants to know.
    """

    def __init__(
        self,
        name: str,
        worker: Worker,
        run_dir: Path,
        clock: Clock,
        starter: Starter | None = None,
    ) -> None:
        self._name = name
        self._starter: Starter = starter or SystemdStarter("", 0.0)
        self._restarts = Restarts(run_dir / f"{name}.starts")
        self._progress = 0
        self._steady = False
        self._working_since_s = float("inf")
        self._worker = worker
        self._run_dir = run_dir
        self._clock = clock
        self._stop = threading.Event()
        self._state = ProcessState(
            process=name,
            pid=os.getpid(),
            started_at=clock.utc(),
            updated_at=clock.utc(),
            condition=Condition.STARTING,
        )
        self._last_write_s = self._last_told_s = float("-inf")

    def run(self) -> int:
        """Work until SIGTERM, SIGINT or the worker's end; returns the exit code.

        Raises:
            WatchpostError: the worker could not start at all, or met an error that is not worth
                retrying.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._wait_out_a_crash_loop()
        self._publish()
        try:
            self._worker.initialize()
            self._loop()
            self._healthy(force=True)
            self._restarts.forget()
        finally:
            self._starter.stopping(finished=not self._stop.is_set())
            self._worker.shutdown()
            self._state = replace(self._state, condition=Condition.STOPPED)
            self._publish()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _wait_out_a_crash_loop(self) -> None:
        """Too many starts lately: show what was said last, and wait before the work begins."""
        before = read_state(self._run_dir, self._name)
        pause_s = self._restarts.note(self._clock.monotonic_s())
        if not pause_s:
            return
        log.error("%s was started too often; it waits %.0f s", self._name, pause_s)
        self._starter.busy(pause_s + TROUBLE_S)
        problem, remedy = (before.problem, before.remedy) if before else ("", "")
        if not problem.startswith(_LOOPING):
            problem = f"{_LOOPING}{f' It last said: {problem}' if problem else ''}"
        self._degraded(problem, remedy or _READ_LOG)
        self._stop.wait(pause_s)

    def _loop(self) -> None:
        pause_s = RETRY_FIRST_S
        while not self._stop.is_set():
            try:
                if not self._worker.step(self._stop):
                    return
                pause_s = RETRY_FIRST_S
                self._healthy(force=self._progress == 0)
            except WatchpostError as error:
                if not error.worth_retrying:
                    self._stumble(error)
                    raise
                if error.problem != self._state.problem:  # told once, not at every try
                    log.error("%s: %s", self._name, error)
                self._stumble(error)
                self._starter.busy(pause_s + TROUBLE_S)
                self._stop.wait(pause_s)
                pause_s = min(RETRY_MAX_S, pause_s * 2)
            except Exception:
                log.exception("%s: unexpected error, the process ends", self._name)
                raise

    def _healthy(self, *, force: bool = False) -> None:
        now_s = self._clock.monotonic_s()
        if not force and now_s - self._last_told_s < TOLD_EVERY_S:
            return
        self._last_told_s = now_s
        said = self._worker.report()
        if said.progress > self._progress:
            self._progress = said.progress
            self._starter.progressed(said.next_within_s)
            self._note_steadiness(now_s)
        if force or now_s - self._last_write_s >= STATE_EVERY_S:
            self._show(said)

    def _show(self, said: Report) -> None:
        condition = Condition.DEGRADED if said.problem else Condition.RUNNING
        self._state = replace(
            self._state,
            condition=condition,
            problem=said.problem,
            remedy=said.remedy,
            figures=said.figures,
            facts=said.facts,
            part=said.part,
        )
        self._publish()

    def _note_steadiness(self, now_s: float) -> None:
        """Work that has gone on for a while: what fails after this is no crash loop."""
        if self._steady:
            return
        self._working_since_s = min(self._working_since_s, now_s)
        if now_s - self._working_since_s >= STEADY_S:
            self._steady = True
            self._restarts.forget()

    def _stumble(self, error: WatchpostError) -> None:
        """Show an error, with the figures of now: what waits meanwhile must not look old."""
        words = {"problem": error.problem, "remedy": error.remedy, "part": error.part}
        self._show(replace(self._worker.report(), **words))  # type: ignore[arg-type]

    def _degraded(self, problem: str, remedy: str) -> None:
        self._state = replace(
            self._state, condition=Condition.DEGRADED, problem=problem, remedy=remedy
        )
        self._publish()

    def _publish(self) -> None:
        self._last_write_s = self._clock.monotonic_s()
        moment: datetime = self._clock.utc()
        self._state = replace(self._state, updated_at=moment)
        try:
            write_state(self._run_dir, self._state)
        except OSError as error:
            log.warning("cannot write the state file: %s", error)
