"""The hub's two databases for tests: a fresh, empty one of a kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, Table, func, select

from edge.hub.database import open_engine, parse_url
from edge.hub.migrate import migrate
from tests.integration.postgres import PostgreSQL


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """A database with its tables."""
    engine = open_engine(parse_url(url))
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def fresh_url(server: PostgreSQL | None, folder: Path) -> str:
    """The address of a new database: of the server, or an SQLite file without one."""
    name = f"hub_{uuid4().hex}"
    if server is None:
        return f"sqlite:///{folder / name}.sqlite"
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return server.url.removesuffix("postgres") + name


def count(engine: Engine, table: Table) -> int:
    """How many rows a table has."""
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
