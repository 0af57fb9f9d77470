"""A renewal replaces the consent that counts and keeps the one before as history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from edge.errors import ConsentError, RegisterError
from edge.register.consent import Consent, Document, make_consent
from edge.register.database import Register, open_register
from edge.register.enrol import revoke
from edge.register.renew import renew
from tests.fakes.registers import EXPIRES, FORM, GIVEN_ON, add, new_register
from tests.fakes.watchlists import NOW, StillClock

NEW_FORM = Document(b"I, Ada, agree again.", ".png")
TODAY = NOW.date()
LATER = EXPIRES + timedelta(days=300)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def new_consent(given_on: date = TODAY, document: Document = NEW_FORM) -> Consent:
    return make_consent(document, "guardian", given_on, LATER, ["hall"], NOW)


def documents(register: Register) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (register.folder / "consents").iterdir()}


def test_the_new_consent_counts_and_the_one_before_is_history(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada")
    renew(register, made.entry_id, new_consent(), NEW_FORM)
    (kept,) = register.enrolments()
    assert kept.consent == new_consent()
    assert kept.earlier == (made.consent,)
    assert (kept.templates == made.templates).all()
    assert documents(register) == {
        f"{made.entry_id}.pdf": FORM.data,
        f"{made.entry_id}-2.png": NEW_FORM.data,
    }
    line = register.audit().lines[-1]
    assert line["action"] == "renew"
    assert line["facts"]["before_sha256"] == FORM.sha256
    assert line["facts"]["document_sha256"] == NEW_FORM.sha256
    assert "Ada" not in str(line)


def test_the_history_survives_opening_and_grows(register: Register, tmp_path: Path) -> None:
    made = add(register, tmp_path, "Ada")
    third = Document(b"And again.", ".pdf")
    renew(register, made.entry_id, new_consent(), NEW_FORM)
    renew(register, made.entry_id, new_consent(document=third), third)
    register.close()
    with closing(open_register(register.folder, StillClock(), "olga")) as again:
        (kept,) = again.enrolments()
        assert [x.document_sha256 for x in kept.consents] == [
            FORM.sha256,
            NEW_FORM.sha256,
            third.sha256,
        ]
        found = [path.read_bytes() for path in again.documents_of(kept) if path]
        assert found == [FORM.data, NEW_FORM.data, third.data]


def test_a_revocation_erases_the_history_too(register: Register, tmp_path: Path) -> None:
    made, stays = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    renew(register, made.entry_id, new_consent(), NEW_FORM)
    revoke(register, made.entry_id, "asked for it")
    assert list(documents(register)) == [f"{stays.entry_id}.pdf"]
    assert register.run("SELECT * FROM earlier_consents") == []


def test_an_expired_entry_can_be_renewed(register: Register, tmp_path: Path) -> None:
    made = add(register, tmp_path, "Ada", expires=(NOW + timedelta(days=1)).date())
    assert isinstance(register.clock, StillClock)
    register.clock.advance(timedelta(days=30))
    assert not register.enrolments()[0].consent.live(register.clock.utc())
    assert renew(register, made.entry_id, new_consent(), NEW_FORM).consent.live(
        register.clock.utc()
    )


@pytest.mark.parametrize(
    ("given_on", "document", "said"),
    [
        (GIVEN_ON - timedelta(days=1), NEW_FORM, "before the entry's present one"),
        (TODAY, FORM, "the one the entry has already"),
    ],
)
def test_an_older_or_the_same_consent_is_refused_and_nothing_changes(
    register: Register, tmp_path: Path, given_on: date, document: Document, said: str
) -> None:
    made = add(register, tmp_path, "Ada")
    older = replace(new_consent(document=document), given_on=given_on)
    with pytest.raises(ConsentError, match=said):
        renew(register, made.entry_id, older, document)
    assert register.enrolments()[0].consent == made.consent
    assert [line["action"] for line in register.audit().lines][-1] == "add"


def test_a_person_id_is_refused_and_their_entries_are_named(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada")
    with pytest.raises(RegisterError, match="is a person") as caught:
        renew(register, made.person_id, new_consent(), NEW_FORM)
    assert made.entry_id in caught.value.remedy
    with pytest.raises(RegisterError, match="no entry or person"):
        renew(register, "nobody", new_consent(), NEW_FORM)
