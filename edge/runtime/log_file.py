"""The newest log lines of a process as a small file in the run folder (RAM), for the page.

In: what the process logs. Out: ``log/NAME.log`` and one older file, each at most ``MAX_BYTES``.
Always: bounded; a file that cannot be written costs nothing but itself. What may stand in a log
is the loggers' matter: no image, template or name; passwords in addresses are masked here.
"""

from __future__ import annotations

import logging
import logging.handlers
import re
from collections import deque
from pathlib import Path

FOLDER = "log"
MAX_BYTES = 64 * 1024
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_USER_INFO = re.compile(r"//[^\s/@]{1,512}@")
_TOLD = re.compile(r"(?i)(\bpassword\b[^\n]{0,300}?\b(?:operator|installer): *)\S+")
_SECRET = re.compile(r"(?i)\b(password|passphrase|secret|token)\b(\s*[=:]\s*)\S+")


def masked(text: str) -> str:
    """The text without passwords: in addresses, after words such as ``password=``, and first ones
    as the page tells them on the console.
    """
    for pattern, shown in (_USER_INFO, "//***@"), (_SECRET, r"\1\2***"), (_TOLD, r"\1***"):
        text = pattern.sub(shown, text)
    return text


class _Masked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record)).replace("\n", "\n    ")


class _QuietFile(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full run folder is told by others; the line stays on the console."""


def keep_newest_lines(run_dir: Path, process: str) -> logging.Handler | None:
    """A handler that keeps a process's newest lines; None when the folder cannot be made."""
    folder = run_dir / FOLDER
    try:
        folder.mkdir(exist_ok=True, mode=0o750)
        handler = _QuietFile(
            folder / f"{process}.log", maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:
        return None
    handler.setFormatter(_Masked(_FORMAT))
    return handler


def newest_lines(run_dir: Path, process: str, limit: int) -> list[str]:
    """The newest lines of a process, oldest first; none when it never logged."""
    path = run_dir / FOLDER / f"{process}.log"
    found: deque[str] = deque(maxlen=limit)
    for one in (path.with_name(f"{path.name}.1"), path):
        try:
            with one.open("rb") as file:
                raw = file.read(2 * MAX_BYTES)
        except OSError:
            continue
        found.extend(masked(raw.decode("utf-8", "replace")).splitlines())
    return list(found)
