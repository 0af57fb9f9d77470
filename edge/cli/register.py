"""``watchpost register``: the operator's commands for people, consent and publishing.

Commands take the register's folder from ``--register``, else from ``WATCHPOST_REGISTER``,
else the current folder. The models are loaded only by ``add``.
"""

from __future__ import annotations

import argparse
import os
from datetime import date
from pathlib import Path
from typing import Any

from edge.cli import (
    register_bulk,
    register_erasures,
    register_export,
    register_publish,
    register_re_enrol,
    register_show,
)
from edge.cli import register_commands as run
from edge.cli.config import add_config_option
from edge.register.consent import GIVERS, MAX_MONTHS
from edge.register.enrol import Limits
from edge.register.photos import PhotoReader
from edge.runtime.setting_tables import Settings

ENV_REGISTER = "WATCHPOST_REGISTER"


def _real_reader(settings: Settings) -> PhotoReader:
    from edge.compose.register import photo_reader

    return photo_reader(settings)


def _real_old_reader(settings: Settings, pack: str) -> PhotoReader:
    from edge.compose.register import old_photo_reader

    return old_photo_reader(settings, pack)


def add_parser(
    subparsers: Any,
    make_reader: run.MakeReader = _real_reader,
    make_old_reader: register_re_enrol.MakeOldReader = _real_old_reader,
) -> None:
    """Add the group to the command line.

    Args:
        subparsers: what ``add_subparsers`` returned.
        make_reader: builds what reads photos for ``add`` and ``re-enrol``.
        make_old_reader: builds the same for another pack than the settings name.
    """
    group = subparsers.add_parser(
        "register",
        help="enrol people with their consent, revoke, publish",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    _add_init(commands)
    _add_list_add(commands)
    _add_add(commands, make_reader)
    register_show.add_parsers(commands, _add_folder)
    _add_audit(commands)
    register_publish.add_parsers(commands, _add_folder, _add_passphrase)
    register_erasures.add_parser(commands, _add_folder)
    register_export.add_parsers(commands, _add_folder, _add_passphrase)
    register_re_enrol.add_parser(commands, make_reader, make_old_reader, _add_folder, run.opened)


_DESCRIPTION = """\
The operator's register of consenting people. It is a folder; commands other than init
take it from --register, else from $WATCHPOST_REGISTER, else the current folder.
"""
_EPILOG = """\
an example from the start:
  watchpost register init people --list guests --purpose "Greet our guests." --show-label
  cd people
  watchpost register add --name "Ada L." --list guests --photo 1.jpg 2.jpg 3.jpg \\
      --consent form.pdf --given-by self --given-on 2026-01-31 --expires 2027-01-31 --site '*'
  watchpost register publish /srv/www/watchlist --valid-for 30d
"""


def _add_init(commands: Any) -> None:
    init = commands.add_parser("init", help="make a register and its keys")
    init.add_argument("folder", type=Path, metavar="DIR")
    _add_list_options(init, required=False)
    _add_passphrase(init)
    init.add_argument("--no-passphrase", action="store_true", help="keep the root key unencrypted")
    init.set_defaults(run=run.run_init)


def _add_list_add(commands: Any) -> None:
    command = commands.add_parser("list-add", help="add a list: a purpose people consent to")
    _add_folder(command)
    _add_list_options(command, required=True)
    command.set_defaults(run=run.run_list_add)


def _add_add(commands: Any, make_reader: run.MakeReader) -> None:
    limits = Limits()
    command = commands.add_parser(
        "add",
        help="enrol a person, or the people of a table, with consent and photos",
        description="Days are UTC; a consent ends when its --expires day begins, at most "
        f"{MAX_MONTHS} months after --given-on. Photos are read and not kept, unless "
        "--keep-photos says so.",
    )
    _add_folder(command)
    add_config_option(command)
    command.add_argument("--name")
    command.add_argument("--list", metavar="ID", dest="list_id")
    command.add_argument("--photo", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--consent", type=Path, metavar="FILE", help="the signed document")
    command.add_argument("--given-by", choices=GIVERS)
    command.add_argument("--given-on", type=date.fromisoformat, metavar="DATE")
    command.add_argument("--expires", type=date.fromisoformat, metavar="DATE")
    command.add_argument("--site", nargs="+", metavar="SITE", help="'*' for all")
    command.add_argument(
        "--new-person",
        action="store_true",
        help="this is not the enrolled person who looks alike (skips the search for them)",
    )
    command.add_argument(
        "--same-person",
        type=_cosine,
        default=limits.one_person,
        metavar="COSINE",
        help="least likeness of a photo to the mean of the others; default: %(default)s",
    )
    command.add_argument(
        "--enrolled",
        type=_cosine,
        default=limits.enrolled,
        metavar="COSINE",
        help="least likeness to be taken for an enrolled person; default: %(default)s",
    )
    register_bulk.add_options(command)
    _add_passphrase(command)
    command.set_defaults(run=lambda args: register_bulk.run_add(args, make_reader, command))


def _add_audit(commands: Any) -> None:
    command = commands.add_parser(
        "audit", help="verify and print the audit log; exit 6 when it is damaged"
    )
    _add_folder(command)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=run.run_audit)


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--register",
        type=Path,
        metavar="DIR",
        default=Path(os.environ.get(ENV_REGISTER) or "."),
        help=f"the register's folder; default: ${ENV_REGISTER}, else the current one",
    )


def _add_list_options(command: argparse.ArgumentParser, *, required: bool) -> None:
    command.add_argument("--list", dest="list_id", metavar="ID", required=required)
    command.add_argument("--purpose", default="", required=required, help="one sentence")
    command.add_argument(
        "--show-label", action="store_true", help="hits of this list carry the person's name"
    )
    command.add_argument(
        "--require-presence",
        action="store_true",
        help="a hit of this list needs a person before the camera: a photo or screen held up must "
        "not count (see docs/accuracy.md for what that misses)",
    )
    command.add_argument(
        "--evidence",
        action="store_true",
        help="a box keeps a picture of the face with each hit of this list, encrypted and for "
        "spool.keep_evidence; the consent must say so",
    )


def _add_passphrase(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--passphrase-file",
        type=Path,
        help=f"its first line opens the root key; default: ${run.ENV_PASSPHRASE}",
    )


def _cosine(text: str) -> float:
    value = float(text)
    if not 0.0 < value < 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
