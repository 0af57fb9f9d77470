"""Whether the number of false alarms that was asked for can be kept."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_budget(snapshot: Snapshot) -> Finding | None:
    """The budget must be within reach of this gallery, this traffic and this pack."""
    view = snapshot.recognise
    problem = view.fact("budget")
    if not view.at_work or not problem:
        return None
    return Finding(
        "budget",
        Severity.WARNING,
        "Watching, but the false-alarm budget does not fit.",
        problem,
        "People are missed, or strangers reported, more often than was asked for.",
        view.fact("budget_advice") or "Look at the page False alarms.",
    )
