"""Writes a pack's manifest: its template, with the SHA-256 of the model files filled in.

In:   `manifests/<pack>.toml`, a manifest as people read and edit it, with `sha256 = ""`.
Out:  `models/<pack>/manifest.toml`.
Always: every other line, comments and tables unknown here included, is carried over as it stands.
Not here: what the keys mean (models/README.md), and whether a runtime accepts them.

Usage: python -m models.build.manifest [PACK ...]
"""

from __future__ import annotations

import argparse
import hashlib
import re
import tomllib
from pathlib import Path

PACKS = Path(__file__).parents[1]
TEMPLATES = Path(__file__).parent / "manifests"

_TABLE = re.compile(r"\[([a-z_.]+)\]")
_EMPTY_DIGEST = 'sha256 = ""'


class ManifestError(Exception):
    """A template is not a manifest, or names a model file that does not exist."""


def refresh(pack: str) -> Path:
    """Write the manifest of a pack anew and return its path.

    Raises:
        ManifestError: see there.
    """
    template = TEMPLATES / f"{pack}.toml"
    folder = PACKS / pack
    target = folder / "manifest.toml"
    target.write_text(fill(template.read_text("utf-8"), folder), "utf-8")
    return target


def fill(template: str, folder: Path) -> str:
    """A template's text with each empty digest replaced by that of its own table's `file`.

    Raises:
        ManifestError: see there.
    """
    tables = tomllib.loads(template)
    table, lines = "", []
    for line in template.splitlines():
        if header := _TABLE.fullmatch(line.strip()):
            table = header[1]
        empty = line.strip() == _EMPTY_DIGEST
        lines.append(f'sha256 = "{_digest(tables, table, folder)}"' if empty else line)
    return "\n".join(lines) + "\n"


def _digest(tables: dict[str, object], table: str, folder: Path) -> str:
    entry = tables.get(table)
    name = entry.get("file") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not (folder / name).is_file():
        raise ManifestError(f"[{table}] names no model file in {folder}: {name!r}")
    return hashlib.sha256((folder / name).read_bytes()).hexdigest()


def main() -> None:
    """Write the manifests of the named packs, by default of all."""
    parser = argparse.ArgumentParser(description="Write the packs' manifests.")
    parser.add_argument("pack", nargs="*", help="by default all that have a template")
    packs = parser.parse_args().pack or [path.stem for path in sorted(TEMPLATES.glob("*.toml"))]
    for pack in packs:
        print(refresh(pack))


if __name__ == "__main__":
    main()
