"""Keys: files for their owner alone, changes that boxes follow, keys that count no more."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import RegisterError, WatchlistError
from edge.register.database import Register, open_register
from edge.register.keys import Secrets
from edge.register.publish import publish
from edge.register.signing_key import from_pem, to_pem
from tests.fakes.registers import add, new_register
from tests.fakes.watchlists import NOW, StillClock
from tests.unit.register.published import Box

DAY = timedelta(days=1)
ROOT = "correct horse"


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register", secrets=Secrets(ROOT))) as made:
        add(made, tmp_path, "Ada")
        yield made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "repository"


def key_files(register: Register, kind: str) -> list[Path]:
    return list((register.folder / "keys").glob(f"{kind}-*.pem"))


def test_the_root_key_is_encrypted_and_the_online_key_works_unattended(register: Register) -> None:
    (root,), (online,) = key_files(register, "root"), key_files(register, "online")
    assert b"ENCRYPTED" in root.read_bytes()
    assert b"ENCRYPTED" not in online.read_bytes()
    for path in (root, online):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    register.keys.online_signer(None)


def test_the_root_says_for_five_years_which_keys_count(register: Register) -> None:
    root = register.keys.newest()
    assert (root.version, root.consistent_snapshot) == (1, True)
    assert root.expires - NOW == timedelta(days=5 * 365)
    roles = {name: (role.threshold, len(role.keyids)) for name, role in root.roles.items()}
    assert roles == dict.fromkeys(("root", "targets", "snapshot", "timestamp"), (1, 1))
    online = root.roles["timestamp"].keyids
    assert online == root.roles["targets"].keyids == root.roles["snapshot"].keyids
    assert root.roles["root"].keyids != online


def test_publishing_needs_no_root_key(register: Register, out: Path) -> None:
    (root,) = key_files(register, "root")
    root.unlink()
    publish(register, out, DAY)
    Box(register, out).look()
    with pytest.raises(RegisterError, match="cannot be read") as caught:
        register.keys.root_signer(ROOT)
    assert "--root-key" in caught.value.remedy


@pytest.mark.parametrize("root_too", [False, True])
def test_boxes_follow_a_change_of_keys_and_the_old_keys_are_gone(
    register: Register, out: Path, root_too: bool
) -> None:
    publish(register, out, DAY)
    box = Box(register, out)
    box.look()
    before = {path.name for path in (register.folder / "keys").iterdir()}
    register.keys.rotate(Secrets(ROOT), NOW + DAY, root_too=root_too)
    after = {path.name for path in (register.folder / "keys").iterdir()}
    assert len(after) == 2
    assert len(before & after) == (0 if root_too else 1)
    publish(register, out, DAY)
    assert box.manifest().version == 2
    assert Box(register, out).manifest().version == 2
    assert register.keys.newest().version == 2


def test_what_an_old_online_key_signs_is_refused_once_a_box_knows_the_new_root(
    register: Register, tmp_path: Path, out: Path
) -> None:
    publish(register, out, DAY)
    stolen = (out / "metadata" / "timestamp.json").read_bytes()
    register.keys.rotate(Secrets(ROOT), NOW)
    publish(register, out, DAY)
    box = Box(register, out)
    box.look()
    (out / "metadata" / "timestamp.json").write_bytes(stolen)
    with pytest.raises(WatchlistError, match="not signed by enough"):
        box.look()


def test_many_changes_in_a_row_are_followed_from_the_first_root(
    register: Register, out: Path
) -> None:
    publish(register, out, DAY)
    box = Box(register, out)
    for number in range(5):
        register.keys.rotate(Secrets(ROOT), NOW, root_too=number % 2 == 0)
    publish(register, out, DAY)
    assert box.manifest().version == 2


def test_a_root_key_that_is_kept_elsewhere_is_named_and_another_one_is_refused(
    register: Register, tmp_path: Path
) -> None:
    (inside,) = key_files(register, "root")
    away = tmp_path / "stick.pem"
    away.write_bytes(inside.read_bytes())
    inside.unlink()
    other = tmp_path / "other.pem"
    other.write_bytes(to_pem(Ed25519PrivateKey.generate(), ROOT))
    with pytest.raises(RegisterError, match="is not the root key"):
        register.keys.rotate(Secrets(ROOT), NOW, root_key=other)
    with pytest.raises(RegisterError, match="wrong passphrase"):
        register.keys.rotate(Secrets("battery staple"), NOW, root_key=away)
    assert register.keys.newest().version == 1
    assert register.keys.rotate(Secrets(ROOT), NOW, root_key=away).version == 2


def test_an_interrupted_change_of_keys_is_finished_or_undone_when_the_register_is_opened(
    register: Register, tmp_path: Path, out: Path
) -> None:
    (online,) = key_files(register, "online")
    stray = online.with_name("online-0123456789abcdef.pem")
    stray.write_bytes(online.read_bytes())
    (register.folder / "root.json").unlink()
    with closing(open_register(register.folder, StillClock(), "olga")) as again:
        assert key_files(again, "online") == [online]
        assert (again.folder / "root.json").read_bytes() == again.keys.root_files()[-1]
        publish(again, out, DAY)


def test_an_old_copy_of_the_register_does_not_publish_over_newer_keys(
    register: Register, tmp_path: Path, out: Path
) -> None:
    publish(register, out, DAY)
    (root,), (online,) = key_files(register, "root"), key_files(register, "online")
    old = {path: path.read_bytes() for path in (root, online)}
    register.keys.rotate(Secrets(ROOT), NOW)
    publish(register, out, DAY)
    (register.folder / "roots" / "2.root.json").unlink()
    for path, data in old.items():
        path.write_bytes(data)
    with pytest.raises(RegisterError, match="newer keys than this register"):
        publish(register, out, DAY)


def test_a_register_without_roots_is_told_so(register: Register, out: Path) -> None:
    (register.folder / "roots" / "1.root.json").unlink()
    with pytest.raises(RegisterError, match=r"has no roots/1\.root\.json"):
        publish(register, out, DAY)


def test_an_encrypted_key_opens_with_its_passphrase_only() -> None:
    key = Ed25519PrivateKey.generate()
    pem = to_pem(key, "correct horse")
    assert b"ENCRYPTED" in pem

    def opened(data: bytes, passphrase: str | None) -> Ed25519PrivateKey:
        return from_pem(data, passphrase, "root key", "--passphrase-file")

    assert opened(pem, "correct horse").sign(b"x") == key.sign(b"x")
    for data, passphrase, said in (
        (pem, "battery staple", "wrong passphrase"),
        (pem, None, "there is no passphrase"),
        (to_pem(key, None), "correct horse", "not encrypted, but there is a passphrase"),
        (b"nonsense", None, "damaged"),
    ):
        with pytest.raises(RegisterError, match=said):
            opened(data, passphrase)


def test_a_short_passphrase_is_refused_and_leaves_no_key(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="7 characters"):
        new_register(tmp_path / "short", secrets=Secrets("secret7"))
    assert not (tmp_path / "short" / "keys").exists()
