"""What a machine is, for who compares figures: nothing that names the box, its site or its owner.

In: the kernel's files. Out: a :class:`Board`. Always: what a machine does not tell is "".
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

_GOVERNOR = "devices/system/cpu/cpu0/cpufreq/scaling_governor"
_MODEL = "device-tree/model"  # ends in a NUL, as all strings of a device tree


@dataclass(frozen=True, slots=True)
class Board:
    """A machine.

    Attributes:
        model: as the device tree calls it, such as "Raspberry Pi 5 Model B Rev 1.0"; "": it has
            none, as a PC.
        processor: as the kernel calls it.
        cores: how many this program may use.
        memory_bytes: of the whole machine.
        governor: what chooses the clock rate, such as "ondemand".
        system: kernel and Python.
    """

    model: str
    processor: str
    cores: int
    memory_bytes: int
    governor: str
    system: str


def board(proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> Board:
    """The machine this runs on."""
    return Board(
        model=_text(proc / _MODEL).rstrip("\0").strip(),
        processor=_line(proc / "cpuinfo", ("model name", "hardware")) or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=1024 * int((_line(proc / "meminfo", ("memtotal",)) or "0").split()[0]),
        governor=_text(sys / _GOVERNOR).strip(),
        system=f"Linux {platform.release()}, Python {platform.python_version()}",
    )


def words() -> str:
    """The machine in one line."""
    one = board()
    return f"{one.cores} x {one.model or one.processor}, {one.system}"


def _line(path: Path, names: tuple[str, ...]) -> str:
    for line in _text(path).splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in names:
            return value.strip()
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
