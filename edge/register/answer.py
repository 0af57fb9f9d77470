"""Everything that the register holds about one person, gathered for that person.

In: an open register and the person's (or one of their entries') id. Out: an :class:`Answer`.
Always: all entries of the person, with every consent, template, kept photo and audit line; the
gathering itself is one of those lines. Which published lists the person stood in is worked out
from the audit log, which does not record a publishing's ``--site``: a list may have held fewer
people, never more. Recognitions are not in the register, so they are not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from edge.errors import RegisterError
from edge.register.consent import Consent
from edge.register.database import Enrolment, Register
from edge.register.enrol import find
from edge.register.kept_photos import KeptPhoto, PhotoSafe, open_safe
from edge.register.staged import StagedTemplates
from edge.values import ListInfo
from edge.watchlist.quantise import Int8s


@dataclass(frozen=True, slots=True)
class HeldConsent:
    """A consent and the copy of its document.

    Attributes:
        consent: what was agreed.
        document: where the copy lies; None when it is lost.
    """

    consent: Consent
    document: Path | None


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A signed list that may have held an entry.

    Attributes:
        version: its number.
        at: UTC time of publishing.
        trusted_until: UTC time, as text, until which a box uses it at most.
    """

    version: int
    at: datetime
    trusted_until: str


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """One entry and all that belongs to it.

    Attributes:
        enrolment: the entry; its templates are those in use.
        info: its list.
        live: whether the consent holds now.
        consents: oldest first; the last one counts.
        staged: (k, dimensions) int8 templates for another pack, not in use yet; or None.
        photos: kept photos, opened.
        published: the lists it may have stood in, oldest first.
    """

    enrolment: Enrolment
    info: ListInfo
    live: bool
    consents: tuple[HeldConsent, ...]
    staged: Int8s | None
    photos: tuple[KeptPhoto, ...]
    published: tuple[PublishedList, ...]

    def document_name(self, number: int) -> str:
        """What the n-th consent document is called in the zip; empty when the copy is lost."""
        path = self.consents[number - 1].document
        return f"consents/{self.info.list_id}-{number}{path.suffix}" if path else ""

    def photo_name(self, photo: KeptPhoto) -> str:
        """What a kept photo is called in the zip."""
        return f"photos/{self.info.list_id}-{photo.name}"


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is held.

    Attributes:
        person_id: who.
        prepared_at: UTC time.
        entries: the person's entries, in the order of enrolment.
        lines: the audit lines that name the person or an entry of theirs, erased ones too.
    """

    person_id: str
    prepared_at: datetime
    entries: tuple[HeldEntry, ...]
    lines: tuple[Mapping[str, Any], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names the person is held under, each once."""
        return tuple(dict.fromkeys(one.enrolment.name for one in self.entries))


def gather(register: Register, some_id: str, passphrase: str | None) -> Answer:
    """Gather all that is held about a person, and record that it was done.

    Args:
        register: where.
        some_id: the person's id, or that of one of their entries.
        passphrase: the register's; needed only where photos of the person are kept.

    Raises:
        RegisterError: there is no such person, the passphrase is needed and missing or wrong,
            a file cannot be read, or the audit log is damaged.
    """
    theirs = find(register, find(register, some_id)[0].person_id)
    kept = any(register.photos.of(one.entry_id) for one in theirs)
    safe = open_safe(register, passphrase) if kept else None
    with register.change():
        person_id = find(register, some_id)[0].person_id
        found = find(register, person_id)
        register.record("export", {"person": person_id, "entries": len(found)})
    return _assembled(register, found, safe)


def survey(register: Register, some_id: str) -> Answer:
    """What :func:`gather` finds, of the entries with this id alone, without opening photos.

    It is a look of the operator's, so it leaves no line in the audit log.

    Raises:
        RegisterError: there is no such person or entry, or the audit log is damaged.
    """
    return _assembled(register, find(register, some_id), None)


def _assembled(register: Register, found: Sequence[Enrolment], safe: PhotoSafe | None) -> Answer:
    audit = register.audit()
    if audit.problem:
        raise RegisterError(
            f"The audit log is damaged: {audit.problem}", "Compare it with a backup."
        )
    now = register.clock.utc()
    staged = StagedTemplates(register.run).templates()
    lists = {info.list_id: info for info in register.lists()}
    entries = tuple(
        HeldEntry(
            enrolment=one,
            info=lists[one.list_id],
            live=one.consent.live(now),
            consents=tuple(map(HeldConsent, one.consents, register.documents_of(one))),
            staged=staged.get(one.entry_id),
            photos=safe.photos_of(one.entry_id) if safe else (),
            published=_published(one, audit.lines),
        )
        for one in found
    )
    person_id = found[0].person_id
    return Answer(person_id, now, entries, _theirs(person_id, audit.lines))


def _published(one: Enrolment, lines: Sequence[Mapping[str, Any]]) -> tuple[PublishedList, ...]:
    """The lists that went out while the entry's consent of that time held."""
    by_document = {consent.document_sha256: consent for consent in one.consents}
    found: list[PublishedList] = []
    current: Consent | None = None
    for line in lines:
        facts = line["facts"]
        if line["action"] in ("add", "renew") and facts.get("entry") == one.entry_id:
            current = by_document.get(str(facts.get("document_sha256")), current)
        elif line["action"] == "publish" and current is not None:
            at = datetime.fromisoformat(line["at"])
            if current.live(at):
                until = str(facts.get("expires_at", ""))
                found.append(PublishedList(int(facts["version"]), at, until))
    return tuple(found)


def _theirs(person_id: str, lines: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    entries = {
        line["facts"]["entry"]
        for line in lines
        if line["facts"].get("person") == person_id and "entry" in line["facts"]
    }
    return tuple(
        line
        for line in lines
        if line["facts"].get("person") == person_id or line["facts"].get("entry") in entries
    )
