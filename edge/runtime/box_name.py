"""The name that the box has in the local network: ``watchpost-SERIAL``.

In: the board's serial number, or the machine's id. Out: a host name without a domain. Always: the
same at each start, a legal label (RFC 1123). The machine's id is a secret of the machine
(``machine-id(5)``), so its keyed hash stands for it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import socket
from pathlib import Path

_BOARD = "proc/device-tree/serial-number"
_MACHINE = "etc/machine-id"
_MAX_BYTES = 256
_LONGEST = 32
_NUMBERS = 3


def box_name(root: Path = Path("/")) -> str:
    """The name, without ``.local``.

    Args:
        root: the folder that is the machine's ``/``.
    """
    return f"watchpost-{_serial(root)}"


def names_to_try(name: str) -> list[str]:
    """The name, and what it becomes where another machine has it already."""
    return [name, *(f"{name}-{number}" for number in range(2, _NUMBERS + 1))]


def _serial(root: Path) -> str:
    # A device tree's texts end with a zero byte; a Raspberry Pi's serial begins with many zeros.
    board = re.sub(r"[^a-z0-9]", "", _text(root / _BOARD).lower())
    if board.strip("0"):
        return board[-_LONGEST:]
    machine = _text(root / _MACHINE).strip() or socket.gethostname()
    return hmac.new(machine.encode(), b"watchpost box name", hashlib.sha256).hexdigest()[:12]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES).decode("ascii", "ignore")
    except OSError:
        return ""
