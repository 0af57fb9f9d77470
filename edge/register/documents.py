"""Copies of consent documents beside the register, named by their entry's id.

    ENTRY.pdf      the entry's first consent
    ENTRY-2.pdf    its second, after a renewal, and so on

Always: as :mod:`edge.register.entry_files` says; an earlier document stays until the entry is
erased, because it is the proof of what was allowed before.
"""

from __future__ import annotations

from pathlib import Path

from edge.register.consent import Document
from edge.register.entry_files import EntryFiles


class ConsentFolder(EntryFiles):
    """A folder of documents.

    Args:
        folder: made with the first document.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "consent document")

    def keep(self, entry_id: str, document: Document, number: int = 1) -> None:
        """Store a copy of an entry's n-th consent document.

        Raises:
            RegisterError: the folder cannot be written.
        """
        self.write(f"{owner(entry_id, number)}{document.suffix}", document.data)


def owner(entry_id: str, number: int) -> str:
    """What the name of an entry's n-th consent document begins with."""
    return entry_id if number == 1 else f"{entry_id}-{number}"
