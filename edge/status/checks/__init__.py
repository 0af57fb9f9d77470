"""The health checks, in the order in which a person should look at what they find.

Each check takes a snapshot and returns None or a :class:`~edge.status.checks.finding.Finding`
with cause, effect and remedy; it reads nothing else. The first finding is the page's verdict.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.status.checks.backlog import check_backlog
from edge.status.checks.box_clock import check_clock
from edge.status.checks.broker import check_broker
from edge.status.checks.budget import check_budget
from edge.status.checks.camera import check_camera
from edge.status.checks.damage import check_damage
from edge.status.checks.disk import check_disk
from edge.status.checks.finding import Finding, Severity
from edge.status.checks.frames import check_frames
from edge.status.checks.heat import check_heat
from edge.status.checks.list_age import check_list_age
from edge.status.checks.list_expiry import check_list_expiry
from edge.status.checks.list_file import check_list_file
from edge.status.checks.list_source import check_list_source
from edge.status.checks.losses import check_losses
from edge.status.checks.memory import check_memory
from edge.status.checks.page import check_page
from edge.status.checks.power import check_power
from edge.status.checks.recogniser import check_recogniser
from edge.status.checks.recording import check_recording
from edge.status.checks.reporter import check_reporter
from edge.status.checks.sight import check_sight
from edge.status.checks.store import check_store
from edge.status.checks.update import check_update
from edge.status.checks.watchlist import check_watchlist
from edge.status.snapshot import Snapshot

__all__ = ["CHECKS", "Finding", "Severity", "run_checks"]

Check = Callable[[Snapshot], Finding | None]

CHECKS: dict[str, Check] = {
    "recogniser": check_recogniser,
    "camera": check_camera,
    "frames": check_frames,
    "sight": check_sight,
    "store": check_store,
    "recording": check_recording,
    "losses": check_losses,
    "damage": check_damage,
    "reporter": check_reporter,
    "clock": check_clock,
    "list_expiry": check_list_expiry,
    "list_file": check_list_file,
    "watchlist": check_watchlist,
    "list_source": check_list_source,
    "list_age": check_list_age,
    "broker": check_broker,
    "backlog": check_backlog,
    "budget": check_budget,
    "update": check_update,
    "disk": check_disk,
    "power": check_power,
    "heat": check_heat,
    "memory": check_memory,
    "page": check_page,
}


def run_checks(snapshot: Snapshot) -> tuple[Finding, ...]:
    """All findings, in the order of ``CHECKS``."""
    return tuple(found for check in CHECKS.values() if (found := check(snapshot)) is not None)
