"""Copies of consent documents beside the register, named by their entry's id.

Always: readable by the owner alone; a document without an entry is deleted with the next
erasure.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from edge.errors import RegisterError
from edge.register.consent import Document
from edge.runtime.atomic_file import write_atomically


class ConsentFolder:
    """A folder of documents.

    Args:
        folder: made with the first document.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, entry_id: str, document: Document) -> None:
        """Store a copy.

        Raises:
            RegisterError: the folder cannot be written.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            path = self._folder / f"{entry_id}{document.suffix}"
            write_atomically(path, document.data, mode=0o600)
        except OSError as error:
            raise RegisterError(
                f"The consent document cannot be stored ({error.strerror}).",
                "Check the folder's rights and space.",
            ) from error

    def keep_only(self, entry_ids: Collection[str]) -> None:
        """Delete the documents of all other entries.

        Raises:
            RegisterError: a document cannot be deleted.
        """
        try:
            for path in self._folder.iterdir() if self._folder.is_dir() else ():
                if path.stem not in entry_ids:
                    path.unlink()
        except OSError as error:
            raise RegisterError(
                f"A consent document cannot be deleted ({error.strerror}).",
                "Check the folder's rights and run `watchpost register list`.",
            ) from error
