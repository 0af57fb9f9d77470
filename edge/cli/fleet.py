"""``watchpost fleet``: certificates for the broker, receivers and boxes, and a box's first file.

Commands take the fleet's folder from ``--fleet``, else from ``WATCHPOST_FLEET``, else the
current folder; its passphrase from ``WATCHPOST_FLEET_PASSPHRASE``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from edge.cli import fleet_commands as run
from edge.runtime.setting_values import Duration

_DESCRIPTION = """\
A fleet is a folder with a small certificate authority. The broker takes the name in a box's
certificate, SITE/BOX, for its user name: firmware_config/mosquitto shows how.
"""
_EPILOG = """\
an example from the start:
  watchpost fleet init fleet
  cd fleet
  watchpost fleet broker broker.example          # for the broker: server.pem, server.key
  watchpost fleet receiver hub-1                 # for a receiver: hub-1.pem, hub-1.key
  watchpost fleet add box-1 --site site-1 --broker broker.example
  watchpost fleet revoke site-1/box-1            # then copy revoked.crl to the broker
"""


def add_parser(subparsers: Any) -> None:
    """Add the group to the command line."""
    group = subparsers.add_parser(
        "fleet",
        help="certificates and first files of boxes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    _add_init(commands)
    _add_broker(commands)
    _add_receiver(commands)
    _add_add(commands)
    _add_revoke(commands)
    _add_list(commands)


def _add_init(commands: Any) -> None:
    command = commands.add_parser("init", help="make a fleet with its authority")
    command.add_argument("folder", type=Path, metavar="DIR")
    command.add_argument(
        "--name", default="watchpost fleet", help="told in the authority's certificate"
    )
    command.add_argument(
        "--no-passphrase", action="store_true", help="keep the authority's key unencrypted"
    )
    command.set_defaults(run=run.run_init)


def _add_broker(commands: Any) -> None:
    command = commands.add_parser("broker", help="make the broker's certificate and key")
    command.add_argument("hosts", nargs="+", metavar="HOST", help="names or addresses of it")
    _add_common(command)
    command.set_defaults(run=run.run_broker)


def _add_receiver(commands: Any) -> None:
    command = commands.add_parser(
        "receiver", help="make a certificate and key for one hub or other subscriber"
    )
    command.add_argument("name", metavar="NAME")
    _add_common(command)
    command.set_defaults(run=run.run_receiver)


def _add_add(commands: Any) -> None:
    command = commands.add_parser(
        "add",
        help="make a box's certificate and its one-file bundle",
        description="The bundle holds the box's key: carry it to the box, and keep no copy. "
        f"With ${run.ENV_BUNDLE} set, the key in it is encrypted.",
    )
    command.add_argument("box", metavar="BOX")
    command.add_argument("--site", required=True, metavar="SITE")
    command.add_argument("--broker", required=True, metavar="HOST")
    command.add_argument("--port", type=_port, default=8883)
    command.add_argument("--ack", choices=("broker", "receiver"), default="broker")
    command.add_argument("--source", default="", metavar="URL", help="the watchlist repository")
    command.add_argument("--root", type=Path, metavar="FILE", help="the repository's root.json")
    command.add_argument(
        "--renew", action="store_true", help="a new certificate for a box that has one"
    )
    _add_common(command)
    command.set_defaults(run=run.run_add)


def _add_revoke(commands: Any) -> None:
    command = commands.add_parser("revoke", help="withdraw all certificates of a name")
    command.add_argument("name", metavar="SITE/BOX", help="or a receiver's name")
    _add_folder(command)
    command.set_defaults(run=run.run_revoke)


def _add_list(commands: Any) -> None:
    command = commands.add_parser("list", help="show who has a certificate")
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    _add_folder(command)
    command.set_defaults(run=run.run_list)


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--valid-for", type=_duration, default="730d", metavar="TIME", help="default %(default)s"
    )
    command.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="where to put it; default: here"
    )
    _add_folder(command)


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fleet", type=Path, metavar="DIR", help=f"default: ${run.ENV_FLEET}, else this folder"
    )


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError
    return port


def _duration(text: str) -> Any:
    try:
        lasts = TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError("write a time such as 90d or 52w") from error
    if not run.SHORTEST <= lasts <= run.LONGEST:
        raise argparse.ArgumentTypeError(
            f"{run.SHORTEST.days} to {run.LONGEST.days} days are allowed"
        )
    return lasts
