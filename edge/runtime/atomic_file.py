"""Replace a small file so that a reader, or a power cut, sees the old one or the new one.

Write beside it, flush to the medium, rename over it, flush the folder (rename(2) is atomic
for readers; the two fsyncs make it so for power cuts). For state in RAM, ``durable=False``
leaves the flushes out.
"""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, data: bytes, *, mode: int = 0o640, durable: bool = True) -> None:
    """Write ``data`` to ``path`` all or nothing.

    Raises:
        OSError: no space, no right, or a read-only file system; the old file stays.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
