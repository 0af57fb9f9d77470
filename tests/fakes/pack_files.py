"""Pack folders and signed archives whose "models" are a few bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.modelstore.build import build
from tests.fakes.packs import manifest

PUBLISHER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def to_toml(tree: dict[str, Any], prefix: str = "") -> str:
    """A TOML text of nested dicts of plain values; enough for a manifest."""

    def literal(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return f'"{value}"'
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(literal(one) for one in value)}]"
        return str(value)

    lines = [f"{k} = {literal(v)}" for k, v in tree.items() if not isinstance(v, dict)]
    for key, value in tree.items():
        if isinstance(value, dict):
            name = f"{prefix}{key}"
            lines += [f"[{name}]", to_toml(value, f"{name}.")]
    return "\n".join(lines)


def pack_folder(folder: Path, *, version: str = "1.0.0", models: str = "first") -> Path:
    """Write a whole pack ``fake@<version>`` and return its folder."""
    folder.mkdir(parents=True)
    tree = manifest().model_dump(by_alias=True, exclude_none=True)
    tree["pack"]["version"] = version
    for part in ("detector", "embedder"):
        data = f"{models} {part}".encode()
        (folder / f"{part}.tflite").write_bytes(data)
        tree[part]["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "manifest.toml").write_text(to_toml(tree))
    (folder / "CARD.md").write_text("# A fake\n")
    return folder


def archive(folder: Path, name: str, key: Ed25519PrivateKey = PUBLISHER, **pack: str) -> Path:
    """A signed archive of such a pack."""
    out = folder / f"{name}.zip"
    build(pack_folder(folder / name, **pack), out, key)
    return out
