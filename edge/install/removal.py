"""Taking a box down: what is about people first, then the rest.

In: a machine. Out: steps, in the order in which they matter if the power fails between two of
them. Always: keys go first (overwritten, then removed: without them the sealed watchlist and the
pictures are noise), then watchlist, pictures and hits, then whatever else. A flash medium may keep
old blocks; the key bound to a TPM, or destroying the card, is the answer to that.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path

from edge.install import firmware
from edge.install.declared import users
from edge.install.keys import key_files
from edge.install.machine import Machine
from edge.install.step import Step
from edge.install.units import UNITS, stop_steps
from edge.runtime.atomic_file import sync_folder

STATE = "/var/lib/watchpost"
OF_PEOPLE = ("watchlist", "spool.db*", "evidence*")
SETTINGS = "/etc/watchpost"


def removal_steps(machine: Machine, *, purge: bool) -> list[Step]:
    """Everything that ``watchpost uninstall`` does.

    Args:
        machine: whose.
        purge: also settings, passwords, logs, packs and users.
    """
    steps = stop_steps(machine)
    steps += [_wipe(machine, path) for path in key_files()]
    for pattern in OF_PEOPLE:
        steps += [_remove(machine, f"{STATE}/{one}") for one in _names(machine, pattern)]
    steps += [_remove(machine, path) for path in firmware.GENERIC.values()]
    steps += [firmware.exclude_step(machine), _remove(machine, firmware.PI_FILE)]
    steps += [_remove(machine, f"/etc/systemd/system/{name}.service") for name in UNITS]
    if purge:
        steps += [_remove(machine, path) for path in (STATE, SETTINGS, "/run/watchpost")]
        for name in users():
            run = partial(machine.commands.run, "userdel", *_root(machine), name)
            steps.append(Step(f"remove user {name}", partial(_no_user, machine, name), run))
        run = partial(machine.commands.run, "groupdel", *_root(machine), "watchpost")
        steps.append(Step("remove group watchpost", partial(_no_group, machine), run))
    return steps


def wipe_file(path: Path) -> None:
    """Overwrite a file, flush it, and remove it.

    Raises:
        OSError: no right, or a read-only file system.
    """
    with path.open("r+b", buffering=0) as file:
        file.write(bytes(os.fstat(file.fileno()).st_size))
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def _names(machine: Machine, pattern: str) -> list[str]:
    return sorted(one.name for one in machine.at(STATE).glob(pattern))


def _wipe(machine: Machine, path: str) -> Step:
    place = machine.at(path)
    return Step(
        f"overwrite and remove {path}", lambda: not place.exists(), lambda: wipe_file(place)
    )


def _remove(machine: Machine, path: str) -> Step:
    place = machine.at(path)

    def do() -> None:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()

    return Step(f"remove {path}", lambda: not (place.exists() or place.is_symlink()), do)


def _root(machine: Machine) -> list[str]:
    return [] if machine.root == Path("/") else ["--prefix", str(machine.root)]


def _no_user(machine: Machine, name: str) -> bool:
    return machine.user_id(name) is None


def _no_group(machine: Machine) -> bool:
    return machine.group_id("watchpost") is None
