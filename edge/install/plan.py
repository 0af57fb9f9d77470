"""Everything that ``watchpost install`` does, in order.

In: a machine, files for ``/etc/watchpost``, the path of the program, steps for the page. Out: the
list of steps. Always: nothing starts before there are settings, and nothing is readable by more
users than need it: the broker's key belongs to the one process that speaks to the broker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge.install.declared import folder_steps, user_steps
from edge.install.firmware import firmware_steps
from edge.install.keys import key_steps
from edge.install.machine import Machine, Owner
from edge.install.step import Step
from edge.install.units import unit_steps

FOLDER = "/etc/watchpost"
_SHARED = Owner("root", "watchpost", 0o640)
_REPORT = Owner("watchpost-report", "watchpost", 0o600)


def setting_steps(machine: Machine, files: Mapping[str, bytes]) -> list[Step]:
    """The settings folder and its files, the settings last: with them the box is set up."""
    names = sorted(files, key=lambda name: (name == "watchpost.toml", name))
    steps = [machine.folder(FOLDER, Owner("root", "watchpost", 0o750))]
    for name in names:
        owner = _REPORT if name.endswith(".key") else _SHARED
        steps.append(machine.file(f"{FOLDER}/{name}", files[name], owner))
    return steps


def install_steps(
    machine: Machine, files: Mapping[str, bytes], program: str, page: Sequence[Step]
) -> list[Step]:
    """All of it.

    Args:
        machine: what is set up.
        files: contents for ``/etc/watchpost``; none when the settings are to stay.
        program: absolute path of ``watchpost``, for the units.
        page: passwords and certificate of the page.
    """
    return [
        *user_steps(machine),
        *folder_steps(machine),
        *key_steps(machine),
        *page,
        *firmware_steps(machine),
        *setting_steps(machine, files),
        *unit_steps(machine, program),
    ]
