"""Installs a signed pack beside the others, all or nothing.

In: an archive, the keys that count, a trial of the models. Out: a folder
``<id>@<version>`` under the root. Always: signature, digests, manifest and trial come first, in
a folder that nothing looks into; then it is renamed into place. An installed pack is never
overwritten: the same one again is no change, another of the same name is refused. What was left
by an interrupted installation goes with the next.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.errors import PackError
from edge.modelstore import signature
from edge.modelstore.archive import CHUNK_BYTES, Archive, opened
from edge.modelstore.find import is_folder_name
from edge.recognise.pack import Pack, load_pack

_STAGE = ".new-"
_LOCK = ".lock"

Trial = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation did.

    Attributes:
        pack: the installed pack.
        fresh: False when the very same pack was there already.
    """

    pack: Pack
    fresh: bool


def install(
    archive: Path,
    root: Path,
    keys: Sequence[Ed25519PublicKey],
    trial: Trial,
    taken: Sequence[str] = (),
) -> Installed:
    """Verify an archive and install it.

    Args:
        archive: the zip file.
        root: the folder of installed packs; made when it is missing.
        keys: whose signature counts.
        trial: runs the models of a folder; raises :class:`PackError` when they do not fit.
        taken: ``id@version`` of packs that this release brings itself.

    Raises:
        PackError: the archive is not acceptable, another pack of that name and version is
            there, or the folder cannot be written.
    """
    try:
        with _locked(root), opened(archive) as members:
            stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=root))
            try:
                _unpack(members, stage, keys, str(archive))
                pack = _loaded(stage)
                target = root / pack.ref
                _check_free(pack, target, taken)
                if target.exists():
                    return Installed(load_pack(target), fresh=False)
                trial(stage)
                _settle(stage, target)
            finally:
                shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise PackError(
            f"The pack cannot be installed in {root} ({error.strerror}).",
            "Check its rights and free space; nothing was changed.",
        ) from error
    return Installed(load_pack(target), fresh=True)


def verify_installed(folder: Path, keys: Sequence[Ed25519PublicKey]) -> None:
    """Check an installed pack's signature and every file of it.

    Raises:
        PackError: a file is missing, altered or was added, or no key that counts signed it.
    """
    try:
        sums = _small(folder / signature.SUMS, signature.MAX_SUMS_BYTES)
        signed = _small(folder / signature.SIGNATURE, signature.MAX_SIGNATURE_BYTES)
        digests = signature.verified_sums(sums, signed, keys, str(folder))
        there = {path.name for path in folder.iterdir()} - {signature.SUMS, signature.SIGNATURE}
        if odd := there.symmetric_difference(digests):
            raise PackError(
                f"{folder} lacks or has beyond its signed files: {', '.join(sorted(odd))}.",
                "Remove the folder and install the pack again.",
            )
        for name, expected in digests.items():
            with (folder / name).open("rb") as file:
                _check_digest(name, hashlib.file_digest(file, "sha256").hexdigest(), expected)
    except OSError as error:
        raise PackError(
            f"The installed pack {folder} cannot be read ({error.strerror}).",
            "Remove the folder and install the pack again.",
        ) from error


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    root.mkdir(parents=True, exist_ok=True, mode=0o755)
    descriptor = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for left_over in root.glob(f"{_STAGE}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        yield
    finally:
        os.close(descriptor)


def _unpack(members: Archive, stage: Path, keys: Sequence[Ed25519PublicKey], shown: str) -> None:
    sums = members.read(signature.SUMS, signature.MAX_SUMS_BYTES)
    signed = members.read(signature.SIGNATURE, signature.MAX_SIGNATURE_BYTES)
    digests = signature.verified_sums(sums, signed, keys, shown)
    own = (signature.SUMS, signature.SIGNATURE)
    if odd := set(members.names).difference(own).symmetric_difference(digests):
        raise PackError(
            f"{shown} lacks or has beyond its signed files: {', '.join(sorted(odd))}.",
            "Get it again from its publisher.",
        )
    for name in members.names:
        found = _copy(members, name, stage / name)
        if name in digests:
            _check_digest(name, found, digests[name])


def _copy(members: Archive, name: str, target: Path) -> str:
    digest = hashlib.sha256()
    # Models are no secret, and the box's user must read what root installs.
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in members.chunks(name):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _check_digest(name: str, found: str, expected: str) -> None:
    if found != expected:
        raise PackError(
            f"{name} is damaged: its SHA-256 is {found[:12]}…, the signed one {expected[:12]}….",
            "Get the pack again from its publisher.",
        )


def _loaded(stage: Path) -> Pack:
    pack = load_pack(stage)
    for file in (pack.stated(part).file for part in pack.parts):
        if file != Path(file).name:
            raise PackError(
                f"The manifest names the model {file}, which is not in the archive.",
                "Ask the publisher to make the archive with `watchpost models pack`.",
            )
    return pack


def _check_free(pack: Pack, target: Path, taken: Sequence[str]) -> None:
    if not is_folder_name(pack.ref):
        raise PackError(
            f"{pack.ref} is no name of a pack: a part of its version has more than six digits.",
            "Ask the publisher for another version number.",
        )
    if pack.ref in taken:
        raise PackError(
            f"This release brings a pack {pack.ref} itself.",
            "Use that one, or ask the publisher for another id or version.",
        )
    if target.exists() and _sums(target) != _sums(pack.folder):
        raise PackError(
            f"Another pack {pack.ref} is installed in {target}.",
            "A version is never changed: ask the publisher for a new version number.",
        )


def _sums(folder: Path) -> bytes:
    return _small(folder / signature.SUMS, signature.MAX_SUMS_BYTES)


def _small(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(min(limit, CHUNK_BYTES) + 1)


def _settle(stage: Path, target: Path) -> None:
    stage.chmod(0o755)
    _sync(stage)
    stage.rename(target)
    _sync(target.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
