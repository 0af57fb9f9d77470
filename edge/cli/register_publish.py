"""``watchpost register publish``, ``revoke``, ``rotate-keys`` and ``announce``: what boxes see.

In: parsed options. Out: printed lines and an exit code; 6 when a revocation did not get
everywhere. The online key is used without a passphrase unless it was made with one, so
``publish`` and ``revoke`` work unattended.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from edge.cli import register_commands as run
from edge.cli.hits import add_broker_options, broker_settings
from edge.errors import RegisterError
from edge.register.broker import announce
from edge.register.database import Register
from edge.register.destinations import destinations, forget
from edge.register.enrol import revoke
from edge.register.keys import GIVES_ONLINE, ROOT_VALID, Secrets
from edge.register.publish import ROOT_WARNING, VERSION, Published, publish
from edge.register.repository import destination_folder
from edge.register.upload import address_of, copy_for, forget_copy, is_web_address, send_to
from edge.register.withdraw import Withdrawn, withdraw
from edge.runtime.setting_values import Duration

AddOptions = Callable[[argparse.ArgumentParser], None]
VALID_FOR = timedelta(days=30)


def add_parsers(commands: Any, add_folder: AddOptions, add_passphrase: AddOptions) -> None:
    """Add the commands to ``watchpost register``.

    Args:
        commands: the group's sub-commands.
        add_folder: adds the option for the register's folder.
        add_passphrase: adds the option for the root key's passphrase.
    """
    _add_publish(commands, add_folder)
    _add_revoke(commands, add_folder)
    _add_announce(commands, add_folder)
    _add_rotate(commands, add_folder, add_passphrase)


def _add_publish(commands: Any, add_folder: AddOptions) -> None:
    command = commands.add_parser(
        "publish",
        help="write the signed repository for boxes",
        description="Plain files, in a folder (for a web server, a bucket, a USB stick) or sent "
        "to a web server with the login of ~/.netrc. Only "
        "what has changed is written. Without a destination: where it was published last.",
    )
    add_folder(command)
    command.add_argument(
        "destination",
        nargs="?",
        metavar="DIR|URL",
        help="a path, or a https:// address that takes WebDAV's PUT",
    )
    command.add_argument("--valid-for", type=_duration, metavar=f"{VALID_FOR.days}d")
    command.add_argument(
        "--site", nargs="+", help="leave out entries that cover none of these; '*' for no limit"
    )
    command.add_argument(
        "--after-restore",
        action="store_true",
        help="go on above the repository's version, after an old backup was restored",
    )
    command.add_argument("--forget", metavar="DIR", help="publish there no more, and do only this")
    command.add_argument("--json", action="store_true")
    _add_announce_options(command)
    command.set_defaults(run=run_publish)


def _add_revoke(commands: Any, add_folder: AddOptions) -> None:
    command = commands.add_parser(
        "revoke",
        help="erase an entry, or all of a person's entries, and tell boxes at once",
        description="Erases name, templates and the stored consent document. The audit log "
        "keeps the ids, the document's SHA-256 and the reason. The revocation is published "
        "wherever the register has published; the next publish rewrites the files that held "
        "the template.",
    )
    add_folder(command)
    command.add_argument("id", metavar="ENTRY|PERSON")
    command.add_argument("--reason", required=True, help="without names: it stays in the log")
    command.add_argument("--no-publish", action="store_true", help="erase it here only")
    _add_announce_options(command)
    command.set_defaults(run=run_revoke)


def _add_announce(commands: Any, add_folder: AddOptions) -> None:
    command = commands.add_parser(
        "announce",
        help="tell boxes over MQTT to look for the newest version now",
        description="For repositories that are copied to their server after publishing. A box "
        "that is not told looks at its own interval.",
    )
    add_folder(command)
    add_broker_options(command)
    command.set_defaults(run=run_announce)


def _add_rotate(commands: Any, add_folder: AddOptions, add_passphrase: AddOptions) -> None:
    command = commands.add_parser(
        "rotate-keys",
        help="make a new online key, and with --root a new root key",
        description="Needs the root key and its passphrase; the old keys count no more once "
        f"boxes have read the next publishing. A root is good for {ROOT_VALID.days // 365} years.",
    )
    add_folder(command)
    add_passphrase(command)
    command.add_argument("--root", action="store_true", help="make a new root key as well")
    command.add_argument(
        "--root-key", type=Path, metavar="FILE", help="the root key, when it is kept elsewhere"
    )
    command.set_defaults(run=run_rotate)


def _add_announce_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("telling boxes at once, over MQTT")
    group.add_argument("--announce", dest="broker", metavar="mqtts://HOST:PORT")
    group.add_argument("--username", default="", help="user name at the broker")
    group.add_argument("--password-file", type=Path, help="file that holds the password")
    group.add_argument("--ca-file", type=Path, help="the CA that signed the broker's certificate")
    group.add_argument("--cert-file", type=Path, help="this client's certificate")
    group.add_argument("--key-file", type=Path, help="this client's key")


def run_publish(args: argparse.Namespace) -> int:
    """Bring a repository up to date."""
    broker = broker_settings(args) if args.broker else None
    with run.opened(args) as register:
        if args.forget:
            folder = _folder_of(register, args.forget)
            forget(register, folder)
            forget_copy(register, folder)
            print(f"{args.forget} is no destination any more; its files are as they were.")
            return 0
        folder, valid_for, sites = _where(register, args)
        if args.destination and is_web_address(args.destination):
            send_to(register, folder, args.destination)
        done = publish(
            register,
            folder,
            valid_for,
            sites,
            online_passphrase=online_passphrase(),
            after_restore=args.after_restore,
        )
        clock = register.clock
        _print_published(done, register, as_json=args.json)
    if broker:
        announce(broker, done.version, clock)
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    """Erase an entry or a person, and publish that."""
    broker = broker_settings(args) if args.broker else None
    with run.opened(args) as register:
        gone = revoke(register, args.id, args.reason)
        print(f"Entries erased: {len(gone)}.")
        told = () if args.no_publish else withdraw(register, gone, online_passphrase())
        for one in told:
            _print_withdrawn(one, _name_of(register, one.folder))
        if not told:
            print("Publish now, so that boxes forget them too.")
        versions = [one.version for one in told if one.version is not None]
        if broker and versions:
            announce(broker, max(versions), register.clock)
    return RegisterError.exit_code if any(one.problem for one in told) else 0


def run_announce(args: argparse.Namespace) -> int:
    """Announce the newest version."""
    settings = broker_settings(args)
    with run.opened(args) as register:
        version = int(register.setting(VERSION) or 0)
        if not version:
            raise RegisterError("Nothing was published yet.", "`watchpost register publish DIR`.")
        announce(settings, version, register.clock)
    print(f"Announced version {version}.")
    return 0


def run_rotate(args: argparse.Namespace) -> int:
    """Make new keys."""
    with run.opened(args) as register:
        secrets = Secrets(run.passphrase_of(args), online_passphrase())
        register.keys.root_signer(secrets.root, args.root_key)  # fails before a line is written
        with register.change():
            register.record("rotate-keys", {"root_too": int(args.root)})
        made = register.keys.rotate(
            secrets, register.clock.utc(), root_too=args.root, root_key=args.root_key
        )
        known = [_name_of(register, one.folder) for one in destinations(register)]
    print(
        f"Made root {made.version}, good until {made.expires:%Y-%m-%d}. The old keys are deleted."
    )
    if args.root_key and args.root:
        print(f"Destroy {args.root_key} and its copies: the new root key is in the register.")
    for one in known:
        print(f"Publish now: watchpost register publish {one}")
    return 0


def online_passphrase() -> str | None:
    """The online key's passphrase; None when it has none."""
    return os.environ.get(GIVES_ONLINE) or None


def _where(register: Register, args: argparse.Namespace) -> tuple[Path, timedelta, tuple[str, ...]]:
    """What to publish to, as told, or else as the last time there."""
    known = destinations(register)
    if args.destination is None and not known:
        raise RegisterError(
            "It is not known where to publish.", "Name a folder: `watchpost register publish DIR`."
        )
    folder = _folder_of(register, args.destination) if args.destination else known[0].folder
    before = next((one for one in known if one.folder == folder), None)
    valid_for = args.valid_for or (before.valid_for if before else VALID_FOR)
    sites = args.site if args.site is not None else (before.sites if before else ())
    return folder, valid_for, () if "*" in sites else tuple(sites)


def _folder_of(register: Register, address: str) -> Path:
    """Where a destination's files are written: there, or in the copy that is sent on."""
    return copy_for(register, address) if is_web_address(address) else destination_folder(address)


def _name_of(register: Register, folder: Path) -> str:
    """A destination as it was given."""
    return address_of(register, folder) or str(folder)


def _print_published(done: Published, register: Register, *, as_json: bool) -> None:
    if as_json:
        run.print_json(
            {
                "folder": _name_of(register, done.folder),
                "version": done.version,
                "expires_at": done.expires_at.isoformat(),
                "entries": done.entries,
                "left_out": dict(done.left_out),
                "segments": done.segments,
                "segments_new": done.segments_new,
                "size_bytes": done.size_bytes,
                "written_bytes": done.written_bytes,
            }
        )
        return
    print(
        f"Published version {done.version} with {done.entries} entries to "
        f"{_name_of(register, done.folder)}, valid "
        f"until {done.expires_at:%Y-%m-%d %H:%M} UTC. Bytes written: {done.written_bytes}; "
        f"segments: {done.segments}, new ones {done.segments_new}."
    )
    for reason, count in sorted(done.left_out.items()):
        print(f"Left out {count}: {reason}.")
    if done.root_expires - register.clock.utc() < ROOT_WARNING:
        print(
            f"Warning: the root ends on {done.root_expires:%Y-%m-%d}, and boxes trust nothing "
            "after it. Renew it with `watchpost register rotate-keys`."
        )


def _print_withdrawn(one: Withdrawn, name: str) -> None:
    if one.problem is not None:
        print(f"NOT published to {name}: {one.problem}")
    elif one.version is None:
        print(f"{name} did not hold them.")
    else:
        print(
            f"Revoked in version {one.version} at {name} ({one.written_bytes} bytes). "
            "Publish soon, so that its files lose the templates too."
        )


def _duration(text: str) -> timedelta:
    try:
        return TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 12h or 30d") from error
