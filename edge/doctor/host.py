"""Questions about the machine: folders, clock, heat, memory, units.

In: folders of the machine and a look at it. Out: answers. Always: what is tried is undone: a file
written to see whether a folder takes one is removed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from edge.doctor.answer import Answer, failure, fine, warning
from edge.runtime.clock import Clock
from edge.runtime.ram_folder import is_in_ram
from edge.status.machine import Machine

MIN_FREE_BYTES = 512 * 1024**2
MIN_MEMORY_BYTES = 128 * 1024**2
HOT_C = 80.0
UNITS = ("watchpost-recognise", "watchpost-report", "watchpost-status")
UNIT_FOLDERS = (
    Path("/etc/systemd/system"),
    Path("/usr/local/lib/systemd/system"),
    Path("/usr/lib/systemd/system"),
    Path("/lib/systemd/system"),
)
_MIB = 1024**2


def writable(folder: Path) -> Answer:
    """Whether a folder is there and takes a file."""
    if not folder.is_dir():
        return failure(
            f"There is no folder {folder}.",
            "Run `sudo watchpost install`, which makes it; with `watchpost run`, start that first.",
        )
    probe = folder / f".doctor-{secrets.token_hex(4)}"
    try:
        probe.write_bytes(os.urandom(4096))
        descriptor = os.open(probe, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            probe.unlink()
    except OSError as error:
        return failure(
            f"{folder} cannot be written ({error.strerror}).",
            "Check who you are (`sudo watchpost doctor`), whose the folder is (`sudo watchpost "
            "install` sets that), and whether the medium is full (`df`), read-only (`findmnt`) or "
            "broken (`dmesg`).",
        )
    return fine(f"{folder} can be written.")


def in_memory(folder: Path) -> Answer:
    """Whether the folder of what processes say each second is there, and spares the disk."""
    answer = writable(folder)
    if answer.remedy or is_in_ram(folder):
        return answer
    return warning(
        f"{folder} lies on a disk, which is written to every second and wears out.",
        "Mount a tmpfs on /run, as systemd does."
        if folder.is_relative_to("/run")
        else "Set box.run_dir to a folder in memory, such as /run/watchpost.",
    )


def room(machine: Machine) -> Answer:
    """Whether the disk has room for hits."""
    free = machine.disk_free_bytes
    if free is None:
        return warning("How full the disk is cannot be told.", "Make box.state_dir first.")
    said = f"{free // _MIB} MiB are free where hits are kept"
    if free < MIN_FREE_BYTES:
        return warning(
            f"{said}; there should be {MIN_FREE_BYTES // _MIB}.",
            "Remove what is not watchpost's, lower spool.keep_sent, or fit a larger card.",
        )
    return fine(f"{said}.")


def clock(time: Clock) -> Answer:
    """Whether the time of day is believed."""
    if time.trusted_utc() is None:
        return failure(
            "This box does not know the time of day, so every consent counts as expired.",
            "Install chrony and let it reach a time server; `chronyc tracking` shows how it goes. "
            'With a battery-backed clock, set clock.trust = "system".',
        )
    return fine(f"The time is believed: {time.utc():%Y-%m-%d %H:%M:%S} UTC.")


def heat(machine: Machine) -> Answer:
    """Whether the processor runs at its speed."""
    if machine.under_voltage:
        return warning(
            "The power supply is too weak: the processor is slowed down.",
            "Use the board's own power supply and a short cable.",
        )
    measured = machine.temperature_c
    if machine.throttled or (measured is not None and measured >= HOT_C):
        hot = "" if measured is None else f" ({measured:.0f} °C)"
        return warning(
            f"The processor is too hot{hot}; fewer frames are looked at.",
            "Give the box air or a heat sink, and keep it out of the sun.",
        )
    if measured is None:
        return fine("This machine has no sensor for it.")
    return fine(f"The processor has {measured:.0f} °C.")


def memory(machine: Machine) -> Answer:
    """Whether programs can still have memory."""
    free = machine.memory_free_bytes
    if free is not None and free < MIN_MEMORY_BYTES:
        return warning(
            f"Only {free // _MIB} MiB of memory are free.",
            "End other programs, or use a board with more memory.",
        )
    if free is None:
        return fine("This machine does not tell how much is free.")
    return fine(f"{free // _MIB} MiB of memory are free.")


def units(folders: Sequence[Path], booted: bool) -> Answer:
    """Whether the three units are there and start with the machine.

    Args:
        folders: where systemd looks for units.
        booted: whether systemd runs this machine.
    """
    if not booted:
        return fine("systemd does not run this machine; `watchpost run` does the same.")
    missing = [n for n in UNITS if not any((f / f"{n}.service").exists() for f in folders)]
    if missing:
        return warning(
            f"These units are not installed: {', '.join(missing)}.",
            "Run `sudo watchpost install`, or see systemd/README.md.",
        )
    wanted = [folder / "multi-user.target.wants" for folder in folders]
    asleep = [n for n in UNITS if not any((w / f"{n}.service").is_symlink() for w in wanted)]
    if asleep:
        return warning(
            f"These units do not start with the machine: {', '.join(asleep)}.",
            f"Run `sudo systemctl enable --now {' '.join(asleep)}`.",
        )
    return fine("The three units are installed and start with the machine.")
