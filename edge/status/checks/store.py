"""Whether the store of hits can be read."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_store(snapshot: Snapshot) -> Finding | None:
    """The store of hits must be readable."""
    if snapshot.counts is not None:
        return None
    return Finding(
        "store",
        Severity.FAILURE,
        "The hits cannot be shown.",
        snapshot.store_problem,
        "New hits may be lost.",
        snapshot.store_remedy,
    )
