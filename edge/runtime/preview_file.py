"""A camera's preview on its way from the recogniser to the page: two files in RUN (RAM).

``preview.CAMERA.jpg`` is the picture, ``preview.CAMERA.json`` what is told of it
(:class:`edge.values.preview.PreviewFacts`). Always: each is replaced whole and never flushed to
a medium; the facts are written last; a file that is missing, too large, no plain file or
damaged reads as None. A camera's name is one by the settings, and so fit for a file. Who may look
is for others.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge.runtime.atomic_file import write_atomically
from edge.values.preview import PreviewFacts

UNBLUR = "unblur.json"  # in RUN/status, as what ``wanted`` names
MAX_PICTURE_BYTES = 2 * 1024 * 1024
MAX_FACTS_BYTES = 128 * 1024

_FACTS: TypeAdapter[PreviewFacts] = TypeAdapter(PreviewFacts)


def wanted(requests: Path, camera: str) -> Path:
    """The file in RUN/status that the page touches while somebody looks through a camera."""
    return requests / f"preview.{camera}.wanted"


def facts_file(run_dir: Path, camera: str) -> Path:
    """Where the facts of a camera's picture are."""
    return run_dir / f"preview.{camera}.json"


def picture_file(run_dir: Path, camera: str) -> Path:
    """Where a camera's picture is."""
    return run_dir / f"preview.{camera}.jpg"


def write_preview(run_dir: Path, camera: str, picture: bytes, facts: PreviewFacts) -> None:
    """Publish a picture and what is told of it.

    Raises:
        OSError: the run folder cannot be written.
    """
    write_atomically(picture_file(run_dir, camera), picture, durable=False)
    write_atomically(facts_file(run_dir, camera), _FACTS.dump_json(facts), durable=False)


def remove_preview(run_dir: Path, camera: str) -> None:
    """Take a camera's picture and facts away; there may be none.

    Raises:
        OSError: the run folder cannot be written.
    """
    for path in (facts_file(run_dir, camera), picture_file(run_dir, camera)):
        path.unlink(missing_ok=True)


def remove_previews(run_dir: Path) -> None:
    """Take those of all cameras away, also of such as the settings no longer name.

    Raises:
        OSError: the run folder cannot be written.
    """
    for path in list(run_dir.glob("preview.*")):
        path.unlink(missing_ok=True)


def read_facts(run_dir: Path, camera: str) -> PreviewFacts | None:
    """What is told of a camera's present picture, or None."""
    data = read_small(facts_file(run_dir, camera), MAX_FACTS_BYTES)
    try:
        return _FACTS.validate_json(data) if data else None
    except (ValidationError, ValueError):
        return None


def read_picture(run_dir: Path, camera: str) -> bytes | None:
    """A camera's present picture, JPEG, or None."""
    return read_small(picture_file(run_dir, camera), MAX_PICTURE_BYTES)


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
