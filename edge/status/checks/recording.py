"""Whether the recogniser can store hits."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

_PROBLEM = "The disk takes no hits."
_REMEDY = "Free the disk, or check that it is not read-only or worn out."


def check_recording(snapshot: Snapshot) -> Finding | None:
    """A recogniser at work must be able to write to the store of hits."""
    view = snapshot.recognise
    if not view.at_work or view.figure("recording") != 0:
        return None
    said = view.trouble_with("spool")
    waiting = int(view.figure("waiting_hits") or 0)
    kept = words.count(waiting, "hit") if waiting else "new hits"
    return Finding(
        "recording",
        Severity.FAILURE,
        "Watching, but hits cannot be stored.",
        said.problem if said else _PROBLEM,
        f"Until it does {kept} wait in memory, and a power cut loses them.",
        said.remedy if said else _REMEDY,
    )
