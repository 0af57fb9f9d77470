"""``watchpost hub``: the receiver of hits, and questions to its database.

In: options, and for what a service is told once the variables WATCHPOST_HUB_DATABASE,
WATCHPOST_HUB_BROKER and WATCHPOST_HUB_STATE_DIR; an option counts more. The database needs the
extra ``hub``, which is looked for before anything else.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import re
import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from edge.cli.hits import add_broker_options, broker_settings
from edge.errors import ConfigError, HubError
from edge.runtime.clock import SystemClock
from edge.runtime.service import Service
from edge.runtime.setting_values import Duration

if TYPE_CHECKING:
    from sqlalchemy import Engine

STATE_DIR = "/var/lib/watchpost-hub"
FILE = "hub.sqlite"
EXTRA = ("sqlalchemy", "alembic", "psycopg")
_NAME = r"[a-z0-9][a-z0-9._-]{0,62}"
_MAX_SESSION = timedelta(days=30)


def add_parser(subparsers: Any) -> None:
    """Add the commands to the command line."""
    hub = subparsers.add_parser("hub", help="receive hits into a database, and ask it")
    commands = hub.add_subparsers(title="commands", metavar="COMMAND", required=True)
    run = _command(commands, "run", "receive until told to stop")
    run.set_defaults(run=_run)
    add_broker_options(run)
    if broker := os.environ.get("WATCHPOST_HUB_BROKER"):
        run.set_defaults(broker=broker)
    run.add_argument("--name", default="", help="this hub's own, lasting name; default: the host's")
    run.add_argument(
        "--keep", default="90d", help="delete hits from the database after so long; %(default)s"
    )
    run.add_argument(
        "--session",
        default="5m",
        help="how long the broker keeps messages for this hub while it is away; %(default)s",
    )
    run.add_argument(
        "--batch", type=int, default=500, help="most messages of a transaction; %(default)s"
    )
    migrate = _command(commands, "migrate", "make or change the tables; `run` does it, too")
    migrate.set_defaults(run=_migrate)
    importlib.import_module("edge.cli.hub_questions").add_commands(commands, _command)


def engine_of(args: argparse.Namespace) -> Engine:
    """The database that the command line or the environment names.

    Raises:
        HubError: the extra is not installed.
        ConfigError: the address is not usable.
    """
    _need_extra()
    from edge.hub.database import open_engine, parse_url

    text = args.database or os.environ.get("WATCHPOST_HUB_DATABASE")
    url = parse_url(text or f"sqlite:///{state_dir(args) / FILE}")
    if args.database and url.password is not None:
        raise ConfigError(
            "A password in --database can be read by every user of this machine.",
            "Put the address into WATCHPOST_HUB_DATABASE, or the password into ~/.pgpass.",
        )
    return open_engine(url)


def state_dir(args: argparse.Namespace) -> Path:
    """Where the hub keeps its own files."""
    return Path(args.state_dir or os.environ.get("WATCHPOST_HUB_STATE_DIR") or STATE_DIR)


def _command(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    parser.add_argument(
        "--database",
        metavar="URL",
        help="postgresql+psycopg://user@host/name or sqlite:///FILE; default: "
        f"{FILE} in the state folder",
    )
    parser.add_argument(
        "--state-dir", type=Path, metavar="DIR", help=f"the hub's folder; default {STATE_DIR}"
    )
    return parser


def _run(args: argparse.Namespace) -> int:
    engine = engine_of(args)
    from edge.hub.inbox import Inbox
    from edge.hub.worker import HubWorker

    name = _name(args.name)
    keep, session = _duration("--keep", args.keep), _duration("--session", args.session)
    if not 1 <= args.batch <= 1000:
        raise ConfigError(f"--batch is {args.batch}.", "Give 1 to 1000 messages.")
    if session > _MAX_SESSION:
        raise ConfigError(f"--session is {args.session}.", "Give at most 30d.")
    folder = _made(state_dir(args))
    clock, chance = SystemClock(trust_system=True), random.Random()
    inbox = Inbox(
        broker_settings(args),
        name=name,
        session_s=max(1, int(session.total_seconds())),
        clock=clock,
        chance=chance,
    )
    worker = HubWorker(
        inbox, engine, name=name, keep=keep, batch=args.batch, clock=clock, chance=chance
    )
    return Service("hub", worker, folder, clock).run()


def _migrate(args: argparse.Namespace) -> int:
    engine = engine_of(args)
    from edge.hub.migrate import migrate

    if engine.dialect.name == "sqlite":
        _made(Path(str(engine.url.database)).parent)
    print(f"The hub's tables have version {migrate(engine)}.")
    engine.dispose()
    return 0


def _need_extra() -> None:
    for name in EXTRA:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise HubError(
                f"The hub needs the Python package {name}, which is not installed.",
                "Run: pip install 'watchpost[hub]'",
            ) from error


def _name(given: str) -> str:
    name = given or socket.gethostname().lower()
    if not re.fullmatch(_NAME, name):
        raise ConfigError(
            f"{name[:80]!r} cannot be a hub's name.",
            "Give --name: lower-case letters, digits, dots, dashes and underscores, at most 63.",
        )
    return name


def _duration(option: str, text: str) -> timedelta:
    try:
        found: timedelta = TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        raise ConfigError(
            f"{option} {text[:40]!r} is no time.", "Write it as 90s, 5m, 2h or 90d."
        ) from error
    if not timedelta(seconds=1) <= found <= timedelta(days=36_500):
        raise ConfigError(f"{option} {text[:40]!r} is out of range.", "Give 1s to 36500d.")
    return found


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The hub's folder {folder} cannot be made ({error.strerror}).",
            "Make it, or give another one with --state-dir.",
        ) from error
    return folder
