"""Runs one process's worker until it is told to stop.

A worker is ``initialize / step / shutdown``. The runner owns the signals, calls ``step`` again
and again, publishes the worker's state about once a second, and lets ``shutdown`` run however
the loop ends. A :class:`WatchpostError` from ``step`` is shown as a degraded state and the
worker is tried again after a growing pause; any other exception ends the process, so that the
supervisor starts it afresh. This is the one place with a broad ``except``.
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
from edge.runtime.state_file import write_state
from edge.values import Condition, ProcessState

log = logging.getLogger(__name__)

STATE_EVERY_S = 1.0
RETRY_FIRST_S = 0.5
RETRY_MAX_S = 10.0


@dataclass(slots=True)
class Report:
    """What a worker says about itself after a step.

    Attributes as in :class:`edge.values.ProcessState`.
    """

    problem: str = ""
    remedy: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


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
    """

    def __init__(self, name: str, worker: Worker, run_dir: Path, clock: Clock) -> None:
        self._name = name
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
        self._last_write_s = float("-inf")

    def run(self) -> int:
        """Work until SIGTERM, SIGINT or the worker's end; returns the exit code.

        Raises:
            WatchpostError: the worker could not start at all, or met an error that is not worth
                retrying.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._publish()
        try:
            self._worker.initialize()
            self._loop()
            self._healthy(force=True)
        finally:
            self._worker.shutdown()
            self._state = replace(self._state, condition=Condition.STOPPED)
            self._publish()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _loop(self) -> None:
        pause_s = RETRY_FIRST_S
        while not self._stop.is_set():
            try:
                if not self._worker.step(self._stop):
                    return
                pause_s = RETRY_FIRST_S
                self._healthy()
            except WatchpostError as error:
                if not error.worth_retrying:
                    self._degraded(error.problem, error.remedy)
                    raise
                if error.problem != self._state.problem:  # told once, not at every try
                    log.error("%s: %s", self._name, error)
                self._degraded(error.problem, error.remedy)
                self._stop.wait(pause_s)
                pause_s = min(RETRY_MAX_S, pause_s * 2)
            except Exception:
                log.exception("%s: unexpected error, the process ends", self._name)
                raise

    def _healthy(self, *, force: bool = False) -> None:
        now_s = self._clock.monotonic_s()
        if not force and now_s - self._last_write_s < STATE_EVERY_S:
            return
        said = self._worker.report()
        condition = Condition.DEGRADED if said.problem else Condition.RUNNING
        self._state = replace(
            self._state,
            condition=condition,
            problem=said.problem,
            remedy=said.remedy,
            figures=said.figures,
            facts=said.facts,
        )
        self._publish()

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
