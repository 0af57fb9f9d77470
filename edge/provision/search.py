"""Finds a box's bundle on the boot partition or a USB stick.

In: folders. Out: the one bundle's path, or its bytes. Always: folders are looked at one level
deep, links are not followed out of them, reading is bounded; two bundles are an error, because
nobody can tell which one was meant. What a bundle holds is checked by ``edge/fleet/bundle.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from edge.errors import ConfigError
from edge.fleet.bundle import ENDING, MAX_BUNDLE_BYTES

MAX_NAMES = 10_000


def find_bundle(folders: Iterable[Path]) -> Path | None:
    """The bundle in these folders or the folders in them, or None.

    Raises:
        ConfigError: there are several.
    """
    found = [path for folder in folders for path in _in(folder)]
    found = list({path.resolve(): path for path in found}.values())
    if len(found) > 1:
        raise ConfigError(
            f"There are {len(found)} bundles: {', '.join(map(str, found[:3]))}.",
            "Leave the one of this box there and take the others away.",
        )
    return found[0] if found else None


def read_bounded(path: Path) -> bytes:
    """A bundle's bytes; one more than allowed at most, which its reader then refuses.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"The bundle {path} cannot be read ({error.strerror}).",
            "Check the path and its rights.",
        ) from error


def _in(folder: Path) -> list[Path]:
    try:
        names = list(islice(folder.iterdir(), MAX_NAMES))
        inner = [one for one in names if one.is_dir() and not one.is_symlink()]
        below = [path for one in inner for path in islice(one.iterdir(), MAX_NAMES)]
    except OSError:  # not mounted, or not ours to read: then there is no bundle in it
        return []
    return [
        one
        for one in (*names, *below)
        if one.name.endswith(ENDING) and one.is_file() and not one.is_symlink()
    ]
