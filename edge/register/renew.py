"""A new consent for somebody who is enrolled.

In: an entry's id, a checked consent and its document. Out: the entry with that consent.
Always: the consent before stays in the entry's history, with its document, until the entry is
erased; the templates stay as they are. A box learns of it with the next publishing.
"""

from __future__ import annotations

from edge.errors import ConsentError, RegisterError
from edge.register.consent import Consent, Document
from edge.register.database import Enrolment, Register
from edge.register.enrol import find

MAX_CONSENTS = 100


def entry(register: Register, entry_id: str) -> Enrolment:
    """The one entry with this id.

    Raises:
        RegisterError: there is none, or it is a person's id.
    """
    found = find(register, entry_id)
    if found[0].entry_id != entry_id:
        entries = ", ".join(f"{one.entry_id} ({one.list_id})" for one in found)
        raise RegisterError(
            f"{entry_id} is a person; a consent belongs to one entry.",
            f"Renew one of their entries: {entries}.",
        )
    return found[0]


def renew(register: Register, entry_id: str, consent: Consent, document: Document) -> Enrolment:
    """Give an entry a new consent.

    Raises:
        ConsentError: it is the consent the entry has, or an older one.
        RegisterError: there is no such entry, or it has had too many consents.
    """
    with register.change():
        old = entry(register, entry_id)
        _check_newer(old, consent)
        register.record(
            "renew",
            {
                "entry": old.entry_id,
                "person": old.person_id,
                "given_by": consent.given_by,
                "given_on": consent.given_on.isoformat(),
                "expires": consent.expires.isoformat(),
                "document_sha256": consent.document_sha256,
                "before_sha256": old.consent.document_sha256,
            },
        )
        register.renew(old, consent, document)
    return entry(register, entry_id)


def _check_newer(old: Enrolment, consent: Consent) -> None:
    before = old.consent
    if consent.given_on < before.given_on or consent.document_sha256 == before.document_sha256:
        same = consent.document_sha256 == before.document_sha256
        raise ConsentError(
            "The document is the one the entry has already."
            if same
            else f"The consent was given on {consent.given_on}, before the entry's present one of "
            f"{before.given_on}.",
            "Give the newly signed document and the day on which it was signed.",
        )
    if len(old.consents) >= MAX_CONSENTS:
        raise RegisterError(
            f"The entry has had {MAX_CONSENTS} consents.", "Revoke it and enrol the person again."
        )
