"""Whether the reporter runs."""

from __future__ import annotations

from edge.status.checks.finding import Finding
from edge.status.checks.process_words import Role, check_process
from edge.status.snapshot import Snapshot

_REPORTER = Role(
    "reporter",
    "The reporter",
    "Hits are not sent.",
    "Hits stay on this box and the watchlist is not renewed.",
    "Hits may stay on this box, or the watchlist not be renewed.",
    told_elsewhere=("broker", "watchlist"),
)


def check_reporter(snapshot: Snapshot) -> Finding | None:
    """The reporter must run."""
    return check_process(snapshot.report, _REPORTER)
