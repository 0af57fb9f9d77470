"""A repository is sent on to a web server, and a server holds what the register means it to."""

from __future__ import annotations

import base64
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import RegisterError
from edge.register.database import Register, open_register
from edge.register.destinations import destinations, forget
from edge.register.enrol import revoke
from edge.register.publish import publish
from edge.register.upload import copy_for, forget_copy, send_to
from edge.register.withdraw import withdraw
from tests.fakes.registers import add, new_register, populate
from tests.fakes.webdav import Webdav
from tests.unit.register.published import Box

DAY = timedelta(days=1)


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with closing(new_register(tmp_path / "register")) as made:
        yield made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Webdav]:
    one = Webdav(tmp_path / "www")
    thread = threading.Thread(target=one.serve_forever, args=(0.05,))
    thread.start()
    yield one
    one.shutdown()
    thread.join()
    one.server_close()


@pytest.fixture
def copy(register: Register, server: Webdav) -> Path:
    folder = copy_for(register, server.address)
    send_to(register, folder, server.address)
    return folder


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_server_gets_every_file_the_timestamp_last_and_a_box_reads_them(
    register: Register, server: Webdav, copy: Path
) -> None:
    populate(register, 5)
    done = publish(register, copy, DAY)
    assert names(server.folder) == names(copy)
    assert server.put()[-1] == "/metadata/timestamp.json"
    sizes = sum(path.stat().st_size for path in server.folder.rglob("*") if path.is_file())
    assert done.written_bytes == sizes
    assert len(Box(register, server.folder).entries()) == 5


def test_only_what_has_changed_is_sent_and_what_is_gone_is_deleted(
    register: Register, server: Webdav, copy: Path
) -> None:
    populate(register, 5)
    publish(register, copy, DAY)
    (old,) = (server.folder / "targets" / "segments").iterdir()
    gone = register.enrolments()
    revoke(register, next(iter(gone)).person_id, "asked for it")
    server.asked.clear()
    publish(register, copy, DAY)
    assert "/metadata/1.root.json" not in server.put()
    assert not old.exists()
    assert names(server.folder) == names(copy)
    deleted = [number for number, (method, _) in enumerate(server.asked) if method == "DELETE"]
    assert min(deleted) > server.asked.index(("PUT", "/metadata/timestamp.json"))


def test_a_revocation_reaches_the_server_at_once_and_in_little(
    register: Register, server: Webdav, copy: Path
) -> None:
    everyone = populate(register, 500, dimensions=128)
    publish(register, copy, DAY)
    (told,) = withdraw(register, revoke(register, everyone[7].person_id, "asked for it"))
    assert (told.version, told.problem) == (2, None)
    assert told.written_bytes <= 64 * 1024
    assert [row.entry_id for row in Box(register, server.folder).manifest().revoked] == [
        everyone[7].entry_id
    ]


@pytest.mark.parametrize("end", [".segment", "watchlist.json", "timestamp.json"])
def test_a_sending_that_breaks_off_leaves_the_old_release_and_the_next_goes_on(
    register: Register, server: Webdav, copy: Path, tmp_path: Path, end: str
) -> None:
    populate(register, 5)
    publish(register, copy, DAY)
    add(register, tmp_path, "late")
    server.fails_at = ("PUT", end)
    with pytest.raises(RegisterError, match="answered 500 to PUT"):
        publish(register, copy, DAY)
    assert len(Box(register, server.folder).entries()) == 5
    server.fails_at = ("", "")
    publish(register, copy, DAY)
    assert len(Box(register, server.folder).entries()) == 6
    assert names(server.folder) == names(copy)


def test_a_file_that_could_not_be_deleted_is_deleted_the_next_time(
    register: Register, server: Webdav, copy: Path
) -> None:
    everyone = populate(register, 5)
    publish(register, copy, DAY)
    (old,) = (server.folder / "targets" / "segments").iterdir()
    revoke(register, everyone[0].person_id, "asked for it")
    server.fails_at = ("DELETE", ".segment")
    with pytest.raises(RegisterError, match="answered 500 to DELETE"):
        publish(register, copy, DAY)
    assert old.exists()
    server.fails_at = ("", "")
    publish(register, copy, DAY)
    assert not old.exists()


def test_a_server_that_is_away_is_told_as_a_revocation_that_did_not_get_there(
    register: Register, server: Webdav, copy: Path
) -> None:
    everyone = populate(register, 5)
    publish(register, copy, DAY)
    server.fails_at = ("GET", "timestamp.json")
    (told,) = withdraw(register, revoke(register, everyone[0].person_id, "asked for it"))
    assert told.version is None
    assert "answered 500" in str(told.problem)


def test_a_register_restored_from_a_backup_sees_that_the_server_is_ahead(
    register: Register, server: Webdav, copy: Path, tmp_path: Path
) -> None:
    populate(register, 5)
    publish(register, copy, DAY)
    backup = tmp_path / "backup"
    shutil.copytree(register.folder, backup)
    publish(register, copy, DAY)
    with closing(open_register(backup, register.clock, "ann")) as restored:
        (remembered,) = destinations(restored)
        folder = remembered.folder
        assert folder.is_relative_to(backup)
        with pytest.raises(RegisterError, match="restored from a backup"):
            publish(restored, folder, DAY)
        assert publish(restored, folder, DAY, after_restore=True).version == 3
    assert names(server.folder) == names(folder)


def test_the_login_comes_from_netrc_and_a_wrong_one_is_told(
    register: Register, server: Webdav, copy: Path, tmp_path: Path
) -> None:
    populate(register, 1)
    server.wants = "Basic " + base64.b64encode(b"ann:secret").decode()
    with pytest.raises(RegisterError) as told:
        publish(register, copy, DAY)
    assert "netrc" in str(told.value.remedy)
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login ann password secret\n")
    netrc.chmod(0o600)
    publish(register, copy, DAY)
    assert names(server.folder) == names(copy)


def test_a_forgotten_server_leaves_no_copy_with_templates_in_the_register(
    register: Register, server: Webdav, copy: Path
) -> None:
    populate(register, 3)
    publish(register, copy, DAY)
    forget(register, copy)
    forget_copy(register, copy)
    assert not list(copy.parent.iterdir())
    assert names(server.folder)


@pytest.mark.parametrize(
    "address",
    [
        "http://lists.example/watch",
        "https://ann:secret@lists.example/watch",
        "https:///watch",
        "https://lists.example/watch?key=1",
    ],
)
def test_an_address_that_would_leak_or_is_none_is_refused(register: Register, address: str) -> None:
    with pytest.raises(RegisterError):
        copy_for(register, address)
