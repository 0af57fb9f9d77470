"""How hot the processor is, from the kernel's thermal zones (sysfs-class-thermal)."""

from __future__ import annotations

from pathlib import Path

ZONES = Path("/sys/class/thermal")
_PLAUSIBLE_C = (-60.0, 200.0)  # a broken sensor reports numbers such as -274 or 65535


def temperature_c(zones: Path = ZONES) -> float | None:
    """The hottest zone, degrees Celsius; None where the machine tells none."""
    readings = []
    for file in zones.glob("thermal_zone*/temp"):
        try:
            readings.append(int(file.read_text()) / 1000)
        except (OSError, ValueError):
            continue
    low, high = _PLAUSIBLE_C
    return max((one for one in readings if low < one < high), default=None)
