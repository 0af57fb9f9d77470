"""Makes a signed archive of a pack's folder: what a publisher does.

In: a verified pack and the publisher's key. Out: a zip file that ``install.py`` takes. Always:
the same folder and key give the same bytes; only files that a pack may have go in, and a
leftover that may not is named instead of left out in silence. A model that lies in a
neighbouring pack goes in too, and the manifest in the archive names it there.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import PackError
from edge.modelstore import signature
from edge.modelstore.archive import MAX_MEMBER_BYTES, MAX_MEMBERS, allowed_name
from edge.recognise.pack import Pack, load_pack

_MANIFEST = "manifest.toml"
_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file knows
_MODE = 0o100644


def build(folder: Path, out: Path, key: Ed25519PrivateKey) -> Pack:
    """Write a signed archive; returns the pack that went in.

    Raises:
        PackError: the pack is not whole, has a file that no pack has, or the archive cannot
            be written.
    """
    pack = load_pack(folder)
    try:
        members = _members(pack)
        data = _zipped(members, key)
        with out.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise PackError(
            f"The archive {out} cannot be written ({error.strerror}).",
            "Choose a path that is free and writable.",
        ) from error
    return pack


def _members(pack: Pack) -> dict[str, bytes]:
    paths = {path.name: path for path in pack.folder.iterdir() if path.name not in _OWN}
    manifest = (pack.folder / _MANIFEST).read_text("utf-8")
    for part, path in pack.parts.items():
        stated = pack.stated(part).file
        if paths.setdefault(path.name, path).resolve() != path.resolve():
            raise PackError(
                f"{pack.folder} has a file {path.name} that is not the {part} its manifest names.",
                "Give the two files different names.",
            )
        manifest = manifest.replace(f'"{stated}"', f'"{path.name}"')
    for name, path in paths.items():
        if not allowed_name(name) or not path.is_file() or path.stat().st_size > MAX_MEMBER_BYTES:
            raise PackError(
                f"{path} is nothing that a pack may have.", "Take it out of the pack's folder."
            )
    if len(paths) + len(_OWN) > MAX_MEMBERS:
        raise PackError(
            f"{pack.folder} has {len(paths)} files; a pack has at most {MAX_MEMBERS - len(_OWN)}.",
            "Take out what the pack does not need.",
        )
    return {name: path.read_bytes() for name, path in paths.items()} | {
        _MANIFEST: manifest.encode("utf-8")
    }


_OWN = (signature.SUMS, signature.SIGNATURE)


def _zipped(members: dict[str, bytes], key: Ed25519PrivateKey) -> bytes:
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    sums = signature.write_sums(digests)
    whole = {signature.SUMS: sums, signature.SIGNATURE: signature.sign(sums, key)} | members
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in sorted(whole):
            info = zipfile.ZipInfo(name, _MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = _MODE << 16
            zipped.writestr(info, whole[name])
    return buffer.getvalue()
