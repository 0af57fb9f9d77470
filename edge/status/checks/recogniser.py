"""Whether the recogniser runs."""

from __future__ import annotations

from edge.status.checks.finding import Finding
from edge.status.checks.process_words import Role, check_process
from edge.status.snapshot import Snapshot

_RECOGNISER = Role(
    "recogniser",
    "The recogniser",
    "Not watching.",
    "Nobody is recognised.",
    "People may not be recognised, or their hits not recorded.",
    told_elsewhere=("camera", "spool", "watchlist"),
)


def check_recogniser(snapshot: Snapshot) -> Finding | None:
    """The recogniser must run."""
    return check_process(snapshot.recognise, _RECOGNISER)
