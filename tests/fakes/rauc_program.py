"""Stands for the program ``rauc``: the answers were recorded from RAUC 1.8 of Debian 12.

``python rauc_program.py FOLDER ARGUMENTS…``; FOLDER holds ``slots.json`` (written by
:class:`tests.fakes.rauc.FakeRauc`), which plays the bootloader's memory and RAUC's status file. A
bundle is JSON here: who signed it, for which kind of box, which version.
``tests/integration/test_rauc.py`` holds the real program to the same tests where it is installed.
"""

# ruff: noqa: T201 - it is a program, and what it prints is what it is for
from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

CHECKING = """installing
  0% Installing
  0% Determining slot states
 20% Determining slot states done.
 20% Checking bundle
 20% Verifying signature"""
VERIFIED = """ 40% Verifying signature done.
 40% Checking bundle done.
 40% Checking manifest contents
 60% Checking manifest contents done.
 60% Determining target install group
 80% Determining target install group done."""
COPYING = """ 80% Updating slots
 80% Checking slot {0}
 90% Checking slot {0} done.
 90% Copying image to {0}
 99% Copying image to {0} done.
 99% Updating slots done.
100% Installing done."""


def end(code: int, error: str) -> NoReturn:
    print(error, file=sys.stderr)
    sys.exit(code)


class Rauc:
    """One call of the program."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "slots.json"
        self.world: dict[str, Any] = json.loads(self.path.read_text())

    def save(self) -> None:
        self.path.write_text(json.dumps(self.world))

    def status(self) -> None:
        slots = [
            {
                name: {
                    "class": "rootfs",
                    "device": f"/dev/{name}",
                    "type": "raw",
                    "bootname": one["bootname"],
                    "state": "booted" if name == self.world["booted"] else "inactive",
                    "parent": None,
                    "mountpoint": None,
                    "boot_status": one["boot_status"],
                    "slot_status": one["slot_status"],
                }
            }
            for name, one in reversed(self.world["slots"].items())
        ]
        booted = self.world["slots"].get(self.world["booted"], {"bootname": ""})["bootname"]
        document = {
            "compatible": self.world["compatible"],
            "variant": "",
            "booted": booted,
            "boot_primary": self.world["primary"],
            "slots": slots,
        }
        print(json.dumps(document, separators=(",", ":")))

    def mark(self, verdict: str) -> None:
        booted = self.world["booted"]
        if not booted:
            end(1, "rauc status: Did not find booted slot")
        self.world["slots"][booted]["boot_status"] = verdict
        self.save()
        print(f"rauc status: marked slot {booted} as {verdict}")

    def install(self, bundle: Path) -> None:
        if not bundle.exists():
            end(1, f"No such file: {bundle}")
        if self.world["busy"]:
            end(
                2,
                "Failed GDBus.Error:org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark."
                "Code30: Already processing a different method\n"
                f"D-Bus error while installing `{bundle}`",
            )
        print(CHECKING, flush=True)
        held = json.loads(bundle.read_text())
        if held["signed_by"] != "fleet":
            print(" 40% Verifying signature failed.\n 40% Checking bundle failed.")
            self.fail(
                bundle, "signature verification failed: Verify error: self-signed certificate"
            )
        print(VERIFIED)
        if held["compatible"] != self.world["compatible"]:
            self.fail(
                bundle,
                f"Installation error: Compatible mismatch: Expected '{self.world['compatible']}' "
                f"but bundle manifest has '{held['compatible']}'",
            )
        self.write(held, bundle)

    def fail(self, bundle: Path, why: str) -> NoReturn:
        print(f"100% Installing failed.\nLastError: {why}", flush=True)
        end(1, f"Installing `{bundle}` failed")

    def write(self, held: dict[str, str], bundle: Path) -> None:
        name = next(one for one in self.world["slots"] if one != self.world["booted"])
        slot = self.world["slots"][name]
        count = slot["slot_status"].get("installed", {"count": 0})["count"] + 1
        time.sleep(self.world["slow_s"])
        stamp = {"timestamp": f"2026-11-23T23:31:{count:02d}Z", "count": count}
        slot["slot_status"] = {
            "bundle": {"compatible": held["compatible"], "version": held["version"]},
            "checksum": {"sha256": hashlib.sha256(bundle.read_bytes()).hexdigest(), "size": 6},
            "installed": stamp,
            "activated": stamp,
            "status": "ok",
        }
        slot["boot_status"] = "good"
        self.world["primary"] = name
        self.save()
        print(COPYING.format(name))
        print(f"Installing `{bundle}` succeeded")


def main() -> None:
    rauc, words = Rauc(Path(sys.argv[1])), sys.argv[2:]
    if not rauc.world["service"]:
        end(
            1,
            'Error retrieving slot status via D-Bus: error calling D-Bus method "GetSlotStatus": '
            "The name de.pengutronix.rauc was not provided by any .service files",
        )
    if words == ["status", "--detailed", "--output-format=json"]:
        rauc.status()
    elif words[:1] == ["status"] and words[1] in ("mark-good", "mark-bad"):
        rauc.mark(words[1].removeprefix("mark-"))
    elif words[:1] == ["install"] and len(words) == 2:
        rauc.install(Path(words[1]))
    else:
        end(1, "Unknown command")


if __name__ == "__main__":
    main()
