"""The operator's way through ``watchpost register`` and a box's through ``watchlist``."""

from __future__ import annotations

import argparse
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.cli import register, watchlist
from edge.errors import ConsentError, PhotoError, RegisterError, WatchlistError
from tests.fakes.registers import TextReader, photos
from tests.fakes.watchlists import PACK

TODAY = datetime.now(UTC).date()
LAST_WEEK = str(TODAY - timedelta(days=7))
NEXT_YEAR = str(TODAY + timedelta(days=300))


class Desk:
    """An operator's desk and a box beside it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.people = folder / "people"
        self.published = folder / "published.bin"
        self.form = folder / "form.pdf"
        self.form.write_bytes(b"I agree.")
        self._capsys = capsys
        self._parser = argparse.ArgumentParser()
        groups = self._parser.add_subparsers(required=True)
        register.add_parser(groups, make_reader=lambda _: TextReader())
        watchlist.add_parser(groups, pack_of=lambda _: PACK)

    def __call__(self, *words: object) -> str:
        args = self._parser.parse_args([str(word) for word in words])
        self._capsys.readouterr()
        assert args.run(args) == 0
        return self._capsys.readouterr().out

    def init(self) -> str:
        """Make a register; returns the public key."""
        said = self(
            "register", "init", self.people, "--no-passphrase",
            "--list", "guests", "--purpose", "Greet our guests.", "--show-label",
        )  # fmt: skip
        return said.splitlines()[-1]

    def add(self, *texts: str, name: str = "Ada", list_id: str = "guests", **other: str) -> str:
        options = {"consent": str(self.form), "given-on": LAST_WEEK, "expires": NEXT_YEAR} | other
        pairs = [word for key, value in options.items() for word in (f"--{key}", value) if value]
        return self(
            "register", "add", "--register", self.people, "--name", name, "--list", list_id,
            "--given-by", "self", "--site", "*", "--photo", *photos(self.folder, *texts), *pairs,
        )  # fmt: skip

    def box(self, key: str, **table: Any) -> Path:
        """Write a box's settings; returns their path."""
        path = self.folder / "box.toml"
        path.write_text(
            f'[box]\nstate_dir = "state"\n[watchlist]\nsource = "{self.published}"\n'
            f'keys = ["{key}"]\n[clock]\ntrust = "system"\n'
        )
        return path

    def entries(self) -> list[dict[str, Any]]:
        said = self("register", "list", "--register", self.people, "--json")
        found: list[dict[str, Any]] = json.loads(said)["entries"]
        return found


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    for name in ("WATCHPOST_PASSPHRASE", "WATCHPOST_REGISTER", "WATCHPOST_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return Desk(tmp_path, capsys)


def test_from_init_to_a_box_and_back_out_again(desk: Desk) -> None:
    key = desk.init()
    assert len(base64.b64decode(key, validate=True)) == 32
    assert "entry " in desk.add("ada 1", "ada 2", "ada 3")
    desk.add("bob 1", "bob 2", "bob 3", name="Bob")
    said = desk("register", "publish", "--register", desk.people, desk.published)
    assert "Published version 1 with 2 entries" in said

    box = desk.box(key)
    assert "There is no watchlist yet" in desk("watchlist", "status", "--config", box)
    assert "A new list is active" in desk("watchlist", "sync", "--config", box)
    assert "The active list is the newest" in desk("watchlist", "sync", "--config", box)
    status = json.loads(desk("watchlist", "status", "--json", "--config", box))
    assert (status["version"], status["entries_live_here"], status["state"]) == (1, 2, "live")
    assert "Ada" not in json.dumps(status)

    ada = next(x for x in desk.entries() if x["name"] == "Ada")
    said = desk(
        "register", "revoke", "--register", desk.people, ada["person"], "--reason", "asked for it"
    )
    assert "Entries erased: 1." in said
    desk("register", "publish", "--register", desk.people, desk.published)
    desk("watchlist", "sync", "--config", box)
    status = json.loads(desk("watchlist", "status", "--json", "--config", box))
    assert (status["version"], status["entries"]) == (2, 1)
    audit = json.loads(desk("register", "audit", "--register", desk.people, "--json"))
    assert [line["action"] for line in audit["lines"]] == [
        "init", "list-add", "add", "add", "publish", "revoke", "publish",
    ]  # fmt: skip
    assert "Ada" not in json.dumps(audit)


def test_each_photo_is_reported_and_fewer_than_three_usable_ones_are_warned_of(desk: Desk) -> None:
    desk.init()
    said = desk.add("ada 1", "ada 2 dark", "nobody")
    assert "ada-1.jpg: used." in said
    assert "dark.jpg: not used. Mean brightness 21 is below 40." in said
    assert "nobody.jpg: not used. It shows no face." in said
    assert "Warning: 1 usable photos" in said


def test_refusals_of_add(desk: Desk) -> None:
    desk.init()
    with pytest.raises(ConsentError, match="No consent document"):
        desk.add("ada 1", consent="")
    with pytest.raises(ConsentError, match="has no end"):
        desk.add("ada 1", expires="")
    with pytest.raises(ConsentError, match="24 months"):
        desk.add("ada 1", expires=str(TODAY + timedelta(days=800)))
    with pytest.raises(PhotoError, match="None of the 1"):
        desk.add("nobody")
    with pytest.raises(PhotoError, match="different people"):
        desk.add("ada 1", "bob 1")
    with pytest.raises(RegisterError, match="no list staff"):
        desk.add("ada 1", list_id="staff")
    assert desk.entries() == []


def test_show_exports_all_that_is_held_of_a_person(desk: Desk) -> None:
    desk.init()
    desk.add("ada 1", "ada 2", "ada 3")
    (held,) = desk.entries()
    shown = json.loads(desk("register", "show", "--register", desk.people, held["entry"], "--json"))
    assert shown == [held]
    assert (held["name"], held["templates"], held["state"]) == ("Ada", 3, "live")
    assert "name: Ada" in desk("register", "show", "--register", desk.people, held["person"])
    assert "Ada" in desk("register", "list", "--register", desk.people)


def test_a_second_list_is_added(desk: Desk) -> None:
    desk.init()
    desk(
        "register", "list-add", "--register", desk.people,
        "--list", "staff", "--purpose", "Open the door.",
    )  # fmt: skip
    desk.add("ada 1", "ada 2")
    said = desk.add("ada 3", "ada 4", list_id="staff")
    assert "Taken for the person of entry" in said
    assert "on list guests" in said
    assert len({x["person"] for x in desk.entries()}) == 1


def test_a_key_is_encrypted_unless_the_operator_says_otherwise(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RegisterError, match="no passphrase"):
        desk("register", "init", desk.people)
    assert not desk.people.exists()
    secret = desk.folder / "secret"
    secret.write_text("correct horse\n")
    desk(
        "register", "init", desk.people, "--passphrase-file", secret,
        "--list", "guests", "--purpose", "Greet.",
    )  # fmt: skip
    assert b"ENCRYPTED" in (desk.people / "signing-key.pem").read_bytes()
    desk.add("ada 1", "ada 2", "ada 3")
    with pytest.raises(RegisterError, match="there is no passphrase"):
        desk("register", "publish", "--register", desk.people, desk.published)
    monkeypatch.setenv("WATCHPOST_PASSPHRASE", "correct horse")
    desk("register", "publish", "--register", desk.people, desk.published)
    assert desk.published.exists()


def test_an_unusable_list_makes_no_register(desk: Desk) -> None:
    with pytest.raises(RegisterError, match="not usable"):
        desk("register", "init", desk.people, "--no-passphrase", "--list", "Guests")
    assert not desk.people.exists()


def test_the_folder_can_come_from_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHPOST_REGISTER", str(tmp_path / "people"))
    desk = Desk(tmp_path, capsys)
    key = desk.init()
    assert key in desk("register", "list")


def test_a_damaged_audit_log_is_told(desk: Desk) -> None:
    desk.init()
    log = desk.people / "audit.log"
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b"guests", b"ghosts"))
    with pytest.raises(RegisterError, match="Line 2 was altered"):
        desk("register", "audit", "--register", desk.people)
    log.write_bytes(whole.splitlines(keepends=True)[0])
    with pytest.raises(RegisterError, match="missing at the end"):
        desk("register", "audit", "--register", desk.people)


def test_verify_checks_a_file_with_the_boxs_keys_and_applies_nothing(desk: Desk) -> None:
    key = desk.init()
    desk.add("ada 1", "ada 2", "ada 3")
    desk("register", "publish", "--register", desk.people, desk.published, "--valid-for", "12h")
    box = desk.box(key)
    said = json.loads(desk("watchlist", "verify", desk.published, "--json", "--config", box))
    assert (said["version"], said["pack"], said["lists"]) == (1, PACK, ["guests"])
    assert "There is no watchlist yet" in desk("watchlist", "status", "--config", box)
    desk.published.write_bytes(desk.published.read_bytes()[:-64])
    with pytest.raises(WatchlistError, match="carries no signature"):
        desk("watchlist", "verify", desk.published, "--config", box)
    with pytest.raises(WatchlistError, match="cannot be read"):
        desk("watchlist", "verify", desk.folder / "missing", "--config", box)


def test_a_tampered_list_is_refused_and_the_old_one_stays(desk: Desk) -> None:
    key = desk.init()
    desk.add("ada 1", "ada 2", "ada 3")
    desk("register", "publish", "--register", desk.people, desk.published)
    box = desk.box(key)
    desk("watchlist", "sync", "--config", box)
    desk("register", "publish", "--register", desk.people, desk.published)
    tampered = bytearray(desk.published.read_bytes())
    tampered[50] ^= 1
    desk.published.write_bytes(tampered)
    with pytest.raises(WatchlistError, match="altered"):
        desk("watchlist", "sync", "--config", box)
    status = json.loads(desk("watchlist", "status", "--json", "--config", box))
    assert status["version"] == 1


@pytest.mark.parametrize("words", [("--valid-for", "soon"), ("--valid-for", "-1d")])
def test_a_time_that_is_none_is_refused_as_usage(desk: Desk, words: tuple[str, str]) -> None:
    desk.init()
    with pytest.raises(SystemExit) as caught:
        desk("register", "publish", "--register", desk.people, desk.published, *words)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "command", ["init", "list-add", "add", "list", "show", "revoke", "publish", "audit"]
)
def test_every_command_has_help(desk: Desk, command: str) -> None:
    with pytest.raises(SystemExit) as caught:
        desk("register", command, "--help")
    assert caught.value.code == 0
