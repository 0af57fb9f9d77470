"""Whether programs can still have memory."""

from __future__ import annotations

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

MIN_FREE_BYTES = 64 * 1024 * 1024


def check_memory(snapshot: Snapshot) -> Finding | None:
    """64 MiB must be left for programs."""
    free_bytes = snapshot.machine.memory_free_bytes
    if free_bytes is None or free_bytes >= MIN_FREE_BYTES:
        return None
    return Finding(
        "memory",
        Severity.WARNING,
        "Watching, but memory runs out.",
        f"Only {words.size(free_bytes)} of memory are free; there should be "
        f"{words.size(MIN_FREE_BYTES)}.",
        "The system may end a process; it is started again, and looks at no pictures meanwhile.",
        "End other programs on this box, or use a board with more memory.",
    )
