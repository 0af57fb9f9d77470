"""Whether hits were lost, or may have been."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_losses(snapshot: Snapshot) -> Finding | None:
    """No hit may have been lost at a bound lately."""
    dropped = int(snapshot.report.figure("lost_hits_lately") or 0)
    unrecorded = int(snapshot.recognise.figure("lost_hits_total") or 0)
    if not (dropped or unrecorded):
        return None
    causes = []
    if dropped:
        causes.append(f"The full store dropped {words.count(dropped, 'hit')}.")
    if unrecorded:
        causes.append(f"The disk did not take {words.count(unrecorded, 'hit')}.")
    return Finding(
        "losses",
        Severity.WARNING,
        "Watching, but hits were lost.",
        " ".join(causes),
        "These hits reach nobody.",
        "Free the disk, restore the broker and its receiver, or raise the bounds in [spool].",
    )
