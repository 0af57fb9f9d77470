"""Enrolling many people from a table, so that it can be stopped at any moment and run again.

In: rows of a table, a photo reader, the open register. Out: a result for each row. Always: a
row is enrolled whole or not at all; a row that cannot be enrolled does not stop the others; a
row that was enrolled before is not read again; a row whose enrolment was revoked since is not
enrolled again. A row is recognised by a keyed hash of its texts, kept with the entry and in the
audit log: without the register's secret it says nothing about the person.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from edge.errors import ConsentError, PhotoError, RegisterError
from edge.register.consent import make_consent, read_document
from edge.register.database import Enrolment, Register
from edge.register.enrol import Limits, Wish, check_has_list, enrol, settle_pack, sharing_document
from edge.register.kept_photos import PhotoSafe
from edge.register.known import KnownFaces
from edge.register.people_csv import COLUMNS, PersonRow
from edge.register.photos import Outcome, PhotoReader, read_photos

_SECRET = "bulk_secret"  # noqa: S105 - the name of a setting


class Result(StrEnum):
    """What became of a row."""

    ENROLLED = "enrolled"
    BEFORE = "enrolled before"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    """A row and what became of it.

    Attributes:
        row: the row.
        result: see :class:`Result`.
        problem: why it was refused, or what to look at although it was enrolled; or empty.
        remedy: what to do about it; or empty.
    """

    row: PersonRow
    result: Result
    problem: str = ""
    remedy: str = ""


class BulkEnrolment:
    """Enrols rows.

    Args:
        register: where.
        reader: reads photos.
        folder: what the rows' paths are relative to.
        limits: when faces are taken for the same person's.
        safe: keeps the usable photos, encrypted; None keeps none.
    """

    def __init__(
        self,
        register: Register,
        reader: PhotoReader,
        folder: Path,
        limits: Limits,
        safe: PhotoSafe | None = None,
    ) -> None:
        self._register = register
        self._reader = reader
        self._folder = folder
        self._limits = limits
        self._safe = safe
        self._known = KnownFaces(register)

    def run(self, rows: Iterable[PersonRow]) -> Iterator[RowResult]:
        """Enrol the rows one by one.

        Raises:
            RegisterError: the register is damaged, or its templates are of another pack.
        """
        with self._register.change():
            settle_pack(self._register, self._reader.pack)
            secret = _secret(self._register)
        revoked = _revoked_rows(self._register)
        seen: dict[str, int] = {}
        for row in rows:
            key = _key(secret, row)
            first = seen.setdefault(key, row.number)
            if first != row.number:
                yield _refused(row, f"It is the same as row {first}.", "Delete one of them.")
            elif self._register.run("SELECT 1 FROM bulk_rows WHERE row_key = ?", (key,)):
                yield RowResult(row, Result.BEFORE)
            elif key in revoked:
                yield _refused(
                    row,
                    f"It was enrolled before, and revoked since (entry {revoked[key]}).",
                    "If there is a new consent, enrol the person with `watchpost register add`.",
                )
            else:
                yield self._try(row, key)

    def _try(self, row: PersonRow, key: str) -> RowResult:
        try:
            return self._enrol(row, key)
        except (ConsentError, PhotoError, RegisterError) as error:
            return _refused(row, error.problem, error.remedy)

    def _enrol(self, row: PersonRow, key: str) -> RowResult:
        if row.problem:
            raise RegisterError(row.problem, f"Write the columns {','.join(COLUMNS)}.")
        check_has_list(self._register, row["list"])
        document = read_document(self._folder / row["consent"] if row["consent"] else None)
        consent = make_consent(
            document,
            row["given_by"],
            _day(row, "given_on"),
            _day(row, "expires") if row["expires"] else None,
            row.several("sites"),
            self._register.clock.utc(),
        )
        photos = [self._folder / photo for photo in row.several("photos")]
        outcomes = read_photos(self._reader, photos)
        wish = Wish(row["name"], row["list"], consent, document, safe=self._safe, row_key=key)
        try:
            made = enrol(
                self._register, wish, self._reader.pack, outcomes, self._limits, self._known
            )
        except PhotoError as error:
            raise PhotoError(f"{error.problem}{_unused(outcomes)}", error.remedy) from error
        return self._look_at(row, made, outcomes)

    def _look_at(self, row: PersonRow, made: Enrolment, outcomes: tuple[Outcome, ...]) -> RowResult:
        """An enrolled row, with what the operator should look at."""
        problem, remedy = "", ""
        if len(made.templates) < self._limits.wanted_photos:
            problem = f"{len(made.templates)} usable photos.{_unused(outcomes)}"
            remedy = f"With fewer than {self._limits.wanted_photos} they are often not recognised."
        if sharing_document(self._register, made):
            problem += " The same consent document stands for other people too."
            remedy += " Everybody signs for themselves; check that it is the right file."
        others = self._register.run(
            "SELECT entry_id FROM entries WHERE person_id = ? AND entry_id <> ?",
            (made.person_id, made.entry_id),
        )
        if others:
            problem += f" Taken for the person of entry {others[0][0]}."
            remedy += (
                f" If it is somebody else, revoke {made.entry_id} and add them with --new-person."
            )
        return RowResult(row, Result.ENROLLED, problem.strip(), remedy.strip())


def _refused(row: PersonRow, problem: str, remedy: str) -> RowResult:
    return RowResult(row, Result.REFUSED, problem, remedy)


def _unused(outcomes: Iterable[Outcome]) -> str:
    return "".join(f" {x.photo.name}: {x.problem.problem}" for x in outcomes if x.problem)


def _day(row: PersonRow, column: str) -> date:
    try:
        return date.fromisoformat(row[column])
    except ValueError as error:
        raise ConsentError(
            f"{column} is {row[column][:40]!r}, which is no day.", "Write it as 2026-01-31."
        ) from error


def _key(secret: bytes, row: PersonRow) -> str:
    # An equal row of a table with other columns around it, or in another order, is the same.
    texts = json.dumps(row.cells, ensure_ascii=False).encode("utf-8")
    return hmac.new(secret, texts, hashlib.sha256).hexdigest()


def _secret(register: Register) -> bytes:
    kept = register.setting(_SECRET)
    if kept is None:
        kept = secrets.token_hex(32)
        register.set_setting(_SECRET, kept)
    return bytes.fromhex(kept)


def _revoked_rows(register: Register) -> dict[str, str]:
    """Entry ids by row key, of rows that were enrolled and revoked.

    An entry that is neither held nor revoked is a line whose deed a power cut undid.
    """
    found = register.audit()
    if found.problem:
        raise RegisterError(
            f"The audit log is damaged: {found.problem}", "Compare it with a backup."
        )
    facts = [(line["action"], line["facts"]) for line in found.lines]
    gone = {told["entry"] for action, told in facts if action == "revoke"}
    return {
        str(told["row"]): str(told["entry"])
        for action, told in facts
        if action == "add" and "row" in told and told["entry"] in gone
    }
