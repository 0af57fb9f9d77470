"""The machine that is set up: its files below a root folder, and its commands.

In: a root folder and a port for commands. Out: paths, ids of users, steps that make files and
folders. Always: ids are those of the root's own ``/etc/passwd`` and ``/etc/group``, so that a
root folder of another system can be set up.
"""

from __future__ import annotations

import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.errors import ConfigError
from edge.install.step import Step
from edge.runtime.atomic_file import write_atomically

COMMAND_WITHIN_S = 60


class Commands(Protocol):
    """Runs a program of the machine."""

    def run(self, *words: str, given: bytes = b"") -> None:
        """Run it to its end.

        Raises:
            ConfigError: it is missing, failed, or took too long.
        """


class SystemCommands:
    """The real programs."""

    def run(self, *words: str, given: bytes = b"") -> None:
        """See :class:`Commands`."""
        again = "Run as root (sudo), and on Debian or the like; then run the command again."
        try:
            subprocess.run(  # noqa: S603 - words are ours, no shell reads them
                words, input=given, capture_output=True, check=True, timeout=COMMAND_WITHIN_S
            )
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip()[:500]
            raise ConfigError(f"`{' '.join(words)}` failed: {said}", again) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ConfigError(f"`{' '.join(words)}` did not run: {error}", again) from error


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a file is.

    Attributes:
        user: by name.
        group: by name.
        mode: permission bits.
    """

    user: str
    group: str
    mode: int


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine.

    Attributes:
        root: the folder that is its ``/``.
        commands: runs its programs.
    """

    root: Path
    commands: Commands

    @property
    def is_running(self) -> bool:
        """Whether it is this machine and systemd runs it."""
        return self.root == Path("/") and Path("/run/systemd/system").is_dir()

    def at(self, path: str | Path) -> Path:
        """Where an absolute path of the machine lies here."""
        return self.root / str(path).lstrip("/")

    def user_id(self, name: str) -> int | None:
        """A user's number, or None."""
        return self._number("etc/passwd", name)

    def group_id(self, name: str) -> int | None:
        """A group's number, or None."""
        return self._number("etc/group", name)

    def file(self, path: str, data: bytes, owner: Owner) -> Step:
        """The step that makes a file with these contents."""

        def do() -> None:
            place = self.at(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, data, mode=0o600)
            self.give(place, owner)

        return Step(f"write {path}", lambda: self._holds(path, data, owner), do)

    def folder(self, path: str, owner: Owner) -> Step:
        """The step that makes a folder, or corrects whose it is."""

        def do() -> None:
            self.at(path).mkdir(parents=True, exist_ok=True)
            self.give(self.at(path), owner)

        what = f"make folder {path} ({owner.user}:{owner.group}, {owner.mode:04o})"
        return Step(what, lambda: self.at(path).is_dir() and self._is_of(path, owner), do)

    def give(self, place: Path, owner: Owner) -> None:
        """Set owner and mode of a file or folder.

        Raises:
            OSError: no right, or there is no such user.
        """
        user, group = self.user_id(owner.user), self.group_id(owner.group)
        if user is None or group is None:
            raise OSError(f"there is no user {owner.user} or no group {owner.group}")
        os.chown(place, user, group)
        place.chmod(owner.mode)  # after chown, which takes setgid away

    def _holds(self, path: str, data: bytes, owner: Owner) -> bool:
        place = self.at(path)
        return place.is_file() and place.read_bytes() == data and self._is_of(path, owner)

    def _is_of(self, path: str, owner: Owner) -> bool:
        found = self.at(path).stat()
        mine = (self.user_id(owner.user), self.group_id(owner.group), owner.mode)
        return (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == mine

    def _number(self, file: str, name: str) -> int | None:
        try:
            lines = self.at(file).read_text("utf-8").splitlines()
        except FileNotFoundError:
            return None
        fields = (line.split(":") for line in lines)
        return next((int(one[2]) for one in fields if one[0] == name and len(one) > 2), None)
