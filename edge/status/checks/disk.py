"""Whether hits still have room."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

MIN_FREE_BYTES = 512 * 1024 * 1024


def check_disk(snapshot: Snapshot) -> Finding | None:
    """Half a gibibyte must be free where hits are kept."""
    free_bytes = snapshot.machine.disk_free_bytes
    if free_bytes is None or free_bytes >= MIN_FREE_BYTES:
        return None
    return Finding(
        "disk",
        Severity.WARNING,
        "Watching, but the disk is nearly full.",
        f"Only {words.size(free_bytes)} are free; there should be {words.size(MIN_FREE_BYTES)}.",
        "When nothing is left, new hits wait in memory and a power cut loses them.",
        "Remove what does not belong to watchpost, lower spool.keep_sent, or fit a larger disk.",
    )
