"""A revocation is published at once, in little; the next publishing makes the bytes go."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import RegisterError
from edge.register.database import Register
from edge.register.destinations import destinations, forget
from edge.register.enrol import revoke
from edge.register.publish import centre, publish
from edge.register.withdraw import withdraw
from edge.watchlist.quantise import quantise
from edge.watchlist.segment import encode, segment_id, without
from tests.fakes.registers import add, new_register, populate
from tests.unit.register.published import Box

DAY = timedelta(days=1)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "repository"


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def held(folder: Path, needle: bytes) -> list[str]:
    return [path.name for path in files(folder) if needle in path.read_bytes()]


def test_a_revocation_costs_little_and_names_entry_list_and_segment(
    register: Register, out: Path
) -> None:
    everyone = populate(register, 20_000, dimensions=128)
    publish(register, out, DAY)
    before, gone = files(out), everyone[777]
    (told,) = withdraw(register, revoke(register, gone.person_id, "asked for it"))
    assert (told.version, told.problem) == (2, None)
    assert told.written_bytes == sum(path.stat().st_size for path in files(out) - before) + sum(
        path.stat().st_size for path in before & files(out) if path.name == "timestamp.json"
    ) + len((out / "metadata" / "1.root.json").read_bytes())
    assert told.written_bytes <= 64 * 1024
    box = Box(register, out)
    manifest = box.manifest()
    (row,) = manifest.revoked
    assert (row.entry_id, row.list_id) == (gone.entry_id, "staff")
    assert manifest.entries == 19_999


def test_after_the_next_publishing_the_template_is_in_no_file_of_the_repository(
    register: Register, tmp_path: Path, out: Path
) -> None:
    gone = [add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")]
    add(register, tmp_path, "Cid")
    publish(register, out, DAY)
    templates = [quantise(centre(one.templates)).tobytes() for one in gone]
    assert all(held(out, needle) for needle in templates)
    for one in gone:
        withdraw(register, revoke(register, one.entry_id, "asked for it"))
    assert len(Box(register, out).manifest().revoked) == 2
    done = publish(register, out, DAY)
    assert Box(register, out).manifest().revoked == ()
    assert (done.version, done.entries) == (4, 1)
    for needle in (*templates, b"Ada", b"Bob"):
        assert held(out, needle) == []


def test_what_a_box_makes_of_a_segment_without_the_revoked_is_what_is_published_next(
    register: Register, out: Path
) -> None:
    everyone = populate(register, 300)
    publish(register, out, DAY)
    withdraw(register, revoke(register, everyone[7].entry_id, "asked for it"))
    box = Box(register, out)
    manifest, (table,) = box.manifest(), box.tables()
    (row,) = manifest.segments
    made = segment_id(encode(without(table, manifest.revoked_of(row.id))))
    publish(register, out, DAY)
    assert [one.id for one in box.manifest().segments] == [made]


def test_every_destination_is_told_and_one_that_is_away_is_named(
    register: Register, tmp_path: Path
) -> None:
    ada, bob = (add(register, tmp_path, name) for name in ("Ada", "Bob"))
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        publish(register, folder, DAY)
    told = withdraw(register, revoke(register, ada.entry_id, "asked for it"))
    assert [(one.folder, one.version) for one in told] == [(there, 3), (here, 4)]
    shutil.rmtree(there)
    told = withdraw(register, revoke(register, bob.entry_id, "asked for it"))
    by_folder = {one.folder: one for one in told}
    assert by_folder[here].version == 5
    problem = by_folder[there].problem
    assert isinstance(problem, RegisterError)
    assert "is not there" in problem.problem
    forget(register, there)
    assert [one.folder for one in destinations(register)] == [here]
    with pytest.raises(RegisterError, match="no destination of this register"):
        forget(register, there)


def test_a_repository_that_somebody_put_back_to_an_older_state_is_published_anew(
    register: Register, tmp_path: Path, out: Path
) -> None:
    ada, bob, cid = (add(register, tmp_path, name) for name in ("Ada", "Bob", "Cid"))
    publish(register, out, DAY)
    shutil.copytree(out, tmp_path / "old")
    revoke(register, ada.entry_id, "asked for it")
    publish(register, out, DAY)
    shutil.rmtree(out)
    shutil.copytree(tmp_path / "old", out)
    withdraw(register, revoke(register, bob.entry_id, "asked for it"))
    box = Box(register, out)
    assert [one.entry_id for one in box.entries()] == [cid.entry_id]
    assert box.manifest().revoked == ()


def test_somebody_who_was_never_published_costs_no_version(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, out, DAY)
    bob = add(register, tmp_path, "Bob")
    (told,) = withdraw(register, revoke(register, bob.entry_id, "asked for it"))
    assert (told.version, told.problem) == (None, None)
    assert publish(register, out, DAY).version == 2


def test_sites_and_validity_stay_as_they_were(
    register: Register, tmp_path: Path, out: Path
) -> None:
    ada = add(register, tmp_path, "Ada", sites=("north",))
    add(register, tmp_path, "Bob", sites=("south",))
    publish(register, out, 3 * DAY, ("north",))
    (told,) = withdraw(register, revoke(register, ada.entry_id, "asked for it"))
    box = Box(register, out)
    manifest = box.manifest()
    assert told.version == manifest.version == 2
    assert manifest.expires_at - manifest.issued_at == 3 * DAY
    assert (manifest.entries, len(box.entries())) == (0, 1)
