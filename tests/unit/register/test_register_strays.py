"""Files that an interrupted change left are gone after the next opening; old registers open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.errors import RegisterError
from edge.register.database import Register, open_register
from tests.fakes.registers import add, as_first_release, new_register
from tests.fakes.watchlists import StillClock

STRAY = "0b5a0c5e-0000-4000-8000-000000000000"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def reopened(register: Register) -> Register:
    register.close()
    return open_register(register.folder, StillClock(), "olga")


def test_a_consent_copy_and_photos_of_an_enrolment_that_never_ended_are_deleted_at_opening(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada")
    consents, photos = register.folder / "consents", register.folder / "photos"
    photos.mkdir()
    for path in (
        consents / f"{STRAY}.pdf",
        consents / f"{made.entry_id}-2.pdf",  # a renewal that never ended
        consents / f".{STRAY}.pdf.4711.new",
        photos / f"{STRAY}.01.jpg.sealed",
    ):
        path.write_bytes(b"left by a crash")
    with closing(reopened(register)):
        assert [path.name for path in consents.iterdir()] == [f"{made.entry_id}.pdf"]
        assert list(photos.iterdir()) == []


def test_nothing_is_deleted_while_another_program_enrols(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Ada")
    stray = register.folder / "consents" / f"{STRAY}.pdf"
    with closing(open_register(register.folder, StillClock(), "olga")) as second:
        second.run("PRAGMA busy_timeout = 50")
        with register.change():
            stray.write_bytes(b"its entry is about to be committed")
            with pytest.raises(RegisterError, match="refuses"):
                second.drop_strays()
            assert stray.exists()


def test_a_register_of_the_first_release_is_brought_up_to_date(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada")
    register.close()
    as_first_release(register.folder)
    with closing(open_register(register.folder, StillClock(), "olga")) as again:
        (kept,) = again.enrolments()
        assert (kept.name, kept.earlier) == ("Ada", ())
        assert (kept.templates == made.templates).all()
        add(again, tmp_path, "Bob")
