"""The register's tables and how a connection to them is set up.

One SQLite file. Always: write-ahead log, foreign keys, every commit on the medium, deleted
bytes overwritten, temporary tables in memory (a vacuum must not leave names in a temporary
folder). ``user_version`` is the schema's version; a newer one than this release's is refused,
an older one is brought up to date step by step when the file is opened.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from edge.errors import RegisterError

BUSY_S = 5.0

_TABLES = """
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE lists (
    list_id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    show_label INTEGER NOT NULL CHECK (show_label IN (0, 1))
) WITHOUT ROWID;
CREATE TABLE entries (
    entry_id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    list_id TEXT NOT NULL REFERENCES lists (list_id),
    name TEXT NOT NULL,
    given_by TEXT NOT NULL CHECK (given_by IN ('self', 'guardian')),
    given_on TEXT NOT NULL,
    expires TEXT NOT NULL,
    sites TEXT NOT NULL,
    document_sha256 TEXT NOT NULL,
    pack TEXT NOT NULL,
    added_at TEXT NOT NULL,
    UNIQUE (person_id, list_id)
);
CREATE TABLE templates (
    entry_id TEXT NOT NULL REFERENCES entries (entry_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    row BLOB NOT NULL CHECK (length(row) BETWEEN 1 AND 1024),
    PRIMARY KEY (entry_id, position)
) WITHOUT ROWID;
"""
# What each later version adds; step n leads from version n to n + 1.
_STEPS = (
    """
CREATE TABLE earlier_consents (
    entry_id TEXT NOT NULL REFERENCES entries (entry_id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    given_by TEXT NOT NULL CHECK (given_by IN ('self', 'guardian')),
    given_on TEXT NOT NULL,
    expires TEXT NOT NULL,
    sites TEXT NOT NULL,
    document_sha256 TEXT NOT NULL,
    PRIMARY KEY (entry_id, number)
) WITHOUT ROWID;
CREATE TABLE bulk_rows (
    row_key TEXT PRIMARY KEY,
    entry_id TEXT NOT NULL REFERENCES entries (entry_id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX bulk_rows_of_entry ON bulk_rows (entry_id);
""",
    """
CREATE TABLE staged_templates (
    entry_id TEXT NOT NULL REFERENCES entries (entry_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    row BLOB NOT NULL CHECK (length(row) BETWEEN 1 AND 1024),
    PRIMARY KEY (entry_id, position)
) WITHOUT ROWID;
""",
    """
ALTER TABLE lists ADD COLUMN require_presence INTEGER NOT NULL DEFAULT 0
    CHECK (require_presence IN (0, 1));
""",
    """
CREATE INDEX IF NOT EXISTS entries_of_document ON entries (document_sha256);
""",
    """
ALTER TABLE lists ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0 CHECK (evidence IN (0, 1));
""",
)
SCHEMA_VERSION = 1 + len(_STEPS)
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)


def create(path: Path) -> sqlite3.Connection:
    """Make the file, readable by its owner alone, and its tables.

    Raises:
        RegisterError: the file is there already or cannot be written.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = _connect(path)
        connection.executescript(
            f"BEGIN; {_TABLES} {' '.join(_STEPS)} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    except (OSError, sqlite3.Error) as error:
        raise _cannot(path, "made", error) from error
    return connection


def connect(path: Path) -> sqlite3.Connection:
    """Open the file.

    Raises:
        RegisterError: there is none, it is damaged, or a newer release wrote it.
    """
    if not path.is_file():
        raise RegisterError(
            f"There is no register in {path.parent}.",
            "Name its folder with --register, or make one with `watchpost register init DIR`.",
        )
    try:
        connection = _connect(path)
        version = _brought_up_to_date(connection)
    except sqlite3.Error as error:
        raise _cannot(path, "opened", error) from error
    if version != SCHEMA_VERSION:
        connection.close()
        raise RegisterError(
            f"The register {path} has schema version {version}; this release reads "
            f"{SCHEMA_VERSION}.",
            "Use the release of watchpost that wrote it, or a newer one.",
        )
    return connection


def _brought_up_to_date(connection: sqlite3.Connection) -> int:
    def version() -> int:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])

    while 1 <= (found := version()) < SCHEMA_VERSION:
        connection.execute("BEGIN IMMEDIATE")
        if found == version():  # another program may have done it in between
            for statement in _STEPS[found - 1].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {found + 1}")
        connection.execute("COMMIT")
    return version()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def _cannot(path: Path, verb: str, error: Exception) -> RegisterError:
    return RegisterError(
        f"The register {path} cannot be {verb} ({error}).",
        "Check the folder's rights and free space, or restore it from a backup.",
    )
