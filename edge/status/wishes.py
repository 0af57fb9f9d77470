"""What the page asks of the other processes: small files in RUN/status, replaced whole.

In: a path and a document. Out: the file. Always: never flushed to a medium, as the folder is in
memory; what comes of a wish is for the process that reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from edge.errors import ConfigError
from edge.runtime.atomic_file import write_atomically


def wish(path: Path, document: Mapping[str, str]) -> int:
    """Leave a wish; returns when it was written, as its ``st_mtime_ns``.

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
