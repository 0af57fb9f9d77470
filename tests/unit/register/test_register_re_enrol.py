"""A register moves to another pack person by person; templates of two packs never meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import ConsentError, PhotoError, RegisterError
from edge.register import schema
from edge.register.database import Enrolment, Register, open_register
from edge.register.enrol import Limits, revoke
from edge.register.photos import read_photos
from edge.register.publish import publish
from edge.register.re_enrol import abandon, finish, give_photos, look
from edge.register.staged import StagedTemplates
from tests.fakes.registers import TextReader, add, as_first_release, new_register, photos
from tests.fakes.watchlists import NOW, PACK, StillClock
from tests.unit.register.published import Box

NEW = "newer@2.0.0"
DAY = timedelta(days=1)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def give(
    register: Register,
    folder: Path,
    one: Enrolment,
    *texts: str,
    target: str = NEW,
    old: bool = True,
    new_person: bool = False,
) -> None:
    paths = photos(folder, *texts)
    outcomes = read_photos(TextReader(target), paths)
    seen = read_photos(TextReader(), paths) if old else None
    give_photos(register, one.entry_id, target, outcomes, seen, Limits(), new_person=new_person)


def looks(name: str) -> Sequence[str]:
    return [f"{name} {number}" for number in (4, 5, 6)]


def published_pack(register: Register, folder: Path) -> tuple[str, int, int]:
    """The pack, entries and left out entries of what would be published now."""
    done = publish(register, folder / "list", timedelta(days=30))
    manifest = Box(register, folder / "list").manifest()
    return manifest.pack, manifest.entries, sum(done.left_out.values())


def test_a_person_with_photos_of_another_pack_is_refused_and_told_the_way(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Ada")
    with pytest.raises(RegisterError, match=f"made with pack {PACK}; this one is {NEW}") as caught:
        add(register, tmp_path, "Bob", pack=NEW)
    assert [one.name for one in register.enrolments()] == ["Ada"]
    assert "re-enrol" in caught.value.remedy


def test_the_move_says_whose_photos_are_needed(register: Register, tmp_path: Path) -> None:
    ada, bob = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    gone = add(register, tmp_path, "Cleo", expires=(NOW + DAY).date())
    clock = register.clock
    assert isinstance(clock, StillClock)
    give(register, tmp_path, ada, *looks("ada"))
    clock.now += 2 * DAY
    move = look(register, NEW)
    assert (move.pack, move.target) == (PACK, NEW)
    assert [one.entry_id for one in move.done] == [ada.entry_id]
    assert [one.entry_id for one in move.missing] == [bob.entry_id]
    assert [one.entry_id for one in move.expired] == [gone.entry_id]


def test_until_it_is_finished_boxes_go_on_with_the_old_pack(
    register: Register, tmp_path: Path
) -> None:
    ada, bob = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    give(register, tmp_path, ada, *looks("ada"))
    assert published_pack(register, tmp_path) == (PACK, 2, 0)
    add(register, tmp_path, "Cleo")
    assert published_pack(register, tmp_path) == (PACK, 3, 0)
    with pytest.raises(RegisterError, match="2 of 3 entries have no photos"):
        finish(register, NEW)
    give(register, tmp_path, bob, *looks("bob"))
    cleo = next(one for one in register.enrolments() if one.name == "Cleo")
    give(register, tmp_path, cleo, *looks("cleo"))
    assert len(finish(register, NEW).done) == 3
    assert published_pack(register, tmp_path) == (NEW, 3, 0)


def test_finishing_replaces_templates_and_keeps_consent_name_and_ids(
    register: Register, tmp_path: Path
) -> None:
    before = add(register, tmp_path, "Ada")
    give(register, tmp_path, before, "ada 4", "ada 5")
    finish(register, NEW)
    (after,) = register.enrolments()
    assert (after.pack, len(after.templates)) == (NEW, 2)
    assert (after.templates[0] != before.templates[0]).any()
    kept = [(x.entry_id, x.person_id, x.name, x.consent, x.added_at) for x in (before, after)]
    assert kept[0] == kept[1]


def test_someone_who_is_left_behind_is_never_published_with_the_new_pack(
    register: Register, tmp_path: Path
) -> None:
    ada, _ = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    give(register, tmp_path, ada, *looks("ada"))
    finish(register, NEW, leave_missing=True)
    assert published_pack(register, tmp_path) == (NEW, 1, 1)
    assert {one.pack for one in register.enrolments()} == {PACK, NEW}


def test_someone_who_was_left_behind_can_still_follow(register: Register, tmp_path: Path) -> None:
    ada, bob = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    give(register, tmp_path, ada, *looks("ada"))
    finish(register, NEW, leave_missing=True)
    give(register, tmp_path, bob, *looks("bob"))
    finish(register, NEW)
    assert published_pack(register, tmp_path) == (NEW, 2, 0)


def test_photos_of_somebody_else_are_refused_where_the_old_pack_is_at_hand(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    with pytest.raises(PhotoError, match="do not show the person of entry"):
        give(register, tmp_path, ada, *looks("bob"))
    assert StagedTemplates(register.run).templates() == {}


def test_photos_of_somebody_who_gave_theirs_already_are_refused(
    register: Register, tmp_path: Path
) -> None:
    ada, bob = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    give(register, tmp_path, ada, *looks("ada"))
    with pytest.raises(PhotoError, match=f"show the person of entry {ada.entry_id}"):
        give(register, tmp_path, bob, *looks("ada"), old=False)
    give(register, tmp_path, bob, *looks("ada"), old=False, new_person=True)


def test_without_a_live_consent_no_photos_are_taken_in(register: Register, tmp_path: Path) -> None:
    ada = add(register, tmp_path, "Ada", expires=(NOW + DAY).date())
    clock = register.clock
    assert isinstance(clock, StillClock)
    clock.now += 2 * DAY
    with pytest.raises(ConsentError, match="does not hold now"):
        give(register, tmp_path, ada, *looks("ada"))


def test_a_second_target_waits_until_the_first_is_finished_or_given_up(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    give(register, tmp_path, ada, *looks("ada"))
    with pytest.raises(RegisterError, match=f"A change to pack {NEW} has begun"):
        give(register, tmp_path, ada, *looks("ada"), target="other@1.0.0")
    assert abandon(register) == NEW
    give(register, tmp_path, ada, *looks("ada"), target="other@1.0.0")
    with pytest.raises(RegisterError, match="has begun"):
        finish(register, NEW)
    finish(register, "other@1.0.0")
    with pytest.raises(RegisterError, match="No change of pack has begun"):
        abandon(register)


def test_giving_photos_again_replaces_those_given_before(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    give(register, tmp_path, ada, *looks("ada"))
    give(register, tmp_path, ada, "ada 7")
    assert [len(rows) for rows in StagedTemplates(register.run).templates().values()] == [1]


def test_an_entry_that_is_unknown_or_has_moved_is_refused(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    give(register, tmp_path, ada, *looks("ada"))
    finish(register, NEW)
    with pytest.raises(RegisterError, match=f"has templates of pack {NEW} already"):
        give(register, tmp_path, ada, *looks("ada"), old=False)
    outcomes = read_photos(TextReader(NEW), photos(tmp_path, "ada 4"))
    with pytest.raises(RegisterError, match="no entry nobody"):
        give_photos(register, "nobody", NEW, outcomes, None, Limits())
    with pytest.raises(RegisterError, match="Nobody has photos for pack"):
        finish(register, "other@1.0.0")


def test_every_step_leaves_a_line_without_names(register: Register, tmp_path: Path) -> None:
    ada = add(register, tmp_path, "Ada")
    give(register, tmp_path, ada, *looks("ada"))
    abandon(register)
    give(register, tmp_path, ada, *looks("ada"), old=False)
    finish(register, NEW)
    found = register.audit()
    assert found.problem == ""
    assert [line["action"] for line in found.lines][-4:] == [
        "re-enrol", "re-enrol-abandon", "re-enrol", "re-enrol-finish",
    ]  # fmt: skip
    facts = found.lines[-2]["facts"]
    assert (facts["entry"], facts["pack"], facts["compared"]) == (ada.entry_id, NEW, 0)
    assert "Ada" not in str(found.lines)


def test_old_and_abandoned_templates_leave_no_byte_behind(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    old = ada.templates[0].tobytes()
    give(register, tmp_path, ada, "ada 8")
    (staged,) = StagedTemplates(register.run).templates().values()
    abandon(register)
    assert not held(register, staged.tobytes())
    give(register, tmp_path, ada, *looks("ada"))
    assert held(register, old)
    finish(register, NEW)
    assert not held(register, old)


def test_revoking_takes_staged_templates_along(register: Register, tmp_path: Path) -> None:
    ada = add(register, tmp_path, "Ada")
    give(register, tmp_path, ada, "ada 8")
    (staged,) = StagedTemplates(register.run).templates().values()
    revoke(register, ada.entry_id, "asked for it")
    assert StagedTemplates(register.run).templates() == {}
    assert not held(register, staged.tobytes())


def test_a_register_of_the_first_release_is_brought_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    new_register(folder).close()
    as_first_release(folder)
    with closing(open_register(folder, StillClock(), "olga")) as register:
        ada = add(register, tmp_path, "Ada")
        give(register, tmp_path, ada, *looks("ada"))
        finish(register, NEW)
        assert register.run("PRAGMA user_version")[0][0] == schema.SCHEMA_VERSION


def held(register: Register, row: bytes) -> bool:
    return any(row in path.read_bytes() for path in register.folder.rglob("*") if path.is_file())
