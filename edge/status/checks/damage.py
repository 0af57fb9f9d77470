"""Whether a damaged store of hits was set aside."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_damage(snapshot: Snapshot) -> Finding | None:
    """No damaged store of hits may lie beside the present one."""
    if not snapshot.report.figure("damaged_spools"):
        return None
    name = snapshot.report.fact("damaged_spool") or "a file beside it"
    return Finding(
        "damage",
        Severity.WARNING,
        "Watching, but hits may be missing.",
        f"The store of hits was damaged and set aside as {name}; a new one was started.",
        "Hits in the damaged store may not have arrived.",
        "Check the disk or SD card, and move the file out of the folder to end this warning.",
    )
