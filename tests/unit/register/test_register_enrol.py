"""Who is enrolled, who is refused, and that a refusal changes nothing."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from edge.errors import PhotoError, RegisterError
from edge.register.database import Register, create_register, open_register
from edge.register.enrol import add_list, find, revoke
from edge.register.keys import Secrets
from edge.values import ListInfo
from edge.watchlist.quantise import quantise
from tests.fakes.registers import FORM, add, face, new_register
from tests.fakes.watchlists import StillClock


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def held(register: Register) -> list[tuple[str, str]]:
    return [(one.name, one.list_id) for one in register.enrolments()]


def test_an_enrolment_is_kept_with_one_template_for_each_usable_photo(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada Lovelace", texts=("ada 1", "ada 2 dark", "ada 3"))
    (kept,) = register.enrolments()
    assert kept.name == "Ada Lovelace"
    assert kept.consent == made.consent
    assert kept.added_at == made.added_at
    expected = quantise(np.stack([face("ada", 1), face("ada", 3)]))
    assert (kept.templates == expected).all()


def test_the_consent_document_is_kept_beside_the_register_for_its_owner_alone(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada")
    copy = register.folder / "consents" / f"{made.entry_id}.pdf"
    assert copy.read_bytes() == FORM.data
    assert made.consent.document_sha256 == FORM.sha256
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_no_photo_is_stored(register: Register, tmp_path: Path) -> None:
    add(register, tmp_path, "Ada", texts=("ada 1 raw-pixels-of-ada",))
    for path in register.folder.rglob("*"):
        assert not path.is_file() or b"raw-pixels-of-ada" not in path.read_bytes()


def test_without_a_usable_photo_nobody_is_enrolled(register: Register, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="None of the 2 photos"):
        add(register, tmp_path, "Ada", texts=("nobody", "ada 1 dark"))
    assert held(register) == []


def test_photos_of_different_people_are_refused(register: Register, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="different people"):
        add(register, tmp_path, "Ada", texts=("ada 1", "ada 2", "bob 1"))
    assert held(register) == []


def test_a_person_who_is_on_the_list_already_is_refused_and_the_entry_is_named(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Bob")
    first = add(register, tmp_path, "Ada")
    with pytest.raises(RegisterError, match=first.entry_id):
        add(register, tmp_path, "Countess", texts=("ada 4", "ada 5", "ada 6"))
    assert sorted(held(register)) == [("Ada", "guests"), ("Bob", "guests")]


def test_a_person_who_is_on_another_list_keeps_the_person_id(
    register: Register, tmp_path: Path
) -> None:
    first = add(register, tmp_path, "Ada")
    second = add(register, tmp_path, "Ada", list_id="staff", texts=("ada 4", "ada 5"))
    assert second.person_id == first.person_id
    assert second.entry_id != first.entry_id
    with pytest.raises(RegisterError, match=second.entry_id):
        add(register, tmp_path, "Ada", list_id="staff", texts=("ada 7", "ada 8"))


def test_a_twin_is_enrolled_when_the_operator_says_so(register: Register, tmp_path: Path) -> None:
    ada = add(register, tmp_path, "Ada")
    twin = add(register, tmp_path, "Eda", texts=("ada 4", "ada 5"), new_person=True)
    assert twin.person_id != ada.person_id
    assert register.audit().lines[-1]["facts"]["new_person"] == 1


def test_different_people_get_different_ids(register: Register, tmp_path: Path) -> None:
    ids = {add(register, tmp_path, name).person_id for name in ("Ada", "Bob", "Cid")}
    assert len(ids) == 3


def test_an_unknown_list_is_refused_and_the_known_ones_are_told(
    register: Register, tmp_path: Path
) -> None:
    with pytest.raises(RegisterError, match="guests, staff"):
        add(register, tmp_path, "Ada", list_id="gusts")


def test_templates_of_another_pack_are_refused_until_the_register_is_empty(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada")
    with pytest.raises(RegisterError, match=r"test@1\.0; this one is test@2\.0"):
        add(register, tmp_path, "Bob", pack="test@2.0")
    revoke(register, made.entry_id, "new pack")
    assert add(register, tmp_path, "Bob", pack="test@2.0").pack == "test@2.0"


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Ada\nBob", "Ada\x00"])
def test_a_name_that_cannot_be_shown_is_refused(
    register: Register, tmp_path: Path, name: str
) -> None:
    with pytest.raises(RegisterError, match="The name"):
        add(register, tmp_path, name, texts=("ada 1",))


def test_a_list_needs_an_id_a_purpose_and_to_be_new(register: Register) -> None:
    for info in (
        ListInfo("Guests", "x"),
        ListInfo("g\n", "x"),
        ListInfo("g", ""),
        ListInfo("g", "x" * 501),
    ):
        with pytest.raises(RegisterError, match="not usable"):
            add_list(register, info)
    with pytest.raises(RegisterError, match="already"):
        add_list(register, ListInfo("guests", "Again."))
    assert [info.list_id for info in register.lists()] == ["guests", "staff"]


def test_entries_are_found_by_their_id_and_by_their_persons(
    register: Register, tmp_path: Path
) -> None:
    first = add(register, tmp_path, "Ada")
    second = add(register, tmp_path, "Ada", list_id="staff", texts=("ada 4", "ada 5"))
    assert [x.entry_id for x in find(register, second.entry_id)] == [second.entry_id]
    both = {x.entry_id for x in find(register, first.person_id)}
    assert both == {first.entry_id, second.entry_id}
    with pytest.raises(RegisterError, match="no entry or person"):
        find(register, "nobody")


def test_a_register_is_reopened_with_all_it_held(register: Register, tmp_path: Path) -> None:
    add(register, tmp_path, "Ada")
    register.close()
    with closing(open_register(register.folder, StillClock(), "olga")) as again:
        assert held(again) == [("Ada", "guests")]
        assert again.lists() == (
            ListInfo("guests", "Greet our guests.", show_label=True),
            ListInfo("staff", "Open the door."),
        )


def test_database_key_and_log_are_for_their_owner_alone(register: Register) -> None:
    for path in (*register.folder.glob("[!r]*.*"), *register.folder.glob("register.sqlite*")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (register.folder / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_folder_that_holds_a_register_is_not_overwritten(register: Register) -> None:
    with pytest.raises(RegisterError, match="already holds"):
        create_register(register.folder, Secrets(None), StillClock(), "olga")


def test_a_folder_without_register_a_newer_one_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="no register"):
        open_register(tmp_path, StillClock(), "olga")
    (tmp_path / "register.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(RegisterError, match="cannot be opened"):
        open_register(tmp_path, StillClock(), "olga")
    with closing(new_register(tmp_path / "newer")) as made:
        made._connection.execute("PRAGMA user_version = 99")
    with pytest.raises(RegisterError, match="schema version 99; this release reads"):
        open_register(tmp_path / "newer", StillClock(), "olga")


def test_a_change_fails_whole_when_the_audit_log_cannot_be_written(
    register: Register, tmp_path: Path
) -> None:
    (register.folder / "audit.log").unlink()
    (register.folder / "audit.log").mkdir()
    with pytest.raises(RegisterError, match="so nothing was changed"):
        add(register, tmp_path, "Ada")
    assert held(register) == []
