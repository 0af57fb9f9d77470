"""Whether the recogniser can use the watchlist that lies on this box."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_list_file(snapshot: Snapshot) -> Finding | None:
    """The sealed list must open, and be made for the pack that this box runs."""
    said = snapshot.recognise.trouble_with("watchlist")
    if said is None:
        return None
    nobody = snapshot.recognise.figure("watchlist_people") == 0
    return Finding(
        "list_file",
        Severity.FAILURE if nobody else Severity.WARNING,
        "Watching, but for nobody." if nobody else "Watching, but not with the newest watchlist.",
        said.problem,
        "Nobody is recognised."
        if nobody
        else "New people are not recognised yet, and who has withdrawn may still be.",
        said.remedy,
    )
