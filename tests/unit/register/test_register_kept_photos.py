"""Photos are kept only when asked for, only encrypted, and not after a revocation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import RegisterError
from edge.register.consent import make_consent
from edge.register.database import Enrolment, Register, create_register, open_register
from edge.register.enrol import Limits, Wish, add_list, enrol, revoke
from edge.register.kept_photos import count_kept, open_safe
from edge.register.keys import Secrets
from edge.register.photos import read_photos
from edge.values import ListInfo
from tests.fakes.registers import EXPIRES, FORM, GIVEN_ON, TextReader, new_register, photos
from tests.fakes.watchlists import NOW, PACK, StillClock

PASSPHRASE = "correct horse battery"
PIXELS = "pixels-of-the-photo-that-nobody-else-has"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    made = create_register(tmp_path / "register", Secrets(PASSPHRASE), StillClock(), "olga")
    with closing(made):
        add_list(made, ListInfo("guests", "Greet our guests."))
        yield made


def keep(register: Register, folder: Path, name: str) -> Enrolment:
    """Enrol somebody with two usable photos and a dark one, and keep the photos."""
    texts = [f"{name} 1 {PIXELS}", f"{name} 2 {PIXELS}", f"{name} 3 dark {PIXELS}"]
    outcomes = read_photos(TextReader(), photos(folder, *texts))
    consent = make_consent(FORM, "self", GIVEN_ON, EXPIRES, ["*"], NOW)
    safe = open_safe(register, PASSPHRASE)
    wish = Wish(name, "guests", consent, FORM, safe=safe)
    return enrol(register, wish, PACK, outcomes, Limits())


def traces(register: Register, needle: bytes) -> list[str]:
    return [
        path.name
        for path in register.folder.rglob("*")
        if path.is_file() and needle in path.read_bytes()
    ]


def test_usable_photos_come_out_as_they_went_in(register: Register, tmp_path: Path) -> None:
    made = keep(register, tmp_path, "ada")
    register.close()
    with closing(open_register(register.folder, StillClock(), "olga")) as again:
        found = open_safe(again, PASSPHRASE).photos_of(made.entry_id)
        assert [(x.name, x.data.decode()) for x in found] == [
            ("01.jpg", f"ada 1 {PIXELS}"),
            ("02.jpg", f"ada 2 {PIXELS}"),
        ]
        assert count_kept(again) == {made.entry_id: 2}
    assert register.folder.joinpath("photos").stat().st_mode & 0o777 == 0o700


def test_no_file_of_the_register_holds_the_photos_bytes_or_the_files_name(
    register: Register, tmp_path: Path
) -> None:
    keep(register, tmp_path, "ada")
    assert traces(register, PIXELS.encode()) == []
    assert not any(PIXELS in path.name for path in register.folder.rglob("*"))


def test_a_revocation_deletes_the_files_of_the_revoked_alone(
    register: Register, tmp_path: Path
) -> None:
    gone, stays = keep(register, tmp_path, "ada"), keep(register, tmp_path, "bob")
    sealed = (register.folder / "photos" / f"{gone.entry_id}.01.jpg.sealed").read_bytes()
    assert traces(register, sealed[:32])
    revoke(register, gone.entry_id, "asked for it")
    assert count_kept(register) == {stays.entry_id: 2}
    assert traces(register, sealed[:32]) == []


def test_a_wrong_passphrase_is_told_from_the_first_use_on(
    register: Register, tmp_path: Path
) -> None:
    with pytest.raises(RegisterError, match="wrong passphrase"):
        open_safe(register, "something else")
    keep(register, tmp_path, "ada")
    with pytest.raises(RegisterError, match="kept photos cannot be opened: wrong passphrase"):
        open_safe(register, "something else")


def test_without_a_passphrase_nothing_is_kept(tmp_path: Path, register: Register) -> None:
    with pytest.raises(RegisterError, match="need the register's passphrase"):
        open_safe(register, None)
    with (
        closing(new_register(tmp_path / "plain")) as plain,
        pytest.raises(RegisterError, match="not encrypted, but there is a passphrase"),
    ):
        open_safe(plain, PASSPHRASE)


def test_an_altered_or_exchanged_photo_is_refused(register: Register, tmp_path: Path) -> None:
    ada, bob = keep(register, tmp_path, "ada"), keep(register, tmp_path, "bob")
    folder = register.folder / "photos"
    adas, bobs = (folder / f"{x.entry_id}.01.jpg.sealed" for x in (ada, bob))
    bobs.write_bytes(adas.read_bytes())
    adas.write_bytes(adas.read_bytes()[:-1])
    safe = open_safe(register, PASSPHRASE)
    for one in (ada, bob):
        with pytest.raises(RegisterError, match="altered or cut off"):
            safe.photos_of(one.entry_id)
