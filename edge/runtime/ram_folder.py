"""Whether a folder lies in memory, so that what is written there never reaches a disk.

In: a folder. Out: yes or no, by the kernel's table of mounts (proc(5), ``mountinfo``: the third
field is the device, the first field after ``-`` the file system's type). Where there is no
such table the answer is no.
"""

from __future__ import annotations

import os
from pathlib import Path

_IN_MEMORY = ("tmpfs", "ramfs")
_MOUNTS = Path("/proc/self/mountinfo")


def is_in_ram(folder: Path) -> bool:
    """Whether a folder lies on a file system in memory."""
    try:
        number = folder.stat().st_dev
        lines = _MOUNTS.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return False
    device = f"{os.major(number)}:{os.minor(number)}"
    return any(_type_of(line, device) in _IN_MEMORY for line in lines)


def _type_of(line: str, device: str) -> str:
    """The file system's type in a line about this device, else an empty text."""
    mount, _, system = line.partition(" - ")
    fields, kind = mount.split(), system.split()
    return kind[0] if len(fields) > 2 and fields[2] == device and kind else ""
