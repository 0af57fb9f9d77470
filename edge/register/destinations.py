"""Where a register has published: remembered so that a revocation gets there at once.

In: an open register. Out: :class:`Destination`. Always: what is remembered of a destination is
what was last meant for it, recorded before its files were written.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge.errors import RegisterError
from edge.register.database import Register

LOCK_FILE = "publish.lock"
_PREFIX = "destination:"


@dataclass(frozen=True, slots=True)
class Destination:
    """A folder that was published to.

    Attributes:
        folder: absolute.
        version: of the last release that was meant for it.
        manifest: SHA-256 of that release's manifest.
        valid_for: how long a release is trusted.
        sites: entries that cover none of these stay out; empty: none does.
    """

    folder: Path
    version: int
    manifest: str
    valid_for: timedelta
    sites: tuple[str, ...]


def destinations(register: Register) -> tuple[Destination, ...]:
    """All that are remembered, the one published to last comes first."""
    rows = register.run(
        "SELECT name, value FROM settings WHERE substr(name, 1, ?) = ?", (len(_PREFIX), _PREFIX)
    )
    found = [
        _destination(register.folder.absolute() / name.removeprefix(_PREFIX), json.loads(text))
        for name, text in rows
    ]
    return tuple(sorted(found, key=lambda one: -one.version))


def remember(register: Register, one: Destination) -> None:
    """Keep what is meant for a destination; call inside the register's change."""
    text = json.dumps(
        {
            "version": one.version,
            "manifest": one.manifest,
            "valid_for_s": one.valid_for.total_seconds(),
            "sites": one.sites,
        }
    )
    register.set_setting(f"{_PREFIX}{noted(register, one.folder)}", text)


def forget(register: Register, folder: Path) -> None:
    """Remember a destination no more.

    Raises:
        RegisterError: it is not remembered.
    """
    name = f"{_PREFIX}{noted(register, folder)}"
    with register.change():
        if register.setting(name) is None:
            known = ", ".join(str(one.folder) for one in destinations(register)) or "none"
            raise RegisterError(f"{folder} is no destination of this register.", f"Known: {known}.")
        register.run("DELETE FROM settings WHERE name = ?", (name,))


def noted(register: Register, folder: Path) -> str:
    """A folder as it is remembered: from the register's own when it lies there, which may move."""
    own = register.folder.absolute()
    return str(folder.relative_to(own) if folder.is_relative_to(own) else folder)


@contextmanager
def publishing(register: Register) -> Iterator[None]:
    """Let one program at a time write repositories of a register; others wait.

    Raises:
        RegisterError: the register's folder cannot be written.
    """
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(register.folder / LOCK_FILE, flags, 0o600)
    except OSError as error:
        raise RegisterError(
            f"The register's folder cannot be written ({error.strerror}).", "Check its rights."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _destination(folder: Path, told: dict[str, object]) -> Destination:
    sites = told["sites"]
    return Destination(
        folder=folder,
        version=int(str(told["version"])),
        manifest=str(told["manifest"]),
        valid_for=timedelta(seconds=float(str(told["valid_for_s"]))),
        sites=tuple(map(str, sites)) if isinstance(sites, list) else (),
    )
