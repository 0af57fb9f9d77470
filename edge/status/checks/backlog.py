"""Whether hits pile up although the broker is there."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

MAX_WAITING = 1000


def check_backlog(snapshot: Snapshot) -> Finding | None:
    """While connected, at most a thousand hits may wait for their acknowledgement."""
    view = snapshot.report
    waiting = int(view.figure("backlog_hits") or 0)
    if not view.at_work or not view.figure("connected"):
        return None
    if waiting <= MAX_WAITING:
        return None
    return Finding(
        "backlog",
        Severity.WARNING,
        "Watching, but hits pile up.",
        f"There are {words.count(waiting, 'hit')} that wait although the broker is connected.",
        "Hits arrive late.",
        "Look whether the receiver acknowledges (`watchpost hub`), and raise spool.drain_per_s.",
    )
