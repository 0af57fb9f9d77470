"""A revocation leaves no byte of the person in any file, and a line in the log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import RegisterError
from edge.register.database import Enrolment, Register, open_register
from edge.register.enrol import revoke
from tests.fakes.registers import FORM, add, new_register
from tests.fakes.watchlists import StillClock

NAME = "Zerlina Quux-Fontaine"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def traces(register: Register, needles: list[bytes]) -> list[str]:
    """The files of the register in which one of the needles stands."""
    return [
        path.name
        for path in sorted(register.folder.rglob("*"))
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


def needles(one: Enrolment) -> list[bytes]:
    return [one.name.encode(), b"Quux", *(row.tobytes()[:16] for row in one.templates)]


def test_before_a_revocation_the_bytes_are_there_to_be_found(
    register: Register, tmp_path: Path
) -> None:
    assert traces(register, needles(add(register, tmp_path, NAME)))


def test_a_revoked_persons_bytes_are_gone_from_every_file(
    register: Register, tmp_path: Path
) -> None:
    others = [add(register, tmp_path, name) for name in ("Ada", "Bob")]
    gone = add(register, tmp_path, NAME)
    others += [add(register, tmp_path, name) for name in ("Cid", "Dan")]
    revoke(register, gone.entry_id, "asked for it")
    assert traces(register, needles(gone)) == []
    assert {x.entry_id for x in register.enrolments()} == {x.entry_id for x in others}
    for one in others:
        assert traces(register, needles(one)[:1])
    register.close()
    assert traces(register, needles(gone)) == []


def test_among_many_entries_each_revocation_is_complete(register: Register, tmp_path: Path) -> None:
    made = [add(register, tmp_path, f"person{n:03} Familyname{n:03}") for n in range(60)]
    for one in made[::3]:
        revoke(register, one.entry_id, "left")
        searched = [one.name.encode(), *(row.tobytes()[:16] for row in one.templates)]
        assert traces(register, searched) == []
    assert len(register.enrolments()) == 40


def test_the_consent_document_goes_too_and_others_stay(register: Register, tmp_path: Path) -> None:
    gone, stays = add(register, tmp_path, NAME), add(register, tmp_path, "Ada")
    revoke(register, gone.entry_id, "asked for it")
    left = [path.name for path in (register.folder / "consents").iterdir()]
    assert left == [f"{stays.entry_id}.pdf"]


def test_revoking_a_person_erases_all_their_entries_and_an_entry_only_itself(
    register: Register, tmp_path: Path
) -> None:
    first = add(register, tmp_path, "Ada")
    second = add(register, tmp_path, "Ada", list_id="staff", texts=("ada 4", "ada 5"))
    assert len(revoke(register, first.entry_id, "left the guests")) == 1
    assert [x.entry_id for x in register.enrolments()] == [second.entry_id]
    add(register, tmp_path, "Ada")
    assert len(revoke(register, first.person_id, "left")) == 2
    assert register.enrolments() == ()


def test_the_audit_log_keeps_ids_reason_and_the_documents_hash_but_no_name(
    register: Register, tmp_path: Path
) -> None:
    gone = add(register, tmp_path, NAME)
    revoke(register, gone.entry_id, "asked for it")
    found = register.audit()
    assert found.problem == ""
    actions = [line["action"] for line in found.lines]
    assert actions == ["init", "list-add", "list-add", "add", "revoke"]
    assert found.lines[3]["facts"]["document_sha256"] == FORM.sha256
    assert found.lines[4]["facts"] == {
        "entry": gone.entry_id,
        "person": gone.person_id,
        "reason": "asked for it",
    }
    assert {line["actor"] for line in found.lines} == {"olga"}


@pytest.mark.parametrize(
    "reason", ["", "x" * 201, "line\nbreak", "zerlina asked", "Ms QUUX left", "fontaine"]
)
def test_a_reason_with_the_persons_name_or_out_of_bounds_is_refused_and_nothing_is_erased(
    register: Register, tmp_path: Path, reason: str
) -> None:
    made = add(register, tmp_path, NAME)
    with pytest.raises(RegisterError, match="The reason"):
        revoke(register, made.entry_id, reason)
    assert len(register.enrolments()) == 1


def test_revoking_an_unknown_id_is_refused(register: Register) -> None:
    with pytest.raises(RegisterError, match="no entry or person"):
        revoke(register, "nobody", "left")


def test_an_erasure_that_another_program_hinders_is_told_and_finished_at_the_next_opening(
    register: Register, tmp_path: Path
) -> None:
    gone = add(register, tmp_path, NAME)
    register._connection.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(register.folder / "register.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT name FROM entries").fetchall()
        with pytest.raises(RegisterError, match="another program"):
            revoke(register, gone.entry_id, "asked for it")
        assert register.enrolments() == ()
    register.close()
    with closing(open_register(register.folder, StillClock(), "olga")) as again:
        assert again.enrolments() == ()
        assert traces(register, needles(gone)) == []


def test_an_erasure_that_was_cut_off_before_the_vacuum_is_finished_at_the_next_opening(
    register: Register, tmp_path: Path
) -> None:
    gone = add(register, tmp_path, NAME)
    with register.change():
        register.delete([gone.entry_id])
    assert (register.folder / "consents" / f"{gone.entry_id}.pdf").exists()
    register.close()
    with closing(open_register(register.folder, StillClock(), "olga")) as again:
        assert traces(again, needles(gone)) == []
        assert not (again.folder / "consents" / f"{gone.entry_id}.pdf").exists()
