"""Files beside the register that belong to entries: consent documents, kept photos.

A file's name up to its first dot says whose it is. Always: readable by the owner alone; a file
that belongs to nothing (an enrolment that a power cut stopped, a revoked entry) is deleted
when its folder is next tidied. Deleting a file gives its blocks back; what a flash medium
keeps in blocks it has remapped is beyond any program.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from edge.errors import RegisterError
from edge.runtime.atomic_file import write_atomically


class EntryFiles:
    """A folder of files that belong to entries.

    Args:
        folder: made with the first file.
        what: what a file is, for errors: "consent document".
    """

    def __init__(self, folder: Path, what: str) -> None:
        self._folder = folder
        self._what = what

    def write(self, name: str, data: bytes) -> None:
        """Store a file.

        Raises:
            RegisterError: the folder cannot be written.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_atomically(self._folder / name, data, mode=0o600)
        except OSError as error:
            raise RegisterError(
                f"The {self._what} cannot be stored ({error.strerror}).",
                "Check the folder's rights and space.",
            ) from error

    def of(self, owner: str) -> list[Path]:
        """The files of one owner, by name.

        Raises:
            RegisterError: the folder cannot be read.
        """
        return sorted(path for path in self._paths() if _owner(path) == owner)

    def strays(self, owners: Collection[str]) -> list[Path]:
        """The files that belong to none of these.

        Raises:
            RegisterError: the folder cannot be read.
        """
        return [path for path in self._paths() if _owner(path) not in owners]

    def keep_only(self, owners: Collection[str]) -> None:
        """Delete the files of all others.

        Raises:
            RegisterError: a file cannot be deleted.
        """
        try:
            for path in self.strays(owners):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise RegisterError(
                f"A {self._what} cannot be deleted ({error.strerror}).",
                "Check the folder's rights and run `watchpost register list`.",
            ) from error

    def _paths(self) -> list[Path]:
        try:
            return list(self._folder.iterdir()) if self._folder.is_dir() else []
        except OSError as error:
            raise RegisterError(
                f"The folder {self._folder} cannot be read ({error.strerror}).",
                "Check its rights.",
            ) from error


def _owner(path: Path) -> str:
    return path.name.partition(".")[0]
