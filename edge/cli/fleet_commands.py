"""What the commands of ``watchpost fleet`` do.

Keys and bundles are written for their owner only, never over a file that exists, and never into
the list of certificates.
"""

from __future__ import annotations

import argparse
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.errors import ConfigError
from edge.fleet.bundle import ENDING, MAX_MEMBER_BYTES, Bundle, read_bundle, write_bundle
from edge.fleet.certificates import Identity, box_name, receiver_name
from edge.fleet.folder import Fleet, check_passphrase, make_fleet, open_fleet
from edge.fleet.fragment import Wanted, settings_text
from edge.runtime.atomic_file import write_new_file

ENV_FLEET = "WATCHPOST_FLEET"
ENV_PASSPHRASE = "WATCHPOST_FLEET_PASSPHRASE"  # noqa: S105 - the name of a variable
ENV_BUNDLE = "WATCHPOST_BUNDLE_PASSPHRASE"
SHORTEST, LONGEST = timedelta(days=1), timedelta(days=3650)


def run_init(args: argparse.Namespace) -> int:
    """Make a fleet."""
    passphrase = None if args.no_passphrase else os.environ.get(ENV_PASSPHRASE) or None
    if passphrase is None and not args.no_passphrase:
        raise ConfigError(
            "There is no passphrase for the authority's key.",
            f"Set {ENV_PASSPHRASE}, or say --no-passphrase.",
        )
    make_fleet(args.folder, args.name, passphrase)
    print(f"Made the fleet {args.folder}. Back it up: without it no box can be added or revoked.")
    print("Next: `watchpost fleet broker HOST` for the broker's certificate.")
    return 0


def run_broker(args: argparse.Namespace) -> int:
    """Make the broker's certificate."""
    made = _opened(args).sign_server(args.hosts, _now(), args.valid_for)
    _write_identity(args.out, "server", made)
    print("The broker needs these two, and ca.pem and revoked.crl of the fleet.")
    return 0


def run_receiver(args: argparse.Namespace) -> int:
    """Make a receiver's certificate."""
    name = receiver_name(args.name)
    _write_identity(args.out, name, _opened(args).sign_client(name, _now(), args.valid_for))
    print(f"Give {name} its block in the broker's access rules (watchpost.acl).")
    return 0


def run_add(args: argparse.Namespace) -> int:
    """Make a box's certificate and bundle."""
    name, passphrase = box_name(args.site, args.box), os.environ.get(ENV_BUNDLE) or None
    check_passphrase(passphrase)
    files = _files(args)
    path = args.out / f"{args.site}_{args.box}{ENDING}"
    _refuse_existing(path)
    fleet = _opened(args)
    if not args.renew and any(one.name == name and one.live(_now()) for one in fleet.issued()):
        raise ConfigError(
            f"{name} has a certificate already.",
            "Say --renew for a new one, or `watchpost fleet revoke` it first.",
        )
    files["ca.pem"] = fleet.authority_pem
    made = fleet.sign_client(name, _now(), args.valid_for)
    data = write_bundle(Bundle(args.site, args.box, files), made, passphrase)
    read_bundle(data, passphrase)
    _write(path, data)
    until = made.certificate.not_valid_after_utc.date()
    print(f"{path}: for {name}, valid until {until}.")
    if passphrase is None:
        print("It holds the box's open key: carry it to the box and delete it here.")
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    """Withdraw a name's certificates."""
    fleet = _opened(args)
    count = fleet.revoke(args.name, _now())
    if count == 0:
        raise ConfigError(
            f"{args.name} has no live certificate.", "See `watchpost fleet list` for the names."
        )
    print(f"Revoked {count} of {args.name}. Copy {_folder(args) / 'revoked.crl'} to the broker")
    print("and restart it: it then refuses this name and ends its connection.")
    return 0


def run_list(args: argparse.Namespace) -> int:
    """Show the certificates."""
    now = _now()
    for one in _opened(args).issued():
        if args.json:
            print(json.dumps(one.model_dump(mode="json"), separators=(",", ":")))
            continue
        state = "live" if one.live(now) else "revoked" if one.revoked_at else "expired"
        print(f"{one.name}  {state}  {one.issued_at.date()} to {one.expires_at.date()}")
    return 0


def _files(args: argparse.Namespace) -> dict[str, bytes]:
    wanted = Wanted(
        args.site,
        args.box,
        args.broker,
        args.port,
        args.ack,
        source=args.source,
        has_root=args.root is not None,
    )
    files = {"watchpost.toml": settings_text(wanted).encode()}
    if args.root is not None:
        try:
            with args.root.open("rb") as file:
                root = file.read(MAX_MEMBER_BYTES + 1)
            json.loads(root)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{args.root} is no root.json that can be read.",
                "Name the root.json of the register.",
            ) from error
        files["root.json"] = root
    return files


def _folder(args: argparse.Namespace) -> Path:
    return Path(args.fleet or os.environ.get(ENV_FLEET) or ".")


def _opened(args: argparse.Namespace) -> Fleet:
    return open_fleet(_folder(args), os.environ.get(ENV_PASSPHRASE) or None)


def _write_identity(folder: Path, name: str, made: Identity) -> None:
    for ending in (".key", ".pem"):
        _refuse_existing(folder / f"{name}{ending}")
    _write(folder / f"{name}.key", made.key_pem())
    _write(folder / f"{name}.pem", made.pem)
    until = made.certificate.not_valid_after_utc.date()
    print(f"{folder / name}.pem and .key, valid until {until}.")


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise ConfigError(f"{path} exists already.", "Move it away, or choose another --out.")


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = write_new_file(path, data)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({error.strerror}).", "Choose another --out."
        ) from error
    if not written:
        _refuse_existing(path)


def _now() -> datetime:
    return datetime.now(UTC)
