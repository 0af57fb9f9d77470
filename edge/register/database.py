"""The operator's register: one folder with a database, a signing key, documents and a log.

    register.sqlite     lists, entries, templates (``schema.py``)
    signing-key.pem     the Ed25519 key that signs published lists
    consents/           a copy of each live entry's consent document, named by the entry's id
    audit.log           hash-chained deeds: ids only (``edge/runtime/audit.py``)

Always: a change and its audit line go together, the line first, so that there may be a line
without its deed after a power cut but no deed without its line. After a deletion the bytes
are gone from every file of the folder; a deletion that was interrupted is finished when the
register is next opened. (What a medium keeps in cells it has remapped is beyond any program:
keep the folder on an encrypted disk.) Photos never come here.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import RegisterError
from edge.register import schema, signing_key
from edge.register.consent import Consent, Document
from edge.register.documents import ConsentFolder
from edge.runtime.atomic_file import write_atomically
from edge.runtime.audit import AuditLine, AuditLog, Finding
from edge.runtime.clock import Clock
from edge.values import ListInfo
from edge.watchlist.keys import key_text
from edge.watchlist.quantise import Int8s

log = logging.getLogger(__name__)

DATABASE = "register.sqlite"
KEY_FILE = "signing-key.pem"
AUDIT_FILE = "audit.log"
CONSENTS = "consents"
PUBLIC_KEY = "public_key"
_PENDING = "erasure_pending"
_HEAD = "audit_head"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person on one list.

    Attributes:
        templates: (k, dimensions) int8, one row for each usable photo.
    """

    entry_id: str
    person_id: str
    list_id: str
    name: str
    consent: Consent
    pack: str
    added_at: datetime
    templates: Int8s


class Register:
    """An open register; make it with :func:`create_register` or :func:`open_register`."""

    def __init__(
        self, folder: Path, connection: sqlite3.Connection, clock: Clock, actor: str
    ) -> None:
        self.folder = folder
        self.clock = clock
        self._connection = connection
        self._actor = actor
        self._audit = AuditLog(folder / AUDIT_FILE)
        self._documents = ConsentFolder(folder / CONSENTS)

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Do all of a block's changes or none.

        Raises:
            RegisterError: another program is changing the register, or it cannot be written.
        """
        self._run("BEGIN IMMEDIATE")
        try:
            yield
            self._run("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.rollback()

    def record(self, action: str, facts: Mapping[str, str | int]) -> None:
        """Add an audit line; call inside :meth:`change`, before its end.

        Raises:
            RegisterError: the log cannot be written or is damaged.
        """
        line = AuditLine(self.clock.utc(), self._actor, action, facts)
        try:
            self.set_setting(_HEAD, self._audit.append(line))
        except (OSError, ValueError) as error:
            raise RegisterError(
                f"The audit log cannot be written ({error}), so nothing was changed.",
                "Check the folder's rights and space, and `watchpost register audit`.",
            ) from error

    def audit(self) -> Finding:
        """Verify the log, also that its end was not cut off."""
        try:
            found = self._audit.verify()
        except OSError as error:
            raise RegisterError(
                f"The audit log cannot be read ({error.strerror}).", "Check the folder's rights."
            ) from error
        head = self.setting(_HEAD)
        if found.problem or not head or head in found.hashes:
            return found
        return Finding(found.lines, found.hashes, "Lines are missing at the end of the log.")

    def setting(self, name: str) -> str | None:
        """A value the register keeps by name."""
        rows = self._run("SELECT value FROM settings WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def set_setting(self, name: str, value: str) -> None:
        """Keep a value by name."""
        self._run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def lists(self) -> tuple[ListInfo, ...]:
        """The lists, by id."""
        rows = self._run("SELECT list_id, purpose, show_label FROM lists ORDER BY list_id")
        return tuple(ListInfo(str(a), str(b), bool(c)) for a, b, c in rows)

    def insert_list(self, info: ListInfo) -> None:
        """Add a list; its id must be new."""
        self._run(
            "INSERT INTO lists VALUES (?, ?, ?)", (info.list_id, info.purpose, int(info.show_label))
        )

    def enrolments(self) -> tuple[Enrolment, ...]:
        """Everyone, in the order of enrolment."""
        rows: dict[str, list[bytes]] = {}
        for entry_id, row in self._run("SELECT entry_id, row FROM templates ORDER BY 1, position"):
            rows.setdefault(entry_id, []).append(row)
        found = self._run(
            "SELECT entry_id, person_id, list_id, name, given_by, given_on, expires, sites,"
            " document_sha256, pack, added_at FROM entries ORDER BY added_at, entry_id"
        )
        return tuple(_enrolment(one, rows.get(one[0], [])) for one in found)

    def insert(self, enrolment: Enrolment, document: Document) -> None:
        """Add an enrolment and keep a copy of its consent document."""
        given = enrolment.consent
        self._run(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                enrolment.entry_id,
                enrolment.person_id,
                enrolment.list_id,
                enrolment.name,
                given.given_by,
                given.given_on.isoformat(),
                given.expires.isoformat(),
                json.dumps(given.sites),
                given.document_sha256,
                enrolment.pack,
                enrolment.added_at.isoformat(),
            ),
        )
        for position, row in enumerate(enrolment.templates):
            self._run(
                "INSERT INTO templates VALUES (?, ?, ?)",
                (enrolment.entry_id, position, row.tobytes()),
            )
        self._documents.keep(enrolment.entry_id, document)

    def delete(self, entry_ids: Sequence[str]) -> None:
        """Delete entries and their templates; :meth:`finish_erasure` makes it final."""
        for entry_id in entry_ids:
            self._run("DELETE FROM entries WHERE entry_id = ?", (entry_id,))
        self.set_setting(_PENDING, "1")

    def finish_erasure(self) -> None:
        """Make deleted bytes disappear from every file; nothing to do is no error.

        The vacuum rewrites the database from its live rows, the checkpoint empties the
        write-ahead log.

        Raises:
            RegisterError: another program holds the register open, or it cannot be written.
        """
        if self.setting(_PENDING) is None:
            return
        with self.change():  # so that no document of an enrolment in progress is taken for old
            live = {str(row[0]) for row in self._run("SELECT entry_id FROM entries")}
            self._documents.keep_only(live)
        self._run("VACUUM")
        if self._run("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
            raise RegisterError(
                "The entries are deleted, but another program holds the register open, so "
                "their bytes are still in its log file.",
                "Close that program and run `watchpost register list`, which finishes it.",
            )
        self._run("DELETE FROM settings WHERE name = ?", (_PENDING,))

    def _run(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise RegisterError(
                f"The register {self.folder} refuses: {error}.",
                "Check free space, and that no other program is changing it; then try again.",
            ) from error


def create_register(
    folder: Path, key: Ed25519PrivateKey, passphrase: str | None, clock: Clock, actor: str
) -> Register:
    """Make a register in a new or empty folder.

    Args:
        folder: made when it is missing.
        key: will sign published lists.
        passphrase: encrypts the stored key; None stores it plain.
        clock: time.
        actor: who acts, for the audit log.

    Raises:
        RegisterError: there is one already, the folder cannot be written, or the passphrase
            is too short.
    """
    pem = signing_key.to_pem(key, passphrase)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any((folder / name).exists() for name in (DATABASE, KEY_FILE, AUDIT_FILE)):
            raise RegisterError(
                f"{folder} already holds a register or a part of one.", "Choose another folder."
            )
        write_atomically(folder / KEY_FILE, pem, mode=0o600)
    except OSError as error:
        raise RegisterError(
            f"The folder {folder} cannot be written ({error.strerror}).", "Check its path."
        ) from error
    register = Register(folder, schema.create(folder / DATABASE), clock, actor)
    with register.change():
        register.record("init", {"key": key_text(key.public_key())})
        register.set_setting(PUBLIC_KEY, key_text(key.public_key()))
    return register


def open_register(folder: Path, clock: Clock, actor: str) -> Register:
    """Open a register, finishing an erasure that was interrupted.

    Raises:
        RegisterError: there is none, it is damaged, or a newer release wrote it.
    """
    register = Register(folder, schema.connect(folder / DATABASE), clock, actor)
    try:
        register.finish_erasure()
    except RegisterError as error:
        log.warning("an erasure is not finished: %s", error)
    return register


def _enrolment(row: tuple[Any, ...], templates: list[bytes]) -> Enrolment:
    entry_id, person_id, list_id, name, by, given_on, expires, sites, sha256, pack, added = row
    try:
        stacked = np.stack([np.frombuffer(one, dtype=np.int8) for one in templates])
        consent = Consent(
            given_by=by,
            given_on=date.fromisoformat(given_on),
            expires=date.fromisoformat(expires),
            sites=tuple(json.loads(sites)),
            document_sha256=sha256,
        )
        return Enrolment(
            entry_id=entry_id,
            person_id=person_id,
            list_id=list_id,
            name=name,
            consent=consent,
            pack=pack,
            added_at=datetime.fromisoformat(added),
            templates=stacked,
        )
    except (ValueError, TypeError) as error:
        raise RegisterError(
            f"Entry {entry_id} of the register is damaged ({error}).", "Restore a backup."
        ) from error
