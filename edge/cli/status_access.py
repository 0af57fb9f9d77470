"""``watchpost status password``: shows the page's first passwords, or makes new ones."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from edge.cli.config import settings_of
from edge.errors import ConfigError
from edge.status.access.roles import Role

_CHANGED = (
    "was changed on the page; `watchpost status password --role {role} --new` makes a new one"
)


def add_commands(status: argparse.ArgumentParser) -> None:
    """Add what can be said after ``watchpost status``."""
    commands: Any = status.add_subparsers(metavar="COMMAND", required=False)
    password = commands.add_parser(
        "password", help="show the page's first passwords, or make new ones"
    )
    password.add_argument("--role", choices=[role.value for role in Role], help="default: both")
    password.add_argument("--new", action="store_true", help="make a new password")
    # Left out, the option keeps what stood before the command.
    password.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, help="settings file, as for `status`"
    )
    password.set_defaults(run=_password)


def _password(args: argparse.Namespace) -> int:
    # Only this command needs argon2; recognition must not load it.
    from edge.status.access.accounts import Accounts

    own = settings_of(args).box.state_dir / "status"
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {own} cannot be made ({error.strerror}).",
            "Run this as the user that runs watchpost, or as root.",
        ) from error
    found = Accounts(own)
    found.prepare()
    for role in [Role(args.role)] if args.role else list(Role):
        shown = found.renew(role) if args.new else found.first_password(role)
        print(f"{role}: {shown or _CHANGED.format(role=role)}")
    return 0
