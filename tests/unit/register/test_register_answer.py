"""The answer to a person holds everything about them, and nothing about anybody else."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.errors import RegisterError
from edge.register.answer import gather
from edge.register.answer_page import page
from edge.register.answer_zip import write_answer
from edge.register.consent import Document, make_consent
from edge.register.database import Register, create_register
from edge.register.enrol import Limits, Wish, add_list, enrol, revoke
from edge.register.kept_photos import open_safe
from edge.register.keys import Secrets
from edge.register.photos import read_photos
from edge.register.publish import publish
from edge.register.renew import renew
from edge.values import ListInfo
from tests.fakes.registers import EXPIRES, FORM, GIVEN_ON, TextReader, add, new_register, photos
from tests.fakes.watchlists import NOW, PACK, StillClock

NEW_FORM = Document(b"I, Ada, agree again.", ".png")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def answered(register: Register, some_id: str, out: Path) -> dict[str, bytes]:
    """The members of the zip file."""
    write_answer(gather(register, some_id, None), out, "Olga, Park 1")
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_every_entry_consent_template_and_line_of_the_person(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada", sites=("hall",))
    assert isinstance(register.clock, StillClock)
    register.clock.advance(timedelta(seconds=1))
    staff = add(register, tmp_path, "Ada L.", list_id="staff", texts=("ada 4", "ada 5"))
    add(register, tmp_path, "Bob Baxter")
    newer = make_consent(NEW_FORM, "guardian", NOW.date(), EXPIRES, ["hall"], NOW)
    renew(register, ada.entry_id, newer, NEW_FORM)
    members = answered(register, staff.entry_id, tmp_path / "answer.zip")
    assert members["consents/guests-1.pdf"] == FORM.data
    assert members["consents/guests-2.png"] == NEW_FORM.data
    assert members["consents/staff-1.pdf"] == FORM.data
    data: dict[str, Any] = json.loads(members["data.json"])
    assert data["person"] == ada.person_id
    assert data["names"] == ["Ada", "Ada L."]
    guests, other = data["entries"]
    assert guests["templates"] == ada.templates.tolist()
    assert [x["given_by"] for x in guests["consents"]] == ["self", "guardian"]
    assert (other["list"], other["purpose"]) == ("staff", "Open the door.")
    assert [x["action"] for x in data["audit_lines"]] == ["add", "add", "renew", "export"]
    text = members["answer.html"].decode()
    for words in ("Ada, Ada L.", "Greet our guests.", "your guardian", "Olga, Park 1", "hall"):
        assert words in text
    assert b"Baxter" not in b"".join(members.values())


def test_lists_published_while_the_consent_held_are_named(
    register: Register, tmp_path: Path
) -> None:
    clock = register.clock
    assert isinstance(clock, StillClock)
    add(register, tmp_path, "Bob")

    def publish_once() -> None:
        publish(register, tmp_path / "list", timedelta(days=30))

    publish_once()
    ada = add(register, tmp_path, "Ada", expires=(NOW + timedelta(days=5)).date())
    publish_once()
    publish_once()
    clock.advance(timedelta(days=10))
    publish_once()  # Ada's consent has ended
    newer = make_consent(NEW_FORM, "self", clock.utc().date(), EXPIRES, ["*"], clock.utc())
    renew(register, ada.entry_id, newer, NEW_FORM)
    publish_once()
    answer = gather(register, ada.person_id, None)
    assert [x.version for x in answer.entries[0].published] == [2, 3, 5]
    text = page(answer, "")
    assert "<td>2 to 3</td>" in text
    assert "<td>5</td>" in text


def test_lines_of_an_erased_entry_of_the_person_are_told_too(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    staff = add(register, tmp_path, "Ada", list_id="staff", texts=("ada 4", "ada 5"))
    revoke(register, staff.entry_id, "left")
    answer = gather(register, ada.person_id, None)
    assert [x["action"] for x in answer.lines] == ["add", "add", "revoke", "export"]
    assert "An entry of yours was erased." in page(answer, "")


def test_every_text_from_outside_is_escaped(register: Register, tmp_path: Path) -> None:
    evil = '<img src=x onerror="alert(1)">&'
    add_list(register, ListInfo("evil", f"{evil} purpose"))
    ada = add(register, tmp_path, f"ada {evil}", list_id="evil")
    text = page(gather(register, ada.entry_id, None), f"{evil} contact")
    assert "<img" not in text
    assert text.count("&lt;img src=x onerror=") >= 4


def test_a_lost_document_is_told_and_the_rest_is_given(register: Register, tmp_path: Path) -> None:
    ada = add(register, tmp_path, "Ada")
    (register.folder / "consents" / f"{ada.entry_id}.pdf").unlink()
    members = answered(register, ada.entry_id, tmp_path / "answer.zip")
    assert "The copy is missing" in members["answer.html"].decode()
    assert set(members) == {"answer.html", "data.json"}


def test_the_file_is_its_owners_alone_and_never_replaces_another(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    out = tmp_path / "answer.zip"
    answered(register, ada.entry_id, out)
    assert out.stat().st_mode & 0o777 == 0o600
    with pytest.raises(RegisterError, match="already"):
        write_answer(gather(register, ada.entry_id, None), out, "")
    with pytest.raises(RegisterError, match="cannot be written"):
        write_answer(gather(register, ada.entry_id, None), tmp_path / "no" / "a.zip", "")
    with pytest.raises(RegisterError, match="no entry or person"):
        gather(register, "nobody", None)


def test_kept_photos_come_out_and_need_the_passphrase(tmp_path: Path) -> None:
    made = create_register(tmp_path / "safe", Secrets("correct horse"), StillClock(), "olga")
    with closing(made) as register:
        add_list(register, ListInfo("guests", "Greet."))
        outcomes = read_photos(TextReader(), photos(tmp_path, "ada 1", "ada 2"))
        consent = make_consent(FORM, "self", GIVEN_ON, EXPIRES, ["*"], NOW)
        wish = Wish("Ada", "guests", consent, FORM, safe=open_safe(register, "correct horse"))
        ada = enrol(register, wish, PACK, outcomes, Limits())
        with pytest.raises(RegisterError, match="need the register's passphrase"):
            gather(register, ada.entry_id, None)
        assert register.audit().lines[-1]["action"] == "add"
        answer = gather(register, ada.entry_id, "correct horse")
        write_answer(answer, tmp_path / "answer.zip", "")
    with zipfile.ZipFile(tmp_path / "answer.zip") as archive:
        assert archive.read("photos/guests-02.jpg") == b"ada 2"
