"""Whether the watchlist's source is still heard of."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

MAX_AGE_S = 24 * 3600.0


def check_list_age(snapshot: Snapshot) -> Finding | None:
    """A running reporter must have asked the source with success within a day."""
    view = snapshot.report
    age_s = view.figure("watchlist_age_s")
    if not view.at_work or age_s is None or age_s < MAX_AGE_S:
        return None
    return Finding(
        "list_age",
        Severity.WARNING,
        "Watching, but with an old watchlist.",
        f"The watchlist's source was last heard of {words.duration(age_s)} ago.",
        "New people are not recognised yet, and who has withdrawn may still be.",
        "Check the network and watchlist.source; `watchpost watchlist sync` on the box tells more.",
    )
