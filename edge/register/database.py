"""The operator's register: one folder with a database, a signing key, documents and a log.

    register.sqlite     lists, entries, templates (``schema.py``)
    keys/, roots/       what signs published lists, and which keys count (``keys.py``)
    root.json           what a box is given, so that it trusts this register
    consents/           copies of each live entry's consent documents (``documents.py``)
    photos/             encrypted enrolment photos, only if asked for (``kept_photos.py``)
    audit.log           hash-chained deeds: ids only (``edge/runtime/audit.py``)

Always: a change and its audit line go together, the line first, so that there may be a line
without its deed after a power cut but no deed without its line. After a deletion the bytes
are gone from every file of the folder; a deletion that was interrupted is finished when the
register is next opened, and files of an enrolment that was interrupted are deleted then. (What
a medium keeps in cells it has remapped is beyond any program: keep the folder on an encrypted
disk.)
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.errors import RegisterError
from edge.register import schema
from edge.register.consent import Consent, Document
from edge.register.documents import ConsentFolder, owner
from edge.register.entry_files import EntryFiles
from edge.register.keys import KEYS, KeyFolder, Secrets
from edge.register.rows import Enrolment as Enrolment
from edge.register.rows import insert_enrolment, read_enrolments, replace_consent
from edge.runtime.audit import AuditLine, AuditLog, Finding
from edge.runtime.clock import Clock
from edge.values import ListInfo

log = logging.getLogger(__name__)

DATABASE = "register.sqlite"
AUDIT_FILE = "audit.log"
CONSENTS = "consents"
PHOTOS = "photos"
_PENDING = "erasure_pending"
_HEAD = "audit_head"


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
        self.keys = KeyFolder(folder)
        self.photos = EntryFiles(folder / PHOTOS, "kept photo")

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Do all of a block's changes or none.

        Raises:
            RegisterError: another program is changing the register, or it cannot be written.
        """
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
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
        rows = self.run("SELECT value FROM settings WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def set_setting(self, name: str, value: str) -> None:
        """Keep a value by name."""
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def lists(self) -> tuple[ListInfo, ...]:
        """The lists, by id."""
        rows = self.run(
            "SELECT list_id, purpose, show_label, require_presence, evidence FROM lists"
            " ORDER BY list_id"
        )
        return tuple(
            ListInfo(str(list_id), str(purpose), *(bool(one) for one in flags))
            for list_id, purpose, *flags in rows
        )

    def insert_list(self, info: ListInfo) -> None:
        """Add a list; its id must be new."""
        self.run(
            "INSERT INTO lists (list_id, purpose, show_label, require_presence, evidence) "
            "VALUES (?, ?, ?, ?, ?)",
            (
                info.list_id,
                info.purpose,
                int(info.show_label),
                int(info.require_presence),
                int(info.evidence),
            ),
        )

    def enrolments(self, some_id: str | None = None) -> tuple[Enrolment, ...]:
        """Everyone, or those with an entry's or a person's id, in the order of enrolment."""
        return read_enrolments(self.run, some_id)

    def insert(self, enrolment: Enrolment, document: Document, row_key: str = "") -> None:
        """Add an enrolment and keep a copy of its consent document."""
        insert_enrolment(self.run, enrolment)
        if row_key:
            self.run("INSERT INTO bulk_rows VALUES (?, ?)", (row_key, enrolment.entry_id))
        self._documents.keep(enrolment.entry_id, document)

    def renew(self, old: Enrolment, consent: Consent, document: Document) -> None:
        """Give an entry another consent; the old one and its document become history."""
        replace_consent(self.run, old, consent)
        self._documents.keep(old.entry_id, document, len(old.consents) + 1)

    def documents_of(self, one: Enrolment) -> tuple[Path | None, ...]:
        """Where the documents of an entry's consents lie, oldest first; None where one is lost."""
        found = (
            self._documents.of(owner(one.entry_id, number + 1))
            for number in range(len(one.consents))
        )
        return tuple(paths[0] if paths else None for paths in found)

    def delete(self, entry_ids: Sequence[str]) -> None:
        """Delete entries and their templates; :meth:`finish_erasure` makes it final."""
        for entry_id in entry_ids:
            self.run("DELETE FROM entries WHERE entry_id = ?", (entry_id,))
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
        self._drop_files()
        self.run("VACUUM")
        if self.run("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
            raise RegisterError(
                "The entries are deleted, but another program holds the register open, so "
                "their bytes are still in its log file.",
                "Close that program and run `watchpost register list`, which finishes it.",
            )
        self.run("DELETE FROM settings WHERE name = ?", (_PENDING,))

    def drop_strays(self) -> None:
        """Delete files that an enrolment or renewal left which did not come to its end.

        Raises:
            RegisterError: another program is changing the register, or a file stays.
        """
        if self._documents.strays(self._owners()) or self.photos.strays(self._entry_ids()):
            self._drop_files()

    def _drop_files(self) -> None:
        with self.change():  # so that no file of an enrolment in progress is taken for a stray
            self._documents.keep_only(self._owners())
            self.photos.keep_only(self._entry_ids())

    def _entry_ids(self) -> set[str]:
        return {str(row[0]) for row in self.run("SELECT entry_id FROM entries")}

    def _owners(self) -> set[str]:
        renewed = self.run("SELECT entry_id, number + 1 FROM earlier_consents")
        return self._entry_ids() | {owner(str(entry), number) for entry, number in renewed}

    def run(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one SQL statement of the register's own modules.

        Raises:
            RegisterError: SQLite refuses.
        """
        try:
            return self._connection.execute(sql, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise RegisterError(
                f"The register {self.folder} refuses: {error}.",
                "Check free space, and that no other program is changing it; then try again.",
            ) from error


def create_register(folder: Path, secrets: Secrets, clock: Clock, actor: str) -> Register:
    """Make a register and its keys in a new or empty folder.

    Args:
        folder: made when it is missing.
        secrets: passphrases of the keys.
        clock: time.
        actor: who acts, for the audit log.

    Raises:
        RegisterError: there is one already, the folder cannot be written, or a passphrase is
            too short.
    """
    keys = KeyFolder(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any((folder / name).exists() for name in (DATABASE, KEYS, AUDIT_FILE)):
            raise RegisterError(
                f"{folder} already holds a register or a part of one.", "Choose another folder."
            )
    except OSError as error:
        raise RegisterError(
            f"The folder {folder} cannot be written ({error.strerror}).", "Check its path."
        ) from error
    keys.create(secrets, clock.utc())
    register = Register(folder, schema.create(folder / DATABASE), clock, actor)
    with register.change():
        register.record("init", {"root": 1, "root_key": keys.root_key_id})
    return register


def open_register(folder: Path, clock: Clock, actor: str) -> Register:
    """Open a register, finishing what was interrupted: an erasure, a change that left files.

    Raises:
        RegisterError: there is none, it is damaged, or a newer release wrote it.
    """
    register = Register(folder, schema.connect(folder / DATABASE), clock, actor)
    try:
        register.keys.settle()
    except RegisterError as error:
        log.warning("the keys cannot be looked at: %s", error)
    try:
        register.finish_erasure()
    except RegisterError as error:
        log.warning("an erasure is not finished: %s", error)
    try:
        register.drop_strays()
    except RegisterError as error:
        log.warning("files that belong to no entry are not deleted yet: %s", error)
    return register
