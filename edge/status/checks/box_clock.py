"""Whether the box knows what time it is."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_clock(snapshot: Snapshot) -> Finding | None:
    """Without a trusted time of day every consent counts as expired."""
    trusted = snapshot.recognise.figure("clock_trusted")
    if not snapshot.recognise.at_work or trusted is None or trusted:
        return None
    return Finding(
        "clock",
        Severity.WARNING,
        "Waiting for the time.",
        "This box does not know the time of day yet.",
        "Nobody is recognised, because every consent counts as expired until then.",
        "Connect the box to a time server (NTP), or fit a real-time clock and set "
        "clock.trust to system.",
    )
