"""``watchpost provision``: sets a box up from a bundle and wipes the bundle."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edge.cli.config import add_config_option, settings_of
from edge.cli.install import machine_at, opened, set_up
from edge.errors import ConfigError
from edge.install.answers import Answers
from edge.install.removal import wipe_file
from edge.provision.search import find_bundle


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "provision", help="set this box up from a bundle of `fleet add`, and wipe the bundle"
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", type=Path, help="the bundle")
    which.add_argument("--search", action="store_true", help="look in provision.folders")
    parser.add_argument("--root", type=Path, default=Path("/"), help="another system's root")
    add_config_option(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    machine = machine_at(args.root)
    path: Path | None = args.file
    if args.search:
        folders = settings_of(args).provision.folders
        path = find_bundle(machine.at(folder) for folder in folders)
    if path is None:
        print("No bundle was found.")
        return 0
    set_up(machine, Answers(), opened(path), dry_run=False)
    try:
        wipe_file(path)  # it holds the box's key; only now is it not needed any more
    except OSError as error:
        raise ConfigError(
            f"The box is set up, but {path} cannot be wiped ({error.strerror}).",
            "Delete it by hand: whoever has it can pass for this box.",
        ) from error
    print(f"{path} was wiped.")
    return 0
