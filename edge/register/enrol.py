"""Enrolling and revoking.

In: a checked consent, outcomes of photos, the open register. Out: an enrolment in it, or a
refusal that changes nothing. Always: photos of different people are refused; a person who is
on the list already is refused; a person who is on another list keeps their person id.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.errors import PhotoError, RegisterError
from edge.register.consent import Consent, Document
from edge.register.database import Enrolment, Register
from edge.register.kept_photos import PhotoSafe
from edge.register.known import KnownFaces, Likeness
from edge.register.photos import Outcome, check_one_person
from edge.values import Floats, ListInfo
from edge.watchlist.limits import LIST_PATTERN, MAX_LABEL, MAX_LISTS, MAX_PURPOSE
from edge.watchlist.quantise import quantise

MAX_REASON = 200
_PACK = "pack"


@dataclass(frozen=True, slots=True)
class Limits:
    """When faces are taken for the same person's; cosines, set for the default pack.

    Attributes:
        one_person: least cosine of a photo to the mean of the same enrolment's others.
        enrolled: least cosine of two enrolments' means to be taken for the same person.
        wanted_photos: fewer usable photos than this make a warning.
    """

    one_person: float = 0.9
    enrolled: float = 0.94
    wanted_photos: int = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator wants to enrol.

    Attributes:
        name: what to call the person.
        list_id: which list.
        consent: their consent.
        document: its document.
        new_person: the operator has looked: this is not the enrolled person who looks alike.
        safe: keeps the usable photos, encrypted; None keeps none.
        row_key: what a row of a bulk enrolment is recognised by; empty for a single one.
    """

    name: str
    list_id: str
    consent: Consent
    document: Document
    new_person: bool = False
    safe: PhotoSafe | None = None
    row_key: str = ""


def check_list(info: ListInfo) -> None:
    """Check a list's texts.

    Raises:
        RegisterError: the id or purpose is not usable.
    """
    if not re.fullmatch(LIST_PATTERN, info.list_id) or not 0 < len(info.purpose) <= MAX_PURPOSE:
        raise RegisterError(
            f"The list {info.list_id!r} is not usable.",
            "An id has a-z, 0-9, . _ - and at most 63 characters; a purpose is one sentence "
            f"of at most {MAX_PURPOSE}.",
        )


def add_list(register: Register, info: ListInfo) -> None:
    """Add a list.

    Raises:
        RegisterError: the id or purpose is not usable, or there is such a list.
    """
    check_list(info)
    with register.change():
        lists = register.lists()
        if len(lists) >= MAX_LISTS or info.list_id in {x.list_id for x in lists}:
            raise RegisterError(
                f"There is a list {info.list_id} already, or there are {MAX_LISTS} lists.",
                "Choose another id; `watchpost register list` shows the lists.",
            )
        register.record("list-add", {"list": info.list_id})
        register.insert_list(info)


def enrol(
    register: Register,
    wish: Wish,
    pack: str,
    outcomes: Sequence[Outcome],
    limits: Limits,
    known: KnownFaces | None = None,
) -> Enrolment:
    """Enrol a person.

    Args:
        register: where.
        wish: who, on which list, with which consent.
        pack: ``id@version`` of the pack that made the templates.
        outcomes: what became of the photos.
        limits: when faces are taken for the same person's.
        known: who is enrolled; give the same one to many enrolments, so that it is read once.

    Raises:
        PhotoError: no photo is usable, or they show different people.
        RegisterError: the name, list or pack does not fit, or the person is enrolled already.
    """
    name = _checked_name(wish.name)
    rows = usable_rows(outcomes, limits)
    known = known or KnownFaces(register)
    with register.change():
        check_has_list(register, wish.list_id)
        settle_pack(register, pack)
        person_id = None
        if not wish.new_person:
            person_id = _known_person(register, known.nearest(rows, pack), wish.list_id, limits)
        enrolment = Enrolment(
            entry_id=str(uuid.uuid4()),
            person_id=person_id or str(uuid.uuid4()),
            list_id=wish.list_id,
            name=name,
            consent=wish.consent,
            pack=pack,
            added_at=register.clock.utc(),
            templates=quantise(rows),
        )
        register.record("add", _facts(enrolment, wish))
        register.insert(enrolment, wish.document, wish.row_key)
        if wish.safe:
            wish.safe.keep(enrolment.entry_id, [x.photo for x in outcomes if x.problem is None])
    known.add(enrolment)
    return enrolment


def find(register: Register, some_id: str) -> tuple[Enrolment, ...]:
    """The entry with this id, or the entries of the person with this id.

    Raises:
        RegisterError: there is none.
    """
    found = register.enrolments(some_id)
    if not found:
        raise RegisterError(
            f"There is no entry or person {some_id}.", "`watchpost register list` shows the ids."
        )
    return found


def revoke(register: Register, some_id: str, reason: str) -> tuple[Enrolment, ...]:
    """Erase an entry, or all of a person's entries.

    Returns:
        What was erased.

    Raises:
        RegisterError: there is none, the reason is not usable, or the bytes could not all be
            erased yet (the message says what to do).
    """
    with register.change():
        found = find(register, some_id)
        _check_reason(reason, found)
        for one in found:
            register.record(
                "revoke",
                {"entry": one.entry_id, "person": one.person_id, "reason": reason},
            )
        register.delete([one.entry_id for one in found])
    register.finish_erasure()
    return found


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not 0 < len(stripped) <= MAX_LABEL or not stripped.isprintable():
        raise RegisterError(
            f"The name has {len(stripped)} characters or holds signs that cannot be printed.",
            f"Give --name with 1 to {MAX_LABEL} printable characters.",
        )
    return stripped


def usable_rows(outcomes: Sequence[Outcome], limits: Limits) -> Floats:
    """The templates of the usable photos, (k, dimensions).

    Raises:
        PhotoError: no photo is usable, or they show different people.
    """
    usable = [x for x in outcomes if x.template is not None]
    if not usable:
        raise PhotoError(
            f"None of the {len(outcomes)} photos can be used.",
            f"Give {limits.wanted_photos} or more sharp, evenly lit photos from the front.",
        )
    check_one_person(usable, limits.one_person)
    return np.stack([x.template for x in usable if x.template is not None])


def check_has_list(register: Register, list_id: str) -> None:
    """Check that there is a list.

    Raises:
        RegisterError: there is none.
    """
    known = [x.list_id for x in register.lists()]
    if list_id not in known:
        raise RegisterError(
            f"There is no list {list_id}; there are: {', '.join(known) or 'none'}.",
            "Make it with `watchpost register list-add`.",
        )


def sharing_document(register: Register, one: Enrolment) -> tuple[str, ...]:
    """Entries of other people whose consent rests on the same document."""
    rows = register.run(
        "SELECT entry_id FROM entries WHERE document_sha256 = ? AND person_id <> ?"
        " ORDER BY entry_id",
        (one.consent.document_sha256, one.person_id),
    )
    return tuple(str(row[0]) for row in rows)


def settle_pack(register: Register, pack: str) -> None:
    """Make a pack the register's own if nobody is enrolled; call inside a change.

    Raises:
        RegisterError: people are enrolled with another pack.
    """
    settled = register.setting(_PACK)
    if settled != pack and register.run("SELECT 1 FROM entries LIMIT 1"):
        raise RegisterError(
            f"The register's templates were made with pack {settled}; this one is {pack}.",
            "Set pack.name to the register's pack, or move everyone to the new one with "
            "`watchpost register re-enrol`.",
        )
    register.set_setting(_PACK, pack)


def _known_person(
    register: Register, best: Likeness | None, list_id: str, limits: Limits
) -> str | None:
    if best is None or best.cosine < limits.enrolled:
        return None
    theirs = register.run(
        "SELECT entry_id FROM entries WHERE person_id = ? AND list_id = ?",
        (best.person_id, list_id),
    )
    if theirs:
        raise RegisterError(
            f"This person seems to be on list {list_id} already: entry {theirs[0][0]} is "
            f"{best.cosine:.3f} alike (limit {limits.enrolled:.3f}).",
            "Revoke that entry first, or say --new-person if it is someone else.",
        )
    return best.person_id


def _check_reason(reason: str, found: Sequence[Enrolment]) -> None:
    # The reason stays in the log for good, where no name may stand.
    words = {w.casefold() for x in found for w in re.findall(r"\w{3,}", x.name)}
    said = {w.casefold() for w in re.findall(r"\w+", reason)}
    if not 0 < len(reason) <= MAX_REASON or not reason.isprintable() or words & said:
        raise RegisterError(
            "The reason is empty, too long, not printable, or holds the person's name.",
            f"Give --reason with at most {MAX_REASON} characters and without names.",
        )


def _facts(enrolment: Enrolment, wish: Wish) -> dict[str, str | int]:
    facts: dict[str, str | int] = {
        "entry": enrolment.entry_id,
        "person": enrolment.person_id,
        "list": enrolment.list_id,
        "given_by": enrolment.consent.given_by,
        "given_on": enrolment.consent.given_on.isoformat(),
        "expires": enrolment.consent.expires.isoformat(),
        "document_sha256": enrolment.consent.document_sha256,
        "photos": len(enrolment.templates),
        "new_person": int(wish.new_person),
    }
    if wish.safe:
        facts["photos_kept"] = len(enrolment.templates)
    if wish.row_key:
        facts["row"] = wish.row_key
    return facts
