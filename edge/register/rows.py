"""Enrolments as rows of the register's database, and back.

In and out: :class:`Enrolment` on one side, SQL on the other, run by the caller's ``run``, which
has the transaction and turns SQLite's errors into the register's. Always: a row that is no
enrolment is refused and named by its id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from edge.errors import RegisterError
from edge.register.consent import Consent
from edge.watchlist.quantise import Int8s

Run = Callable[..., list[tuple[Any, ...]]]

_CONSENT = "given_by, given_on, expires, sites, document_sha256"
_MINE = "WHERE entry_id = ? OR person_id = ?"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person on one list.

    Attributes:
        consent: the one that counts.
        templates: (k, dimensions) int8, one row for each usable photo.
        earlier: the consents before a renewal, oldest first.
    """

    entry_id: str
    person_id: str
    list_id: str
    name: str
    consent: Consent
    pack: str
    added_at: datetime
    templates: Int8s
    earlier: tuple[Consent, ...] = ()

    @property
    def consents(self) -> tuple[Consent, ...]:
        """All of them, oldest first; the last one counts."""
        return (*self.earlier, self.consent)


def read_enrolments(run: Run, some_id: str | None = None) -> tuple[Enrolment, ...]:
    """Everyone, or those with an entry's or a person's id, in the order of enrolment.

    Raises:
        RegisterError: a row is damaged.
    """
    templates: dict[str, list[bytes]] = {}
    ids = () if some_id is None else (some_id, some_id)
    mine = f"WHERE entry_id IN (SELECT entry_id FROM entries {_MINE})" if ids else ""  # noqa: S608 - constants
    for entry_id, row in run(
        f"SELECT entry_id, row FROM templates {mine} ORDER BY 1, position",  # noqa: S608 - constants
        ids,
    ):
        templates.setdefault(entry_id, []).append(row)
    earlier: dict[str, list[tuple[Any, ...]]] = {}
    for entry_id, *told in run(
        f"SELECT entry_id, {_CONSENT} FROM earlier_consents {mine} ORDER BY 1, number",  # noqa: S608 - constants
        ids,
    ):
        earlier.setdefault(entry_id, []).append(tuple(told))
    found = run(
        f"SELECT entry_id, person_id, list_id, name, pack, added_at, {_CONSENT}"  # noqa: S608 - constants
        f" FROM entries {_MINE if ids else ''} ORDER BY added_at, entry_id",
        ids,
    )
    return tuple(_enrolment(one, templates, earlier) for one in found)


def insert_enrolment(run: Run, enrolment: Enrolment) -> None:
    """Add an enrolment and its templates."""
    run(
        f"INSERT INTO entries (entry_id, person_id, list_id, name, pack, added_at, {_CONSENT})"  # noqa: S608 - a constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            enrolment.entry_id,
            enrolment.person_id,
            enrolment.list_id,
            enrolment.name,
            enrolment.pack,
            enrolment.added_at.isoformat(),
            *_told(enrolment.consent),
        ),
    )
    for position, row in enumerate(enrolment.templates):
        run(
            "INSERT INTO templates VALUES (?, ?, ?)",
            (enrolment.entry_id, position, row.tobytes()),
        )


def replace_consent(run: Run, old: Enrolment, consent: Consent) -> None:
    """Put another consent in the place of an entry's, which becomes an earlier one."""
    run(
        f"INSERT INTO earlier_consents (entry_id, number, {_CONSENT})"  # noqa: S608 - a constant
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (old.entry_id, len(old.consents), *_told(old.consent)),
    )
    run(
        f"UPDATE entries SET ({_CONSENT}) = (?, ?, ?, ?, ?) WHERE entry_id = ?",  # noqa: S608 - a constant
        (*_told(consent), old.entry_id),
    )


def _told(consent: Consent) -> tuple[str, ...]:
    return (
        consent.given_by,
        consent.given_on.isoformat(),
        consent.expires.isoformat(),
        json.dumps(consent.sites),
        consent.document_sha256,
    )


def _consent(row: Sequence[Any]) -> Consent:
    by, given_on, expires, sites, sha256 = row
    return Consent(
        given_by=by,
        given_on=date.fromisoformat(given_on),
        expires=date.fromisoformat(expires),
        sites=tuple(json.loads(sites)),
        document_sha256=sha256,
    )


def _enrolment(
    row: tuple[Any, ...],
    templates: Mapping[str, list[bytes]],
    earlier: Mapping[str, list[tuple[Any, ...]]],
) -> Enrolment:
    entry_id, person_id, list_id, name, pack, added, *told = row
    try:
        mine = [np.frombuffer(one, dtype=np.int8) for one in templates.get(entry_id, [])]
        return Enrolment(
            entry_id=entry_id,
            person_id=person_id,
            list_id=list_id,
            name=name,
            consent=_consent(told),
            pack=pack,
            added_at=datetime.fromisoformat(added),
            templates=np.stack(mine),
            earlier=tuple(_consent(one) for one in earlier.get(entry_id, [])),
        )
    except (ValueError, TypeError) as error:
        raise RegisterError(
            f"Entry {entry_id} of the register is damaged ({error}).", "Restore a backup."
        ) from error
