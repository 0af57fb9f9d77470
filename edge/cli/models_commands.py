"""What the commands of ``watchpost models`` do; ``models.py`` has their options.

In: parsed options. Out: printed lines and an exit code. Archives are downloaded into the folder
of installed packs and deleted again whatever becomes of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from edge.cli.config import pack_of, settings_of
from edge.compose import box
from edge.errors import ConfigError, PackError
from edge.modelstore import fetch
from edge.modelstore.build import build
from edge.modelstore.find import installed_packs
from edge.modelstore.install import install, verify_installed
from edge.modelstore.signature import public_text, publisher_keys, signing_key
from edge.modelstore.trial import describe
from edge.recognise.pack import Pack, load_pack
from edge.runtime.setting_tables import Settings

_MAX_PASSPHRASE = 4096
_FETCHED = ".fetched-"


def run_list(args: argparse.Namespace) -> int:
    """Print bundled and installed packs."""
    settings = settings_of(args)
    rows = []
    for folder in (*box.bundled_packs(), *installed_packs(box.installed_folder(settings))):
        origin = "bundled" if folder.parent == box.packs_folder() else "installed"
        rows.append({"name": folder.name, "origin": origin, **_summary(folder)})
    if args.json:
        _print_json(rows)
        return 0
    for row in rows:
        print(
            f"{row['name']:24} {row['pack']:26} {row['origin']:9} {row['licence']:28} "
            f"{row['title']}"
        )
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print what a pack is."""
    pack = pack_of(args)
    shown = _facts(pack)
    if args.json:
        _print_json(shown)
        return 0
    for name, value in shown.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for key, one in value.items():
                lines = one if isinstance(one, list) else [one]
                for line in lines:
                    print(f"  {key:12} {line}")
        else:
            print(f"{name:14} {value}")
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """Check a pack's files and run its models."""
    from edge.compose.models import tried

    settings = settings_of(args)
    root = box.installed_folder(settings)
    pack = box.load(args.pack, root)
    signed = pack.folder.parent == root
    if signed:
        verify_installed(pack.folder, publisher_keys((*settings.pack.keys, *args.key)))
    trial = tried(pack.folder)
    if args.json:
        _print_json({**dataclasses.asdict(trial), "signed": signed})
        return 0
    print(
        f"{pack.ref}: files are whole{' and signed' if signed else ''} and fit the manifest. "
        f"Two pictures of one rendered person are at least {trial.same_person:.3f} alike, of "
        f"two people at most {trial.other_person:.3f}. Detection {trial.detect_ms:.1f} ms, "
        f"template {trial.embed_ms:.1f} ms."
    )
    return 0


def run_add(args: argparse.Namespace) -> int:
    """Install a pack from an archive."""
    settings = settings_of(args)
    if args.sha256:
        _check_sha256(args.archive, args.sha256.lower())
    _install(args.archive, settings, args.key)
    return 0


def run_fetch(args: argparse.Namespace) -> int:
    """Download a pack and install it."""
    settings = settings_of(args)
    publisher_keys((*settings.pack.keys, *args.key))  # before anything is downloaded
    address, sha256 = args.pack, args.sha256.lower()
    if not fetch.is_address(args.pack):
        found = fetch.look_up(args.pack, args.index or settings.pack.index)
        address, sha256 = found.url, sha256 or found.sha256
        print(f"{found.ref}: {found.title or address}")
    root = box.installed_folder(settings)
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o755)
        _remove_abandoned(root)
        with tempfile.TemporaryDirectory(prefix=_FETCHED, dir=root) as folder:
            archive = Path(folder) / "pack.zip"
            fetch.download(address, archive, sha256)
            _install(archive, settings, args.key)
    except OSError as error:
        raise PackError(
            f"{root} cannot be written ({error.strerror}).",
            "Check its rights and free space; nothing was changed.",
        ) from error
    return 0


def run_pack(args: argparse.Namespace) -> int:
    """Make a signed archive."""
    key = signing_key(args.key, _passphrase(args.passphrase_file))
    pack = build(args.folder, args.out, key)
    with args.out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    print(f"Packed {pack.ref} into {args.out}, {args.out.stat().st_size} bytes.")
    print(f"sha256 {digest}")
    print(f"key    {public_text(key)}")
    return 0


def _remove_abandoned(root: Path) -> None:
    """Downloads of commands that were killed; one that still runs is younger."""
    oldest_s = time.time() - 2 * fetch.PATIENCE.whole_s
    for folder in root.glob(f"{_FETCHED}*"):
        if folder.stat().st_mtime < oldest_s:
            shutil.rmtree(folder, ignore_errors=True)


def _install(archive: Path, settings: Settings, more_keys: list[str]) -> None:
    from edge.compose.models import tried

    keys = publisher_keys((*settings.pack.keys, *more_keys))
    taken = tuple(load_pack(folder).ref for folder in box.bundled_packs())
    done = install(archive, box.installed_folder(settings), keys, tried, taken)
    ref = done.pack.ref
    if not done.fresh:
        print(f"{ref} is installed already; nothing was changed.")
        return
    print(f"Installed {ref} in {done.pack.folder}.")
    print(f'Set name = "{ref}" under [pack] to use it. Its templates are its own: people are')
    print("enrolled again, `watchpost register re-enrol` says who.")


def _summary(folder: Path) -> dict[str, str]:
    try:
        pack = load_pack(folder)
    except PackError as error:
        # One damaged pack must not hide the others.
        return {"pack": "damaged", "licence": "", "title": error.problem}
    info = pack.manifest.pack
    return {"pack": pack.ref, "licence": info.licence, "title": info.title}


def _facts(pack: Pack) -> dict[str, Any]:
    stated = pack.manifest
    tensors = describe(pack)
    parts: dict[str, Any] = {}
    for name, part, path in (
        ("detector", stated.detector, pack.detector_file),
        ("embedder", stated.embedder, pack.embedder_file),
    ):
        parts[name] = {
            "file": part.file,
            "bytes": path.stat().st_size,
            "sha256": part.sha256,
            "licence": part.licence,
            "source": part.source,
            "tensors": list(tensors[name]),
        }
    card = pack.folder / "CARD.md"
    return {
        "pack": pack.ref,
        "title": stated.pack.title,
        "licence": stated.pack.licence,
        "folder": str(pack.folder),
        "card": str(card) if card.is_file() else "",
        **parts,
        "cohort": stated.cohort.model_dump(mode="json") if stated.cohort else None,
        "quality": stated.quality.model_dump(mode="json"),
        "decision": stated.decision.model_dump(mode="json"),
        "calibration": {"source": stated.calibration.source},
    }


def _check_sha256(archive: Path, expected: str) -> None:
    try:
        with archive.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PackError(
            f"The archive {archive} cannot be read ({error.strerror}).", "Check its path."
        ) from error
    if found != expected:
        raise PackError(
            f"{archive} has the SHA-256 {found[:12]}…, not {expected[:12]}….",
            "Get the archive again, and the digest from its publisher.",
        )


def _passphrase(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(_MAX_PASSPHRASE).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The passphrase file {path} cannot be read.", "Check its path."
        ) from error


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
