"""From the register to a file that a box accepts."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.errors import RegisterError
from edge.register import signing_key
from edge.register.database import Register
from edge.register.enrol import revoke
from edge.register.publish import load_key, publish
from edge.values import Watchlist
from edge.watchlist import bundle
from edge.watchlist.gallery import Gallery
from edge.watchlist.store import ListStore
from tests.fakes.registers import add, face, new_register
from tests.fakes.watchlists import KEY, NOW, PACK, StillClock

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def register(tmp_path: Path, clock: StillClock) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register", clock)) as made:
        yield made


def read(path: Path) -> Watchlist:
    return bundle.verify(path.read_bytes(), (KEY.public_key(),))


def test_a_published_person_is_recognised_by_a_box_and_after_revocation_not(
    register: Register, tmp_path: Path, clock: StillClock
) -> None:
    made, _ = add(register, tmp_path, "Ada"), add(register, tmp_path, "Bob")
    out = tmp_path / "list"
    store = ListStore(tmp_path / "box", (KEY.public_key(),), PACK)
    gallery = Gallery("north", clock)
    publish(register, KEY, out, 30 * DAY)
    gallery.activate(store.apply(out.read_bytes(), NOW))
    best = gallery.search(face("ada")[None, :])[0][0]
    assert best.person_id == made.person_id
    assert best.entries[0].label == "Ada"
    assert best.score > 0.95
    revoke(register, made.person_id, "asked for it")
    publish(register, KEY, out, 30 * DAY)
    gallery.activate(store.apply(out.read_bytes(), NOW))
    assert all(c.person_id != made.person_id for c in gallery.search(face("ada")[None, :])[0])


def test_the_version_rises_with_each_publishing(register: Register, tmp_path: Path) -> None:
    add(register, tmp_path, "Ada")
    out = tmp_path / "list"
    assert [publish(register, KEY, out, DAY).version for _ in range(3)] == [1, 2, 3]
    assert read(out).version == 3


def test_a_version_whose_file_could_not_be_written_is_not_used_again(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Ada")
    with pytest.raises(RegisterError, match="cannot be written"):
        publish(register, KEY, tmp_path / "no" / "such" / "folder", DAY)
    assert publish(register, KEY, tmp_path / "list", DAY).version == 2


def test_expired_consents_are_left_out_and_counted_with_the_reason(
    register: Register, tmp_path: Path, clock: StillClock
) -> None:
    add(register, tmp_path, "Ada", expires=(NOW + 5 * DAY).date())
    kept = add(register, tmp_path, "Bob")
    clock.advance(6 * DAY)
    done = publish(register, KEY, tmp_path / "list", DAY)
    assert done.entries == 1
    assert done.left_out == {"the consent has expired": 1}
    assert [x.entry_id for x in read(tmp_path / "list").entries] == [kept.entry_id]


def test_entries_for_other_sites_are_left_out_when_sites_are_named(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Ada", sites=("north",))
    add(register, tmp_path, "Bob", sites=("south", "west"))
    add(register, tmp_path, "Cid")
    done = publish(register, KEY, tmp_path / "list", DAY, ("west", "east"))
    assert done.entries == 2
    assert done.left_out == {"the consent covers none of the sites asked for": 1}


def test_what_is_published_carries_the_consents_end_its_sites_and_the_lists_end(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada", sites=("north", "south"))
    publish(register, KEY, tmp_path / "list", 30 * DAY)
    shown = read(tmp_path / "list")
    assert shown.issued_at == NOW
    assert shown.expires_at == NOW + 30 * DAY
    assert shown.pack == PACK
    (one,) = shown.entries
    assert one.sites == ("north", "south")
    assert one.consent_expires == made.consent.ends_at


def test_what_is_published_of_the_photos_is_their_mean_alone(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, KEY, tmp_path / "list", DAY)
    (one,) = read(tmp_path / "list").entries
    mean = np.mean([face("ada", n) for n in (1, 2, 3)], axis=0)
    assert one.templates.shape == (1, mean.size)
    assert one.templates[0] @ (mean / np.linalg.norm(mean)) == pytest.approx(1, abs=1e-3)


def test_names_leave_the_register_only_for_lists_that_show_them(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Ada", list_id="guests")
    add(register, tmp_path, "Bobsurname", list_id="staff")
    publish(register, KEY, tmp_path / "list", DAY)
    assert b"Ada" in (tmp_path / "list").read_bytes()
    assert b"Bobsurname" not in (tmp_path / "list").read_bytes()


def test_when_the_last_person_is_revoked_an_empty_list_goes_out(
    register: Register, tmp_path: Path
) -> None:
    made = add(register, tmp_path, "Ada")
    revoke(register, made.entry_id, "left")
    assert publish(register, KEY, tmp_path / "list", DAY).entries == 0
    assert read(tmp_path / "list").entries == ()


def test_before_anybody_was_enrolled_there_is_nothing_to_publish(
    register: Register, tmp_path: Path
) -> None:
    with pytest.raises(RegisterError, match="Nobody was ever enrolled"):
        publish(register, KEY, tmp_path / "list", DAY)


@pytest.mark.parametrize("span", [timedelta(0), timedelta(minutes=59), 367 * DAY])
def test_a_list_is_valid_between_an_hour_and_a_year(
    register: Register, tmp_path: Path, span: timedelta
) -> None:
    add(register, tmp_path, "Ada")
    with pytest.raises(RegisterError, match="cannot be valid"):
        publish(register, KEY, tmp_path / "list", span)


def test_publishing_leaves_an_audit_line_with_the_files_hash(
    register: Register, tmp_path: Path
) -> None:
    add(register, tmp_path, "Ada")
    publish(register, KEY, tmp_path / "list", DAY)
    line = register.audit().lines[-1]
    assert line["action"] == "publish"
    assert (line["facts"]["version"], line["facts"]["entries"]) == (1, 1)


def test_the_stored_key_is_readable_by_its_owner_alone_and_signs(register: Register) -> None:
    path = register.folder / "signing-key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key(register, None).public_key().public_bytes_raw() == (
        KEY.public_key().public_bytes_raw()
    )


def test_an_encrypted_key_opens_with_its_passphrase_only() -> None:
    pem = signing_key.to_pem(KEY, "correct horse")
    assert b"ENCRYPTED" in pem
    assert signing_key.from_pem(pem, "correct horse").sign(b"x") == KEY.sign(b"x")
    with pytest.raises(RegisterError, match="wrong passphrase"):
        signing_key.from_pem(pem, "battery staple")
    with pytest.raises(RegisterError, match="there is no passphrase"):
        signing_key.from_pem(pem, None)
    with pytest.raises(RegisterError, match="not encrypted, but there is a passphrase"):
        signing_key.from_pem(signing_key.to_pem(KEY, None), "correct horse")
    with pytest.raises(RegisterError, match="damaged"):
        signing_key.from_pem(b"nonsense", None)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(RegisterError, match="7 characters"):
        signing_key.to_pem(KEY, "secret7")
