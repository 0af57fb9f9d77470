"""Users and folders of a box, read from the files that systemd reads, as steps.

In: ``watchpost.sysusers`` (sysusers.d(5), lines ``g`` and ``u``) and ``watchpost.tmpfiles``
(tmpfiles.d(5), lines ``d``). Out: steps that do the same without systemd. Always: those files are
the only place where users and folders are told.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from edge.install.machine import Machine, Owner
from edge.install.step import Step


def release_folder(name: str) -> Path:
    """``systemd`` or ``firmware_config``: in the installed package, else in the checkout."""
    installed = Path(__file__).parent / "release" / name
    return installed if installed.is_dir() else Path(__file__).parents[2] / name


def users() -> list[str]:
    """Names of the box's users."""
    return [words[1] for words in _lines("watchpost.sysusers") if words[0] == "u"]


def user_steps(machine: Machine) -> list[Step]:
    """The group first, then a user for each process."""
    steps = []
    for words in _lines("watchpost.sysusers"):
        name = words[1]
        if words[0] == "g":
            run = partial(machine.commands.run, "groupadd", *_root(machine), "--system", name)
            steps.append(Step(f"add group {name}", partial(_known, machine.group_id, name), run))
        else:
            group = words[2].partition(":")[2]
            run = partial(machine.commands.run, *_useradd(machine, name, group))
            steps.append(Step(f"add user {name}", partial(_known, machine.user_id, name), run))
    return steps


def folder_steps(machine: Machine) -> list[Step]:
    """The folders that the processes share."""
    return [
        machine.folder(words[1], Owner(words[3], words[4], int(words[2], 8)))
        for words in _lines("watchpost.tmpfiles")
    ]


def _useradd(machine: Machine, name: str, group: str) -> list[str]:
    home = ["--no-create-home", "--home-dir", "/", "--shell", "/usr/sbin/nologin"]
    return ["useradd", *_root(machine), "--system", "--gid", group, *home, name]


def _root(machine: Machine) -> list[str]:
    return [] if machine.root == Path("/") else ["--prefix", str(machine.root)]


def _known(number_of: Callable[[str], int | None], name: str) -> bool:
    return number_of(name) is not None


def _lines(file: str) -> Iterator[list[str]]:
    for line in (release_folder("systemd") / file).read_text("utf-8").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield words
