"""Whether there is anybody on the watchlist."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_watchlist(snapshot: Snapshot) -> Finding | None:
    """A running recogniser needs a list with at least one person on it."""
    view = snapshot.recognise
    version, people = view.figure("watchlist_version"), view.figure("watchlist_people")
    if not view.at_work:
        return None
    if version == 0:
        problem = "No watchlist has reached this box yet."
        remedy = "Publish a list, and set watchlist.source and watchlist.root on this box."
    elif people == 0:
        problem = "Nobody on the watchlist has a consent that is valid at this site now."
        remedy = "Enrol people with their consent for this site and publish the list."
    else:
        return None
    return Finding(
        "watchlist",
        Severity.WARNING,
        "Watching, but for nobody.",
        problem,
        "Nobody is recognised.",
        remedy,
    )
