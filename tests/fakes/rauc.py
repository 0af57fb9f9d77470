"""A machine with two slots, whose ``rauc`` on ``PATH`` is ``rauc_program.py``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COMPATIBLE = "watchpost-raspberrypi5"


class FakeRauc:
    """The bootloader's memory, and the program.

    Args:
        folder: for both.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        as_made: dict[str, Any] = {"bundle": {"compatible": None}}
        self._write(
            {
                "compatible": COMPATIBLE,
                "booted": "rootfs.0",
                "primary": "rootfs.0",
                "busy": False,
                "service": True,
                "slow_s": 0.0,
                "slots": {
                    "rootfs.0": {"bootname": "A", "boot_status": "good", "slot_status": as_made},
                    "rootfs.1": {"bootname": "B", "boot_status": "bad", "slot_status": as_made},
                },
            }
        )
        self.program = folder / "bin" / "rauc"
        self.program.parent.mkdir()
        script = Path(__file__).with_name("rauc_program.py")
        self.program.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -I -S "{script}" "{folder}" "$@"\n'
        )
        self.program.chmod(0o755)

    def bundle(self, name: str, *, signed_by: str = "fleet", compatible: str = COMPATIBLE) -> Path:
        """A bundle of version ``name``."""
        path = self.folder / f"{name}.raucb"
        held = {"signed_by": signed_by, "compatible": compatible, "version": name}
        path.write_text(json.dumps(held))
        return path

    def set(self, **values: object) -> None:
        """Change the machine."""
        self._write(self.world() | values)

    def world(self) -> dict[str, Any]:
        """How the machine is."""
        found: dict[str, Any] = json.loads((self.folder / "slots.json").read_text())
        return found

    def restart(self) -> str:
        """Start again as the bootloader would: the first choice if it is good, else another."""
        world = self.world()
        order = sorted(world["slots"], key=lambda name: name != world["primary"])
        booted = next(name for name in order if world["slots"][name]["boot_status"] == "good")
        self.set(booted=booted)
        return str(booted)

    def _write(self, world: dict[str, Any]) -> None:
        (self.folder / "slots.json").write_text(json.dumps(world))
