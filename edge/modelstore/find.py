"""Finds a pack's folder by what the settings call it.

In: a name. Out: a folder, which may be missing: reading it says so. A name with a slash is a
path; else a bundled pack's folder; else an installed pack by ``id@version`` or by ``id``, which
means its newest version. A bundled pack wins, so that installing one never changes what a name
meant before.
"""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = re.compile(r"([a-z0-9][a-z0-9-]{0,62})@([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")


def find_pack(name: str, bundled: Path, installed: Path | None) -> Path:
    """The folder of the pack with this name."""
    if "/" in name:
        return Path(name)
    own = bundled / name
    if installed is None or own.is_dir() or name in ("", ".", ".."):
        return own
    found = [one for one in installed_packs(installed) if name in (one.name, _id(one))]
    return max(found, key=_version) if found else own


def installed_packs(root: Path) -> tuple[Path, ...]:
    """Folders of installed packs, by name and version; none when there is no such folder."""
    if not root.is_dir():
        return ()
    found = [one for one in root.iterdir() if _FOLDER.fullmatch(one.name) and one.is_dir()]
    return tuple(sorted(found, key=lambda one: (_id(one), _version(one))))


def is_folder_name(name: str) -> bool:
    """Whether ``id@version`` can name an installed pack's folder."""
    return bool(_FOLDER.fullmatch(name))


def _id(folder: Path) -> str:
    return folder.name.partition("@")[0]


def _version(folder: Path) -> tuple[int, ...]:
    match = _FOLDER.fullmatch(folder.name)
    return tuple(int(part) for part in match.groups()[1:]) if match else ()
