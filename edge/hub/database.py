"""Opens the hub's database and says in words what is wrong with it.

In: a URL, ``sqlite:///FILE`` or ``postgresql+psycopg://user@host/name``. Out: an engine whose
transactions are durable when they are committed. Always: a database that is away is noticed
within seconds; nothing here repeats a password or a stored value. SQLite: WAL, flushed at each
commit, deleted rows overwritten, one writer at a time. What is stored is left to ``store.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from edge.errors import ConfigError, HubError

CONNECT_TIMEOUT_S = 5
BUSY_TIMEOUT_S = 10
FILE_MODE = 0o600  # hits may hold labels: nobody else's business
SCHEMES = ("sqlite", "postgresql+psycopg")
_ADDRESS = "Write sqlite:///FILE or postgresql+psycopg://user@host/name."
# A commit that another setting of the server leaves in memory must not be acknowledged.
_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)
_POSTGRESQL_OPTIONS: dict[str, str | int] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "application_name": "watchpost-hub",
    # A server that vanishes without a word is noticed after some 20 s, not after hours.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "options": "-c timezone=UTC -c statement_timeout=60s -c lock_timeout=20s",
}


def parse_url(text: str) -> URL:
    """The database's address.

    Raises:
        ConfigError: it is none, or names a database that the hub does not know.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise ConfigError("The hub's database is no address.", _ADDRESS) from error
    if url.drivername not in SCHEMES:
        raise ConfigError(f"The hub knows no database {url.drivername[:40]!r}.", _ADDRESS)
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ConfigError("The hub's SQLite database needs a file.", _ADDRESS)
    return url


def open_engine(url: URL) -> Engine:
    """An engine for a database; connects with the first question."""
    if url.drivername == "sqlite":
        engine = create_engine(
            url, connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        url, pool_size=2, max_overflow=0, pool_pre_ping=True, connect_args=_POSTGRESQL_OPTIONS
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def named(url: URL) -> str:
    """The database as people write it, without the password."""
    return url.render_as_string(hide_password=True)


def make_sqlite_file(url: URL) -> None:
    """Make an SQLite database's file, readable by its owner alone; nothing for PostgreSQL.

    Raises:
        HubError: the folder is missing or cannot be written.
    """
    if url.drivername != "sqlite" or url.database is None:
        return
    try:
        Path(url.database).touch(mode=FILE_MODE, exist_ok=True)
    except OSError as error:
        raise HubError(
            f"The hub's database {url.database} cannot be made ({error.strerror}).",
            "Check the folder and its rights, or give another one with --database.",
        ) from error


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn what the database says into words with a remedy.

    Raises:
        HubError: any error of the database.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise explain(error, engine) from error


def explain(error: SQLAlchemyError, engine: Engine) -> HubError:
    """A database error in words; names the error's kind, never a value."""
    where = named(engine.url)
    if isinstance(error, ProgrammingError) or "no such table" in str(getattr(error, "orig", "")):
        return HubError(
            f"The database {where} lacks a table or a right ({_kind(error)}).",
            "Run `watchpost hub migrate`, and give the hub's user all rights on its tables.",
        )
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return HubError(
            f"The database {where} cannot be reached or refuses ({_first_line(error)}).",
            "Check that it runs and has space, and the address and password; it is tried again.",
        )
    return HubError(
        f"The database {where} refuses ({_kind(error)}).", "Look into the database's log."
    )


def is_unusable_value(error: DBAPIError) -> bool:
    """Whether a statement failed for what it was to store, not for where."""
    return not isinstance(error, OperationalError | InterfaceError | ProgrammingError)


def read(engine: Engine) -> Connection:
    """A connection for questions: its transaction never waits for a writer."""
    return engine.connect().execution_options(reads_only=True)


def _kind(error: SQLAlchemyError) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _first_line(error: SQLAlchemyError) -> str:
    """What the server said; errors of connections and of files quote no stored value."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0][:200] if lines else _kind(error)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that begins as a reader cannot wait for its turn to write.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _prepare_postgresql(connection: Any, record: Any) -> None:
    connection.execute(_DURABLE)
    connection.commit()
