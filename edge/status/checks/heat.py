"""Whether the processor is too hot."""

from __future__ import annotations

from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import ProcessView, Snapshot

_PART = {2: "every second picture", 4: "every fourth picture", 8: "every eighth picture"}
MAX_C = 80.0  # both Raspberry Pi and Jetson begin to slow down a few degrees above


def cooling(recogniser: ProcessView) -> str:
    """Which pictures are looked at while others are left out for heat; "" when all are."""
    share = recogniser.figure("frame_share")
    if share is None or not 0 < share < 1:
        return ""
    return _PART.get(round(1 / share), "a part of the pictures")


def check_heat(snapshot: Snapshot) -> Finding | None:
    """The processor must stay below 80 °C, run at its full speed, and leave out no picture."""
    heat_c, slowed = snapshot.machine.temperature_c, snapshot.machine.throttled
    hot = heat_c is not None and heat_c >= MAX_C
    left_out = cooling(snapshot.recognise)
    if not hot and not left_out and (not slowed or snapshot.machine.under_voltage):
        return None
    measured = "" if heat_c is None else f" at {heat_c:.0f} °C (it should be below {MAX_C:.0f} °C)"
    state = "slowed down" if slowed else "hot" if hot else "cooling down"
    fewer = f"Only {left_out} is looked at" if left_out else "Fewer pictures are looked at"
    return Finding(
        "heat",
        Severity.WARNING,
        "Watching, but the box is too hot.",
        f"The processor is {state}{measured}.",
        f"{fewer}, so that people who walk fast may be missed.",
        "Give the box air or a heat sink, and keep it out of the sun.",
    )
