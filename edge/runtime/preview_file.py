"""The preview on its way from the recogniser to the page: two files in the run folder (RAM).

``preview.jpg`` is the picture, ``preview.json`` what is told of it
(:class:`edge.values.preview.PreviewFacts`). Always: each is replaced whole and never flushed to
a medium; the facts are written last; a file that is missing, too large, no plain file or
damaged reads as None. Who may look is for others.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.runtime.atomic_file import write_atomically
from edge.values.preview import PreviewFacts

PICTURE, FACTS = "preview.jpg", "preview.json"
WANTED, UNBLUR = "preview.wanted", "unblur.json"  # requests, in RUN/status
MAX_PICTURE_BYTES = 2 * 1024 * 1024
MAX_FACTS_BYTES = 128 * 1024

_FACTS: TypeAdapter[PreviewFacts] = TypeAdapter(PreviewFacts)


def write_preview(run_dir: Path, picture: bytes, facts: PreviewFacts) -> None:
    """Publish a picture and what is told of it.

    Raises:
        OSError: the run folder cannot be written.
    """
    write_atomically(run_dir / PICTURE, picture, durable=False)
    write_atomically(run_dir / FACTS, _FACTS.dump_json(facts), durable=False)


def remove_preview(run_dir: Path) -> None:
    """Take picture and facts away; there may be none.

    Raises:
        OSError: the run folder cannot be written.
    """
    for name in (FACTS, PICTURE):
        (run_dir / name).unlink(missing_ok=True)


def read_facts(run_dir: Path) -> PreviewFacts | None:
    """What is told of the present picture, or None."""
    data = read_small(run_dir / FACTS, MAX_FACTS_BYTES)
    try:
        return _FACTS.validate_json(data) if data else None
    except (ValidationError, ValueError):
        return None


def read_picture(run_dir: Path) -> bytes | None:
    """The present picture, JPEG, or None."""
    return read_small(run_dir / PICTURE, MAX_PICTURE_BYTES)


def read_small(path: Path, most_bytes: int) -> bytes | None:
    """A plain file's content if it has at most so many bytes; follows no link, never waits."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(most_bytes + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data if len(data) <= most_bytes else None
