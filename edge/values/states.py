"""How a process is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Condition(StrEnum):
    """How a process is."""

    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What one process tells the others through its state file.

    Attributes:
        process: "recognise", "report" or "status".
        pid: its process id.
        started_at: UTC.
        updated_at: UTC; older than a few seconds means the process hangs or is gone.
        condition: see :class:`Condition`.
        problem: what is wrong, one sentence, or "".
        remedy: what to do, one sentence, or "".
        part: where the problem lies: "camera", "spool", "watchlist", "broker", or "" elsewhere.
        figures: measured numbers by name, the unit in the name (``frames_per_s``,
            ``detect_ms``, ``backlog_hits`` ...).
        facts: words by name (``source``, ``pack``, ``broker`` ...); never a person's name.
    """

    process: str
    pid: int
    started_at: datetime
    updated_at: datetime
    condition: Condition
    problem: str = ""
    remedy: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    part: str = ""
