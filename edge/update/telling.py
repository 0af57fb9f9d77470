"""Tells the rest of the box that it is being updated: a state file like that of the processes.

In: what goes on, in words. Out: ``RUN/update.json``. Always: renewed at each word, so that one that
is old means nothing; a run folder that cannot be written stops no update.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from edge.errors import UpdateError, WatchpostError
from edge.runtime.clock import Clock
from edge.runtime.state_file import read_state, write_state
from edge.status.snapshot import UPDATE
from edge.values import Condition, ProcessState

FRESH_S = 10.0


class UpdateTeller:
    """Writes the state file.

    Args:
        run_dir: the run folder.
        clock: time.
        pid: this process.
    """

    def __init__(self, run_dir: Path, clock: Clock, pid: int) -> None:
        self._run_dir = run_dir
        self._clock = clock
        self._pid = pid
        self._began = clock.utc()

    def goes_on(self, doing: str) -> None:
        """An update is being installed or watched."""
        self._write(Condition.RUNNING, facts={"doing": doing})

    def ended(self, why: WatchpostError | None = None) -> None:
        """Nothing goes on any more.

        Args:
            why: what went wrong; shown until the next update or start of the machine.
        """
        words = (why.problem, why.remedy) if why else ("", "")
        self._write(Condition.STOPPED, *words)

    def _write(
        self,
        condition: Condition,
        problem: str = "",
        remedy: str = "",
        facts: dict[str, str] | None = None,
    ) -> None:
        now = self._clock.utc()
        state = ProcessState(
            UPDATE, self._pid, self._began, now, condition, problem, remedy, facts=facts or {}
        )
        with suppress(OSError):
            write_state(self._run_dir, state)


def update_problem(run_dir: Path) -> UpdateError | None:
    """What went wrong with the last update, if it is known to have ended so."""
    said = read_state(run_dir, UPDATE)
    return UpdateError(said.problem, said.remedy) if said and said.problem else None


def is_updating(run_dir: Path, now: datetime) -> bool:
    """Whether an update goes on."""
    said = read_state(run_dir, UPDATE)
    if said is None or said.condition is not Condition.RUNNING:
        return False
    return abs((now - said.updated_at).total_seconds()) < FRESH_S
