"""A log whose lines are chained, so that a changed or missing line shows.

One JSON object a line: number, UTC time, who did it, what, the ids it was done to, the hash
of the line before, and its own hash: SHA-256 of the line's canonical JSON (keys sorted, no
white space, UTF-8) without ``hash``. Always: a line is on the medium before ``append``
returns; a line without its deed is possible after a power cut, a deed without its line is not,
if the caller appends first. Cutting lines off the end leaves a sound chain: whoever can, keeps
:attr:`Finding.hashes`' last one elsewhere and looks whether it is still among them.

Callers pass ids and numbers only: no names, no templates, no pictures.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

FIRST = "0" * 64
MAX_LINE_BYTES = 8 * 1024
_TAIL_BYTES = 2 * MAX_LINE_BYTES


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One deed.

    Attributes:
        at: UTC time.
        actor: who, as the operating system knows them.
        action: what, such as ``enrol`` or ``revoke``.
        facts: ids, hashes and numbers by name.
    """

    at: datetime
    actor: str
    action: str
    facts: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Finding:
    """What verifying a log found.

    Attributes:
        lines: the sound lines from the start on.
        hashes: the hash of each of them.
        problem: what is wrong after them, one sentence; empty when the whole log is sound.
    """

    lines: tuple[dict[str, Any], ...]
    hashes: tuple[str, ...]
    problem: str = ""


class AuditLog:
    """A chained log in one file; several processes may append.

    Args:
        path: the file; made with the first line, readable by its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, line: AuditLine) -> str:
        """Add a line and return its hash.

        A last line that a power cut left incomplete was never acknowledged; it is cut off.

        Raises:
            OSError: the file cannot be written.
            ValueError: the line is too long, or the log's last line is damaged.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            number, previous, end = _last(file.fileno())
            data, digest = _encode(line, number + 1, previous)
            os.ftruncate(file.fileno(), end)
            os.pwrite(file.fileno(), data, end)
            os.fsync(file.fileno())
        return digest

    def verify(self) -> Finding:
        """Follow the chain from the first line; a missing file is an empty, sound log.

        Raises:
            OSError: the file cannot be read.
        """
        lines: list[dict[str, Any]] = []
        hashes: list[str] = []
        for raw in self._raw_lines():
            previous = hashes[-1] if hashes else FIRST
            document = _document(raw)
            problem = _fault(raw, document, len(lines) + 1, previous)
            if problem or document is None:
                return Finding(tuple(lines), tuple(hashes), problem)
            lines.append(document)
            hashes.append(str(document["hash"]))
        return Finding(tuple(lines), tuple(hashes))

    def _raw_lines(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                while raw := file.readline(MAX_LINE_BYTES + 1):
                    yield raw
        except FileNotFoundError:
            return


def _encode(line: AuditLine, number: int, previous: str) -> tuple[bytes, str]:
    document: dict[str, Any] = {
        "number": number,
        "at": line.at.isoformat(),
        "actor": line.actor,
        "action": line.action,
        "facts": dict(line.facts),
        "previous": previous,
    }
    digest = _digest(document)
    data = _canonical({**document, "hash": digest}) + b"\n"
    if len(data) > MAX_LINE_BYTES:
        raise ValueError(f"an audit line has {len(data)} bytes, more than {MAX_LINE_BYTES}")
    return data, digest


def _last(descriptor: int) -> tuple[int, str, int]:
    """Number and hash of the last complete line, and where it ends."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    complete = tail[: tail.rfind(b"\n") + 1]
    end = size - len(tail) + len(complete)
    if not complete:
        if size > MAX_LINE_BYTES:
            raise ValueError("the audit log ends in something that is no line")
        return 0, FIRST, 0
    raw = complete[complete.rfind(b"\n", 0, -1) + 1 :]
    document = _document(raw)
    number = document.get("number") if document else None
    if document is None or not isinstance(number, int) or _digest(document) != document.get("hash"):
        raise ValueError("the last line of the audit log is damaged")
    return number, str(document["hash"]), end


def _document(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _fault(raw: bytes, document: dict[str, Any] | None, number: int, previous: str) -> str:
    if not raw.endswith(b"\n"):
        return f"Line {number} is incomplete."
    if document is None or raw != _canonical(document) + b"\n":
        return f"Line {number} is not an audit line."
    if _digest(document) != document.get("hash"):
        return f"Line {number} was altered: its hash does not fit."
    if document.get("number") != number or document.get("previous") != previous:
        return f"Line {number} does not follow the line before it: one was taken out or put in."
    return ""


def _digest(document: dict[str, Any]) -> str:
    bare = {name: value for name, value in document.items() if name != "hash"}
    return hashlib.sha256(_canonical(bare)).hexdigest()


def _canonical(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")
