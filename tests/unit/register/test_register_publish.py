"""From the register to a repository that a box accepts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.errors import RegisterError, WatchlistError
from edge.register.consent import Document, make_consent
from edge.register.database import Register, open_register
from edge.register.enrol import add_list, revoke
from edge.register.keys import Secrets
from edge.register.publish import publish
from edge.register.renew import renew
from edge.register.repository import destination_folder
from edge.values import ListInfo
from edge.watchlist.gallery import Gallery
from tests.fakes.registers import add, face, new_register, populate
from tests.fakes.watchlists import NOW, PACK, StillClock
from tests.unit.register.published import Box

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def register(tmp_path: Path, clock: StillClock) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register", clock)) as made:
        yield made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "repository"


def held(folder: Path, needle: bytes) -> list[str]:
    """Files that hold some bytes."""
    return [p.name for p in folder.rglob("*") if p.is_file() and needle in p.read_bytes()]


def test_a_published_person_is_recognised_by_a_box_and_after_revocation_not(
    register: Register, tmp_path: Path, out: Path, clock: StillClock
) -> None:
    made, _ = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    publish(register, out, 30 * DAY)
    box, gallery = Box(register, out), Gallery("north", clock)

    def take_up() -> None:
        found = dict(zip((r.id for r in box.manifest().segments), box.tables(), strict=True))
        gallery.replace(box.manifest().listing, found.__getitem__)

    take_up()
    best = gallery.search(face("ada")[None, :])[0][0]
    assert best.person_id == made.person_id
    assert best.entries[0].label == "Ada"
    assert best.score > 0.95
    revoke(register, made.person_id, "asked for it")
    publish(register, out, 30 * DAY)
    take_up()
    assert all(c.person_id != made.person_id for c in gallery.search(face("ada")[None, :])[0])


def test_the_version_rises_with_each_publishing(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    box = None
    for version in (1, 2, 3):
        assert publish(register, out, DAY).version == version
        box = box or Box(register, out)
        assert box.manifest().version == version


def test_a_version_whose_files_could_not_be_written_is_not_used_again(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    blocked = tmp_path / "file" / "repository"
    blocked.parent.write_text("in the way")
    with pytest.raises(RegisterError, match="cannot be written"):
        publish(register, blocked, DAY)
    assert publish(register, out, DAY).version == 2


def test_expired_consents_are_left_out_and_counted_with_the_reason(
    register: Register, tmp_path: Path, out: Path, clock: StillClock
) -> None:
    gone = add(register, tmp_path, "Ada", expires=(NOW + 5 * DAY).date())
    kept = add(register, tmp_path, "Bob")
    publish(register, out, DAY)
    clock.advance(6 * DAY)
    done = publish(register, out, DAY)
    assert done.entries == 1
    assert done.left_out == {"the consent has expired": 1}
    assert [x.entry_id for x in Box(register, out).entries()] == [kept.entry_id]
    assert held(out, gone.entry_id.encode()) == held(out, b"Ada") == []


def test_entries_for_other_sites_are_left_out_when_sites_are_named(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada", sites=("north",))
    add(register, tmp_path, "Bob", sites=("south", "west"))
    add(register, tmp_path, "Cid")
    done = publish(register, out, DAY, ("west", "east"))
    assert done.entries == 2
    assert done.left_out == {"the consent covers none of the sites asked for": 1}


def test_what_is_published_carries_the_consents_end_its_sites_and_the_lists_end(
    register: Register, tmp_path: Path, out: Path
) -> None:
    made = add(register, tmp_path, "Ada", sites=("north", "south"))
    publish(register, out, 30 * DAY)
    box = Box(register, out)
    shown = box.manifest()
    assert (shown.issued_at, shown.expires_at) == (NOW, NOW + 30 * DAY)
    assert (shown.pack, shown.dimensions) == (PACK, 64)
    (one,) = box.entries()
    assert one.sites == ("north", "south")
    assert one.consent_expires == made.consent.ends_at


def test_what_is_published_of_the_photos_is_their_mean_alone(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, out, DAY)
    (one,) = Box(register, out).entries()
    mean = np.mean([face("ada", n) for n in (1, 2, 3)], axis=0)
    assert one.templates.shape == (1, mean.size)
    assert one.templates[0] @ (mean / np.linalg.norm(mean)) == pytest.approx(1, abs=1e-3)


def test_names_leave_the_register_only_for_lists_that_show_them(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada", list_id="guests")
    add(register, tmp_path, "Bobsurname", list_id="staff")
    publish(register, out, DAY)
    assert held(out, b"Ada")
    assert not held(out, b"Bobsurname")


def test_only_a_list_made_with_evidence_asks_boxes_for_pictures(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    add_list(register, ListInfo("ward", "Find residents.", evidence=True))
    publish(register, out, DAY)
    lists = Box(register, out).manifest().listing.lists
    assert {one.list_id: one.evidence for one in lists} == {
        "guests": False,
        "staff": False,
        "ward": True,
    }


def test_when_the_last_person_is_revoked_an_empty_list_goes_out(
    register: Register, tmp_path: Path, out: Path
) -> None:
    made = add(register, tmp_path, "Ada")
    revoke(register, made.entry_id, "left")
    assert publish(register, out, DAY).entries == 0
    assert Box(register, out).entries() == []


def test_before_anybody_was_enrolled_there_is_nothing_to_publish(
    register: Register, out: Path
) -> None:
    with pytest.raises(RegisterError, match="Nobody was ever enrolled"):
        publish(register, out, DAY)


@pytest.mark.parametrize("span", [timedelta(0), timedelta(minutes=59), 367 * DAY])
def test_a_list_is_valid_between_an_hour_and_a_year(
    register: Register, tmp_path: Path, out: Path, span: timedelta
) -> None:
    add(register, tmp_path, "Ada")
    with pytest.raises(RegisterError, match="cannot be valid"):
        publish(register, out, span)


def test_metadata_and_manifest_end_with_the_time_that_was_given(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, out, 2 * DAY)
    box = Box(register, out)
    box.look(NOW + 2 * DAY - timedelta(seconds=1))
    with pytest.raises(WatchlistError, match="expired"):
        box.look(NOW + 2 * DAY + timedelta(seconds=1))


def test_publishing_leaves_an_audit_line_with_the_manifests_hash(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, out, DAY)
    line = register.audit().lines[-1]
    assert line["action"] == "publish"
    assert (line["facts"]["version"], line["facts"]["entries"]) == (1, 1)
    assert (out / "targets" / f"{line['facts']['sha256']}.watchlist.json").is_file()


def test_publishing_again_without_a_change_writes_no_segment(register: Register, out: Path) -> None:
    populate(register, 500)
    first = publish(register, out, DAY)
    again = publish(register, out, DAY)
    assert (first.segments, first.segments_new) == (1, 1)
    assert (again.segments, again.segments_new) == (1, 0)
    assert again.written_bytes < 8 * 1024


def test_one_in_a_thousand_more_people_cost_one_in_a_hundred_of_the_bytes_at_most(
    register: Register, out: Path
) -> None:
    populate(register, 20_000, dimensions=128)
    whole = publish(register, out, DAY)
    new = populate(register, 20, dimensions=128, seed=1)
    more = publish(register, out, DAY)
    assert whole.segments == 2
    assert (more.segments, more.segments_new) == (3, 1)
    assert more.written_bytes <= whole.written_bytes / 100
    assert {x.entry_id for x in new} <= {x.entry_id for x in Box(register, out).entries()}


def test_a_renewed_or_renamed_entry_moves_and_its_old_state_is_in_no_file(
    register: Register, tmp_path: Path, out: Path
) -> None:
    ada, bob = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    publish(register, out, DAY)
    document = Document(b"I agree to more", ".txt")
    consent = make_consent(document, "self", NOW.date(), ada.consent.expires, ["north"], NOW)
    renew(register, ada.entry_id, consent, document)
    with register.change():
        register.run("UPDATE entries SET name = 'Robert' WHERE entry_id = ?", (bob.entry_id,))
    publish(register, out, DAY)
    told = {x.entry_id: (x.sites, x.label) for x in Box(register, out).entries()}
    assert told == {ada.entry_id: (("north",), "Ada"), bob.entry_id: (("*",), "Robert")}
    assert not held(out, b"Bob")


def test_many_small_segments_become_one(register: Register, out: Path) -> None:
    for number in range(16):
        populate(register, 3, seed=number)
        assert publish(register, out, DAY).segments == number + 1
    populate(register, 3, seed=99)
    done = publish(register, out, DAY)
    assert (done.segments, done.segments_new, done.entries) == (1, 1, 51)
    assert len(list((out / "targets" / "segments").iterdir())) == 1


def test_an_altered_segment_of_the_repository_smuggles_nothing_in(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, out, DAY)
    (segment,) = (out / "targets" / "segments").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b"Ada", b"Eve"))
    publish(register, out, DAY)
    assert [x.label for x in Box(register, out).entries()] == ["Ada"]
    assert not held(out, b"Eve")


def test_files_of_an_interrupted_publishing_are_deleted_by_the_next(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, out, DAY)
    strays = [
        out / "targets" / "segments" / f"{'0' * 64}.{'0' * 64}.segment",
        out / "targets" / "segments" / ".x.segment.77.new",
        out / "targets" / f"{'0' * 64}.watchlist.json",
        out / "metadata" / "99.targets.json",
        out / "metadata" / ".timestamp.json.77.new",
    ]
    for path in strays:
        path.write_bytes(b"a template")
    (out / "index.html").write_text("the operator's own")
    publish(register, out, DAY)
    assert held(out, b"a template") == []
    assert (out / "index.html").exists()


def test_a_repository_that_is_ahead_of_a_restored_register_is_refused(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, out, DAY)
    backup = tmp_path / "backup"
    register.run("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(register.folder, backup)
    for _ in range(3):
        publish(register, out, DAY)
    box = Box(register, out)
    box.look()
    with closing(open_register(backup, register.clock, "olga")) as restored:
        with pytest.raises(RegisterError, match=r"is at version 4.*published only 1") as caught:
            publish(restored, out, DAY)
        assert "--after-restore" in caught.value.remedy
        assert publish(restored, out, DAY, after_restore=True).version == 5
        assert publish(restored, out, DAY).version == 6
    assert box.manifest().version == 6


def test_another_registers_repository_is_left_alone(
    register: Register, tmp_path: Path, out: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, out, DAY)
    with closing(new_register(tmp_path / "other")) as other:
        add(other, tmp_path, "Eve")
        with pytest.raises(RegisterError, match="keys of another register"):
            publish(other, out, DAY)
    assert [x.label for x in Box(register, out).entries()] == ["Ada"]


def test_an_online_key_with_a_passphrase_signs_with_it_only(tmp_path: Path, out: Path) -> None:
    secrets = Secrets("correct horse", "battery staple")
    with closing(new_register(tmp_path / "guarded", secrets=secrets)) as register:
        add(register, tmp_path, "Ada")
        with pytest.raises(RegisterError, match="online key is encrypted") as caught:
            publish(register, out, DAY)
        assert "WATCHPOST_ONLINE_PASSPHRASE" in caught.value.remedy
        assert publish(register, out, DAY, online_passphrase="battery staple").version == 1


@pytest.mark.parametrize("address", ["ftp://x.example/w", "s3://bucket", "file://far/x"])
def test_a_destination_that_is_no_folder_is_refused_with_what_to_do(address: str) -> None:
    with pytest.raises(RegisterError, match="neither a folder nor a web server") as caught:
        destination_folder(address)
    assert "timestamp.json" in caught.value.remedy


def test_a_destination_is_a_path_or_a_file_address(tmp_path: Path) -> None:
    assert destination_folder(str(tmp_path / "a b")) == tmp_path / "a b"
    assert destination_folder((tmp_path / "a b").as_uri()) == tmp_path / "a b"
    (tmp_path / "list.bin").write_bytes(b"")
    with pytest.raises(RegisterError, match="is a file"):
        destination_folder(str(tmp_path / "list.bin"))


def test_entries_of_one_person_on_two_lists_stay_together(
    register: Register, tmp_path: Path, out: Path
) -> None:
    first = add(register, tmp_path, "Ada")
    second = add(register, tmp_path, "Ada", list_id="staff")
    assert first.person_id == second.person_id
    publish(register, out, DAY)
    found = Box(register, out).entries()
    assert {(x.person_id, x.list_id, x.label) for x in found} == {
        (first.person_id, "guests", "Ada"),
        (first.person_id, "staff", None),
    }
