"""Whether the recogniser can store hits."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot, Standing


def check_recording(snapshot: Snapshot) -> Finding | None:
    """A running recogniser must be able to write to the store of hits."""
    view = snapshot.recognise
    if view.standing is not Standing.RUNNING or view.figure("recording") != 0:
        return None
    waiting = int(view.figure("waiting_hits") or 0)
    return Finding(
        "recording",
        Severity.FAILURE,
        "Watching, but hits cannot be stored.",
        f"The disk takes no hits; {words.count(waiting, 'hit')} wait in memory.",
        "A power cut loses them.",
        "Free the disk, or check that it is not read-only or worn out.",
    )
