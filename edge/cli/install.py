"""``watchpost install`` and ``uninstall``: a box from a machine, and the machine back."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import segno

from edge.errors import ConfigError
from edge.fleet.bundle import Bundle, read_bundle
from edge.install.answers import Answers
from edge.install.machine import Machine, SystemCommands
from edge.install.removal import removal_steps
from edge.install.step import carry_out
from edge.provision.search import read_bounded

ENV_PASSPHRASE = "WATCHPOST_BUNDLE_PASSPHRASE"  # noqa: S105 - a variable's name


def add_parser(subparsers: Any) -> None:
    """Add the two commands to the command line."""
    install = subparsers.add_parser("install", help="make this machine a box; run as root")
    install.add_argument("--bundle", type=Path, help=f"made by `fleet add`; ${ENV_PASSPHRASE}")
    install.add_argument("--box", default="", help="which box this is")
    install.add_argument("--site", default="", help="where it is; consents name it")
    install.add_argument("--camera", default="", help="picamera2, /dev/video0, rtsp://…")
    install.add_argument("--page", default="", metavar="HOST", help="0.0.0.0: seen in the LAN")
    install.set_defaults(run=_install)
    uninstall = subparsers.add_parser("uninstall", help="remove what is about people, then the box")
    uninstall.add_argument("--purge", action="store_true", help="settings, logs and users too")
    uninstall.set_defaults(run=_uninstall)
    for command in (install, uninstall):
        command.add_argument("--dry-run", action="store_true", help="show every change, do none")
        command.add_argument("--root", type=Path, default=Path("/"), help="another system's root")


def opened(path: Path) -> Bundle:
    """A bundle in a file, its passphrase from the environment.

    Raises:
        ConfigError: it is not usable.
    """
    return read_bundle(read_bounded(path), os.environ.get(ENV_PASSPHRASE))


def machine_at(root: Path) -> Machine:
    """The machine below a root folder.

    Raises:
        ConfigError: there is no such folder.
    """
    if not root.is_dir():
        raise ConfigError(f"There is no folder {root}.", "Give --root the root of a system.")
    return Machine(root.resolve(), SystemCommands())


def set_up(machine: Machine, answers: Answers, bundle: Bundle | None, *, dry_run: bool) -> int:
    """Carry the steps out and say how it ended; returns how many changed something."""
    # Passwords, certificates and the page's code are loaded only here.
    from edge.compose.install import command, page_address, plan

    steps, settings = plan(machine, answers, bundle)
    changes = carry_out(steps, print, dry_run=dry_run)
    address = page_address(settings)
    print(f"{changes} changes {'would be made' if dry_run else 'made'}.")
    print(f"Box {settings.box.id} at {settings.box.site}; its page: {address}")
    print(f"Its passwords: sudo {command()} status password")
    print(f"What to look at next: sudo {command()} doctor")
    print(f"The notice for the public: {address}notice")
    segno.make(f"{address}notice", micro=False).terminal(compact=True)
    return changes


def _install(args: argparse.Namespace) -> int:
    answers = Answers(args.box, args.site, args.camera, args.page)
    bundle = opened(args.bundle) if args.bundle else None
    set_up(machine_at(args.root), answers, bundle, dry_run=args.dry_run)
    return 0


def _uninstall(args: argparse.Namespace) -> int:
    steps = removal_steps(machine_at(args.root), purge=args.purge)
    changes = carry_out(steps, print, dry_run=args.dry_run)
    print(f"{changes} changes {'would be made' if args.dry_run else 'made'}.")
    return 0
