"""What the page asks of the other processes: a small file in RUN/status, replaced whole.

In: at the page's end a document of texts; at the other end, time. Out: there a file, here a
:class:`Wish`, once for each writing of the file. Always: nothing is flushed to a medium, as the
folder is in memory; what lies there is read within bounds, whatever it is, and what is no document
of texts is no wish; a wish that is older than the asker's patience, or from the future, is nobody's
any more. Looking costs one ``lstat``. What comes of a wish, and who may wish, is for others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge.errors import ConfigError
from edge.runtime.atomic_file import write_atomically
from edge.runtime.clock import Clock
from edge.runtime.preview_file import read_small

MAX_WISH_BYTES = 1024

Writing = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish as it lies there.

    Attributes:
        writing: tells one writing of the file from another.
        asked_at: when it was written, UTC.
        said: the document.
    """

    writing: Writing
    asked_at: datetime
    said: Mapping[str, str]

    @property
    def asked_ns(self) -> int:
        """When it was written, as the file's ``st_mtime_ns``."""
        return self.writing[1]


class WishFile:
    """The end at which wishes are read.

    Args:
        path: the file.
        clock: time.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._present: Wish | None = None
        self._read: Writing | None = None
        self._taken: Writing | None = None

    def look(self) -> Wish | None:
        """The wish that lies there now, or None."""
        try:
            found = self._path.lstat()
        except OSError:
            self._read = self._present = None
            return None
        writing = (found.st_ino, found.st_mtime_ns)
        if writing != self._read:
            self._read, self._present = writing, _wish(self._path, found)
        return self._present

    def take(self, fresh_s: float) -> Wish | None:
        """The wish that lies there, when it is fresh and was not taken before.

        Args:
            fresh_s: how long ago it may have been written.
        """
        wish = self.look()
        if wish is None or wish.writing == self._taken:
            return None
        self._taken = wish.writing
        age_s = (self._clock.utc() - wish.asked_at).total_seconds()
        return wish if abs(age_s) < fresh_s else None


def leave_wish(path: Path, document: Mapping[str, str]) -> int:
    """Leave a wish; returns when it was written, as :attr:`Wish.asked_ns`.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        write_atomically(path, json.dumps(document).encode(), durable=False)
        return path.lstat().st_mtime_ns
    except OSError as error:
        raise unwritable(path.parent, error) from error


def unwritable(folder: Path, error: OSError) -> ConfigError:
    """That the folder of wishes cannot be written, in words."""
    return ConfigError(
        f"The folder {folder} cannot be written ({error.strerror}).",
        "Give the user that runs the page the right to write there.",
    )


def _wish(path: Path, found: os.stat_result) -> Wish | None:
    data = read_small(path, MAX_WISH_BYTES)
    try:
        asked_at = datetime.fromtimestamp(found.st_mtime, UTC)  # who may write it may date it
        said = json.loads(data) if data else None
    except (ValueError, OverflowError, RecursionError):
        return None
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
        return None
    return Wish((found.st_ino, found.st_mtime_ns), asked_at, said)
