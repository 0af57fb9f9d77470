"""A system in a folder, for the installer: users without root, and a systemd that is told of."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from edge.errors import ConfigError
from edge.install.machine import Machine


@dataclass
class Accountant:
    """Adds and removes lines of passwd and group as useradd and its like do, without root.

    Attributes:
        root: the folder of the system.
        ran: all commands, in order.
        active: whether systemd says that the services run; restarting them makes it so.
    """

    root: Path
    ran: list[tuple[str, ...]] = field(default_factory=list)
    active: bool = False

    def run(self, *words: str, given: bytes = b"") -> None:
        self.ran.append(words)
        if words[:2] == ("systemctl", "restart"):
            self.active = True
        elif words[:2] == ("systemctl", "is-active") and not self.active:
            raise ConfigError("It is not active.", "Start it.")
        elif words[0] == "systemd-creds":
            (self.root / words[-1].lstrip("/")).write_bytes(b"sealed" + given[::-1])
        file = self.root / "etc" / ("group" if words[0].startswith("group") else "passwd")
        number = os.getgid() if file.name == "group" else os.getuid()
        if words[0].endswith("add"):
            with file.open("a") as lines:
                lines.write(f"{words[-1]}:x:{number}:\n")
        elif words[0].endswith("del"):
            kept = [
                one for one in file.read_text().splitlines() if not one.startswith(words[-1] + ":")
            ]
            file.write_text("".join(f"{one}\n" for one in kept))


def machine_below(folder: Path) -> Machine:
    """A fresh system that knows root alone, whose number is that of whoever runs the test."""
    root = folder / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_text(f"root:x:{os.getuid()}:\n")
    (root / "etc/group").write_text(f"root:x:{os.getgid()}:\n")
    return Machine(root, Accountant(root))


class RunningMachine(Machine):
    """A system in a folder that systemd runs."""

    @property
    def is_running(self) -> bool:
        """It does."""
        return True


def running_below(folder: Path) -> RunningMachine:
    """As :func:`machine_below`, with systemd and ``systemd-creds``."""
    machine = machine_below(folder)
    program = machine.at("/usr/bin/systemd-creds")
    program.parent.mkdir(parents=True)
    program.touch()
    return RunningMachine(machine.root, machine.commands)
