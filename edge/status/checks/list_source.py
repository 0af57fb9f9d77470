"""Whether the watchlist's source gives a list that this box may use."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_list_source(snapshot: Snapshot) -> Finding | None:
    """The repository must be reached, be signed and unexpired, and fit this box's pack."""
    said = snapshot.report.trouble_with("watchlist")
    if said is None:
        return None
    return Finding(
        "list_source",
        Severity.WARNING,
        "Watching, but the watchlist is not renewed.",
        said.problem,
        "New people are not recognised yet, and who has withdrawn may still be.",
        said.remedy,
    )
