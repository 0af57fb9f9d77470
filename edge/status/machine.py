"""The machine under the box: disk, heat, memory and how long it has run.

In: the folder that must not fill up, and the kernel's files. Out: a :class:`Machine`. Always:
what a machine does not tell is None and never an exception; nothing is written.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from edge.runtime.temperature import temperature_c

# Bits of the Raspberry Pi's firmware: under-voltage, capped, throttled, too hot; now.
_THROTTLED_NOW = 0b1111
_UNDER_VOLTAGE = 0b0001
_THROTTLED_FILE = "devices/platform/soc/soc:firmware/get_throttled"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the kernel tells.

    Attributes:
        disk_free_bytes, disk_bytes: of the file system that holds the state folder.
        temperature_c: the hottest zone.
        throttled: whether the firmware slows the processor down now.
        under_voltage: whether the supply is too weak now.
        memory_free_bytes: what programs can still have.
        uptime_s: since the machine started.
    """

    disk_free_bytes: int | None = None
    disk_bytes: int | None = None
    temperature_c: float | None = None
    throttled: bool | None = None
    under_voltage: bool | None = None
    memory_free_bytes: int | None = None
    uptime_s: float | None = None


class MachineLook:
    """Looks at the machine.

    Args:
        folder: on the file system to watch.
        proc, sys: where the kernel's files are.
    """

    def __init__(self, folder: Path, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> None:
        self._folder = folder
        self._proc = proc
        self._sys = sys

    def __call__(self) -> Machine:
        """One look."""
        free_bytes, size_bytes = self._disk()
        bits = _number(_text(self._sys / _THROTTLED_FILE), 16)
        uptime = _text(self._proc / "uptime").partition(" ")[0]
        return Machine(
            disk_free_bytes=free_bytes,
            disk_bytes=size_bytes,
            temperature_c=temperature_c(self._sys / "class" / "thermal"),
            throttled=None if bits is None else bool(bits & _THROTTLED_NOW),
            under_voltage=None if bits is None else bool(bits & _UNDER_VOLTAGE),
            memory_free_bytes=self._memory(),
            uptime_s=float(uptime) if uptime.replace(".", "", 1).isdecimal() else None,
        )

    def _disk(self) -> tuple[int | None, int | None]:
        try:
            found = shutil.disk_usage(self._folder)
        except OSError:
            return None, None
        return found.free, found.total

    def _memory(self) -> int | None:
        for line in _text(self._proc / "meminfo").splitlines():
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                kibibytes = _number(rest.strip().partition(" ")[0], 10)
                return None if kibibytes is None else kibibytes * 1024
        return None


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(16 * 1024).decode("ascii", "replace").strip()
    except OSError:
        return ""


def _number(text: str, base: int) -> int | None:
    try:
        return int(text, base)
    except ValueError:
        return None
