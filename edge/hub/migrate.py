"""Brings the hub's tables up to date, once, however many hubs start at the same time.

In: an engine. Out: the tables of this release. Always: all steps in one transaction, under a
lock that the other hubs wait for; a database of a newer release is refused and left alone.
"""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from edge.errors import HubError
from edge.hub.database import explained, make_sqlite_file, named

log = logging.getLogger(__name__)

_LOCK = 0x7761746368  # any number that no other program takes: "watch"


def migrate(engine: Engine) -> str:
    """Make or change the tables as needed; returns their version.

    Raises:
        HubError: the database is away, full or of a newer release.
    """
    make_sqlite_file(engine.url)
    config = Config()
    # Alembic reads settings with %-interpolation.
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    with explained(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # SQLite needs none: its transaction began as the only writer.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found, newest = _versions(connection, config, named(engine.url))
        if found != newest:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            log.info("the hub's tables went from version %s to %s", found, newest)
    return newest


def _versions(connection: Connection, config: Config, where: str) -> tuple[str | None, str]:
    script = ScriptDirectory.from_config(config)
    found = MigrationContext.configure(connection).get_current_revision()
    newest = script.get_current_head()
    if newest is None:
        raise RuntimeError("this release holds no migrations")
    if found is not None and found not in {one.revision for one in script.walk_revisions()}:
        error = HubError(
            f"The database {where} has version {found[:40]}; this release knows up to {newest}.",
            "Update watchpost on this machine.",
        )
        error.worth_retrying = False
        raise error
    return found, newest
