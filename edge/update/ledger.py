"""Which installations the box has already worked with, which it gave up, and which it waits for, on
the data partition that both slots see.

In and out: a small JSON file. Always: written durably; one that is missing, too large or damaged
counts as "nothing is proven", which costs a health check and nothing else.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import UpdateError
from edge.runtime.atomic_file import write_atomically
from edge.update.slots import Slot

MAX_BYTES = 16 * 1024


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    proven: dict[str, str] = Field(default_factory=dict, max_length=64)
    refused: dict[str, str] = Field(default_factory=dict, max_length=64)
    awaited: dict[str, str] = Field(default_factory=dict, max_length=64)


class Ledger:
    """Remembers, by slot, the installation that was proven good, or why one was refused.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_proven(self, slot: Slot) -> bool:
        """Whether the box has worked with what is installed there."""
        return self._read().proven.get(slot.name) == slot.image

    def why_refused(self, slot: Slot) -> str:
        """Why what is installed there was marked bad, or ""."""
        return _said_of(slot, self._read().refused)

    def awaited_since(self, slot: Slot) -> str:
        """The start of the machine in which it was installed, if it has not run since, or ""."""
        return _said_of(slot, self._read().awaited)

    def note_installed(self, slot: Slot, boot_id: str) -> None:
        """It is there, and is to run from the next start on.

        Args:
            slot: where it was installed.
            boot_id: what tells this start of the machine from any other.

        Raises:
            UpdateError: it cannot be written.
        """
        document = self._read()
        document.proven.pop(slot.name, None)
        document.refused.pop(slot.name, None)
        document.awaited[slot.name] = f"{slot.image}\n{boot_id}"
        self._write(document)

    def note_proven(self, slot: Slot) -> None:
        """The box works with it.

        Raises:
            UpdateError: it cannot be written.
        """
        document = self._read()
        document.proven[slot.name] = slot.image
        document.refused.pop(slot.name, None)
        document.awaited.pop(slot.name, None)
        self._write(document)

    def note_refused(self, slot: Slot, why: str) -> None:
        """The box does not work with it.

        Raises:
            UpdateError: it cannot be written.
        """
        document = self._read()
        document.proven.pop(slot.name, None)
        document.awaited.pop(slot.name, None)
        document.refused[slot.name] = f"{slot.image}\n{why[:500]}"
        self._write(document)

    def _read(self) -> _Document:
        try:
            with self._path.open("rb") as file:
                return _Document.model_validate_json(file.read(MAX_BYTES))
        except (OSError, ValidationError):
            return _Document()

    def _write(self, document: _Document) -> None:
        try:
            write_atomically(self._path, document.model_dump_json().encode())
        except OSError as error:
            raise UpdateError(
                f"{self._path} cannot be written ({error.strerror}).",
                "Test the card; free some space.",
            ) from error


def _said_of(slot: Slot, notes: dict[str, str]) -> str:
    """What was noted of the installation that is there now, or ""."""
    image, _, said = notes.get(slot.name, "").partition("\n")
    return said if image == slot.image else ""
