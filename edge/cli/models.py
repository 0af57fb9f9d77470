"""``watchpost models``: the options of the commands for model packs; deeds in models_commands.py.

Packs are bundled with the release, or installed from signed archives into ``packs`` in
``box.state_dir``, where ``pack.name`` finds them.
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

from edge.cli import models_commands as run
from edge.cli.config import add_config_option

_DESCRIPTION = """\
Model packs: a face detector, an embedder, and the limits that belong to the two.
Name an installed one as pack.name in the settings, by id or by id@version.
"""
_EPILOG = """\
an example:
  watchpost models fetch https://packs.example.org/greys-1.2.0.zip --key BASE64
  watchpost models show greys
  watchpost register re-enrol --config box.toml   # templates do not move between packs
"""


def add_parser(subparsers: Any) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser(
        "models",
        help="list, try, install and make model packs",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    _add_queries(commands)
    _add_installing(commands)
    _add_pack(commands)
    if importlib.util.find_spec("edge.cli.models_calibrate"):
        importlib.import_module("edge.cli.models_calibrate").add_parser(commands)


def _add_queries(commands: Any) -> None:
    listing = commands.add_parser("list", help="bundled and installed packs")
    listing.set_defaults(run=run.run_list)
    show = commands.add_parser("show", help="what a pack is: licences, files, inputs, limits")
    show.set_defaults(run=run.run_show)
    verify = commands.add_parser(
        "verify",
        help="check a pack's files and run its models",
        description="Checks digests, and the signature of an installed pack; then runs the "
        "models on rendered people. Exit 4 when the pack is not sound.",
    )
    verify.set_defaults(run=run.run_verify)
    for command in (listing, show, verify):
        add_config_option(command)
        command.add_argument("--json", action="store_true")
    for command in (show, verify):
        command.add_argument("pack", metavar="PACK", help="name, id, id@version or folder")
    _add_keys(verify)


def _add_installing(commands: Any) -> None:
    add = commands.add_parser(
        "add",
        help="install a pack from a signed archive",
        description="Checks signature, digests and manifest, runs the models, then installs. "
        "An installed version is never changed.",
    )
    add.add_argument("archive", type=Path, metavar="FILE.zip")
    add.set_defaults(run=run.run_add)
    fetch = commands.add_parser(
        "fetch",
        help="download a pack and install it",
        description="By address (https, file, or http on this machine) or by name through an "
        "index. The download is checked as by `add`.",
    )
    fetch.add_argument("pack", metavar="NAME|URL")
    fetch.add_argument("--index", metavar="URL", help="where names are looked up; else pack.index")
    fetch.set_defaults(run=run.run_fetch)
    for command in (add, fetch):
        add_config_option(command)
        _add_keys(command)
        command.add_argument("--sha256", default="", metavar="HEX", help="what the archive has")


def _add_pack(commands: Any) -> None:
    command = commands.add_parser(
        "pack",
        help="make a signed archive of a pack's folder (for publishers)",
        description="Prints the archive's SHA-256 and the public key for pack.keys. Make a key "
        "with `openssl genpkey -algorithm ed25519 -out KEY.pem`.",
    )
    command.add_argument("folder", type=Path, metavar="DIR")
    command.add_argument("out", type=Path, metavar="OUT.zip")
    command.add_argument("--key", type=Path, required=True, metavar="KEY.pem")
    command.add_argument("--passphrase-file", type=Path, help="its first line opens the key")
    command.set_defaults(run=run.run_pack)


def _add_keys(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="BASE64",
        help="a publisher's public key that counts beside pack.keys; may be repeated",
    )
