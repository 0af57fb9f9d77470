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
from edge.install.keys import key_drop_ins, key_files
from edge.install.machine import Machine
from edge.install.step import Step
from edge.install.units import FILES, stop_steps
from edge.runtime.atomic_file import sync_folder

STATE = "/var/lib/watchpost"
OF_PEOPLE = ("watchlist", "spool.db*", "evidence*", "status/reviews")
SETTINGS = "/etc/watchpost"
RUN = "/run/watchpost"
_WANTS = "multi-user.target.wants"


def removal_steps(machine: Machine, *, purge: bool) -> list[Step]:
    """Everything that ``watchpost uninstall`` does.

    Args:
        machine: whose.
        purge: also settings, passwords, logs, packs and users.
    """
    steps = stop_steps(machine)
    steps += [_wipe(machine, path) for path in key_files()]
    for pattern in OF_PEOPLE:
        steps += [_remove(machine, path) for path in _found(machine, f"{STATE}/{pattern}")]
    # The camera's preview lies there, and what is known of the list.
    steps.append(_remove(machine, RUN))
    steps += [_remove(machine, path) for path in (*firmware.PLACES, *key_drop_ins())]
    steps += [firmware.exclude_step(machine), _remove(machine, firmware.PI_FILE)]
    steps += [_remove(machine, f"/etc/systemd/system/{file}") for file in FILES]
    if purge:
        steps += [_remove(machine, path) for path in (STATE, SETTINGS)]
        for name in users():
            run = partial(machine.commands.run, "userdel", *_root(machine), name)
            steps.append(Step(f"remove user {name}", partial(_no_user, machine, name), run))
        run = partial(machine.commands.run, "groupdel", *_root(machine), "watchpost")
        steps.append(Step("remove group watchpost", partial(_no_group, machine), run))
        steps += _folder_steps(machine)
    return steps


def _folder_steps(machine: Machine) -> list[Step]:
    """Folders of ``/etc`` that hold nothing, or nothing but what goes."""
    system = "/etc/systemd/system"
    files = [*firmware.PLACES, *key_files(), *key_drop_ins()]
    files += [f"{folder}/{one}" for folder in (system, f"{system}/{_WANTS}") for one in FILES]
    above = {folder for file in files for folder in Path(file).parents}
    folders = {one for one in above if len(one.parts) > 2 and one.parts[1] == "etc"}
    going = {machine.at(one) for one in files} | {machine.at(one) for one in folders}
    deepest_first = sorted(folders, key=lambda one: (-len(one.parts), one))
    return [_empty(machine, folder, going) for folder in deepest_first]


def _empty(machine: Machine, folder: Path, going: set[Path]) -> Step:
    place = machine.at(folder)

    def is_done() -> bool:
        return not place.is_dir() or any(one not in going for one in place.rglob("*"))

    return Step(f"remove empty folder {folder}", is_done, place.rmdir)


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


def _found(machine: Machine, pattern: str) -> list[str]:
    found = machine.root.glob(pattern.lstrip("/"))
    return sorted(f"/{one.relative_to(machine.root)}" for one in found)


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
