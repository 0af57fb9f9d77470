"""Whether the watchlist will soon be too old to be believed."""

from __future__ import annotations

from datetime import timedelta

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

WARN_BEFORE = timedelta(days=3)
_PART = 10  # of a short validity the last tenth


def check_list_expiry(snapshot: Snapshot) -> Finding | None:
    """The list in force must be published anew in good time before its end."""
    found = snapshot.watchlist
    if found is None or found.issued_at is None or found.expires_at is None:
        return None
    left = found.expires_at - snapshot.taken_at
    if left > min(WARN_BEFORE, (found.expires_at - found.issued_at) / _PART):
        return None
    over = left <= timedelta(0)
    ago = words.duration(abs(left.total_seconds()))
    return Finding(
        "list_expiry",
        Severity.FAILURE if over else Severity.WARNING,
        "Watching, but for nobody." if over else "Watching, but the watchlist ends soon.",
        f"The watchlist expired {ago} ago." if over else f"The watchlist expires in {ago}.",
        "Nobody is recognised." if over else "Then nobody is recognised.",
        "Run `watchpost register publish` again, and see that this box reaches the repository.",
    )
