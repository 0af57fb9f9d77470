"""The false-alarm budget that somebody set on the page.

In: the small file that the page's process writes. Out: its number, or None. Always: it is read
again only when it changed; a number out of its range, or a file that is none, is logged and
does not count, so that the settings hold.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 4096
LEAST_PER_WEEK, MOST_PER_WEEK = 0.001, 10_000.0  # as decision.false_alarms_per_week


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    false_alarms_per_week: float = Field(ge=LEAST_PER_WEEK, le=MOST_PER_WEEK)


class BudgetChoice:
    """Reads the file.

    Args:
        path: the file; need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._chosen: float | None = None

    def look(self) -> float | None:
        """What is chosen now; costs one look at the file when nothing changed."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen, self._chosen = stamp, self._read() if stamp else None
        return self._chosen

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _read(self) -> float | None:
        try:
            with self._path.open("rb") as file:
                document = _Document.model_validate_json(file.read(MAX_FILE_BYTES))
        except (OSError, ValidationError) as error:
            log.warning(
                "the budget set on the page cannot be used (%s); the settings hold",
                type(error).__name__,
            )
            return None
        return document.false_alarms_per_week
