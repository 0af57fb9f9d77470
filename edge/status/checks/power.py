"""Whether the power supply is strong enough."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot


def check_power(snapshot: Snapshot) -> Finding | None:
    """The supply must hold its voltage."""
    if not snapshot.machine.under_voltage:
        return None
    return Finding(
        "power",
        Severity.WARNING,
        "Watching, but the power supply is too weak.",
        "The voltage is below what the board needs.",
        "The processor is slowed down, and the SD card may be damaged.",
        "Use the board's own power supply and a short cable.",
    )
