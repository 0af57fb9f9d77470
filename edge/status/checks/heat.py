"""Whether the processor is too hot, or the supply too weak for it."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import Snapshot

MAX_C = 80.0  # both Raspberry Pi and Jetson begin to slow down a few degrees above


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


def check_heat(snapshot: Snapshot) -> Finding | None:
    """The processor must stay below 80 °C and run at its full speed."""
    heat_c, slowed = snapshot.machine.temperature_c, snapshot.machine.throttled
    hot = heat_c is not None and heat_c >= MAX_C
    if not hot and (not slowed or snapshot.machine.under_voltage):
        return None
    measured = "" if heat_c is None else f" at {heat_c:.0f} °C (it should be below {MAX_C:.0f} °C)"
    return Finding(
        "heat",
        Severity.WARNING,
        "Watching, but the box is too hot.",
        f"The processor is {'slowed down' if slowed else 'hot'}{measured}.",
        "Fewer pictures are looked at, so that people who walk fast may be missed.",
        "Give the box air or a heat sink, and keep it out of the sun.",
    )
