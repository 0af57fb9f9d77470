"""The operator's way through ``watchpost register`` and a box's through ``watchlist``."""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
from contextlib import closing
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
        self.published = folder / "published"
        self.form = folder / "form.pdf"
        self.form.write_bytes(b"I agree.")
        self._capsys = capsys
        self._parser = argparse.ArgumentParser()
        groups = self._parser.add_subparsers(required=True)
        register.add_parser(groups, make_reader=lambda _: TextReader())
        watchlist.add_parser(groups, pack_of=lambda _: PACK)

    def __call__(self, *words: object) -> str:
        assert self.code(*words) == 0
        return self.said()

    def code(self, *words: object) -> int:
        args = self._parser.parse_args([str(word) for word in words])
        self._capsys.readouterr()
        code: int = args.run(args)
        return code

    def said(self) -> str:
        return self._capsys.readouterr().out

    def init(self) -> str:
        """Make a register; returns what was said."""
        return self(
            "register", "init", self.people, "--no-passphrase",
            "--list", "guests", "--purpose", "Greet our guests.", "--show-label",
        )  # fmt: skip

    def publish(self, *words: object) -> str:
        return self("register", "publish", "--register", self.people, self.published, *words)

    def revoke(self, some_id: str, *words: object) -> str:
        return self(
            "register", "revoke", "--register", self.people, some_id,
            "--reason", "asked for it", *words,
        )  # fmt: skip

    def held(self, needle: bytes) -> list[str]:
        """Files of the repository that hold some bytes."""
        found = (path for path in self.published.rglob("*") if path.is_file())
        return [path.name for path in found if needle in path.read_bytes()]

    def add(self, *texts: str, name: str = "Ada", list_id: str = "guests", **other: str) -> str:
        options = {"consent": str(self.form), "given-on": LAST_WEEK, "expires": NEXT_YEAR} | other
        pairs = [word for key, value in options.items() for word in (f"--{key}", value) if value]
        return self(
            "register", "add", "--register", self.people, "--name", name, "--list", list_id,
            "--given-by", "self", "--site", "*", "--photo", *photos(self.folder, *texts), *pairs,
        )  # fmt: skip

    def box(self) -> Path:
        """Write a box's settings; returns their path."""
        path = self.folder / "box.toml"
        path.write_text(
            f'[box]\nstate_dir = "state"\n[watchlist]\nsource = "{self.published}"\n'
            f'root = "{self.people / "root.json"}"\n[clock]\ntrust = "system"\n'
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
    for name in ("PASSPHRASE", "ONLINE_PASSPHRASE", "REGISTER", "CONFIG"):
        monkeypatch.delenv(f"WATCHPOST_{name}", raising=False)
    return Desk(tmp_path, capsys)


def test_from_init_to_a_box_and_back_out_again(desk: Desk) -> None:
    assert f"Give {desk.people / 'root.json'} to each box" in desk.init()
    assert "entry " in desk.add("ada 1", "ada 2", "ada 3")
    desk.add("bob 1", "bob 2", "bob 3", name="Bob")
    said = desk.publish()
    assert "Published version 1 with 2 entries" in said
    assert "segments: 1, new ones 1." in said

    box = desk.box()
    assert "There is no watchlist yet" in desk("watchlist", "status", "--config", box)
    assert "A new list is active" in desk("watchlist", "sync", "--config", box)
    assert "The active list is the newest" in desk("watchlist", "sync", "--config", box)
    status = json.loads(desk("watchlist", "status", "--json", "--config", box))
    assert (status["version"], status["entries_live_here"], status["state"]) == (1, 2, "live")
    assert "Ada" not in json.dumps(status)

    ada = next(x for x in desk.entries() if x["name"] == "Ada")
    said = desk.revoke(ada["person"])
    assert "Entries erased: 1." in said
    assert f"Revoked in version 2 at {desk.published}" in said
    desk("watchlist", "sync", "--config", box)
    status = json.loads(desk("watchlist", "status", "--json", "--config", box))
    assert (status["version"], status["entries"], status["entries_live_here"]) == (2, 1, 1)
    assert desk.held(b"Ada")
    assert "Published version 3 with 1 entries" in desk(
        "register", "publish", "--register", desk.people
    )
    assert not desk.held(b"Ada")
    desk("watchlist", "sync", "--config", box)
    status = json.loads(desk("watchlist", "status", "--json", "--config", box))
    assert (status["version"], status["entries"], status["withdrawn"]) == (3, 1, 0)
    audit = json.loads(desk("register", "audit", "--register", desk.people, "--json"))
    assert [line["action"] for line in audit["lines"]] == [
        "init", "list-add", "add", "add", "publish", "revoke", "publish", "publish",
    ]  # fmt: skip
    assert "Ada" not in json.dumps(audit)


def test_a_revocation_can_be_kept_here_and_what_is_known_of_no_destination_is_told(
    desk: Desk,
) -> None:
    desk.init()
    desk.add("ada 1", "ada 2", "ada 3")
    desk.add("bob 1", "bob 2", "bob 3", name="Bob")
    ada, bob = desk.entries()
    assert "Publish now" in desk.revoke(ada["entry"])
    with pytest.raises(RegisterError, match="not known where to publish"):
        desk("register", "publish", "--register", desk.people)
    desk.publish()
    assert "Publish now" in desk.revoke(bob["entry"], "--no-publish")
    assert json.loads(desk.publish("--json"))["version"] == 2


def test_a_destination_that_is_gone_ends_a_revocation_with_a_code_until_it_is_forgotten(
    desk: Desk,
) -> None:
    desk.init()
    for name in ("ada", "bob"):
        desk.add(*(f"{name} {n}" for n in (1, 2, 3)), name=name)
    desk.publish()
    shutil.rmtree(desk.published)
    first, second = desk.entries()
    args = ("register", "revoke", "--register", desk.people, first["entry"], "--reason", "x")
    assert desk.code(*args) == 6
    assert "forget" in desk.said()
    assert "no destination any more" in desk(
        "register", "publish", "--register", desk.people, "--forget", desk.published
    )
    assert "Publish now" in desk.revoke(second["entry"])


def test_keys_are_changed_and_boxes_follow(desk: Desk) -> None:
    desk.init()
    desk.add("ada 1", "ada 2", "ada 3")
    desk.publish()
    box = desk.box()
    (desk.folder / "root-1.json").write_bytes((desk.people / "root.json").read_bytes())
    box.write_text(box.read_text().replace(str(desk.people / "root.json"), "root-1.json"))
    desk("watchlist", "sync", "--config", box)
    for words in ((), ("--root",)):
        said = desk("register", "rotate-keys", "--register", desk.people, *words)
        assert f"Publish now: watchpost register publish {desk.published}" in said
        desk.publish()
        assert "A new list is active" in desk("watchlist", "sync", "--config", box)
    listed = json.loads(desk("register", "list", "--register", desk.people, "--json"))
    assert listed["keys"]["root"] == 3


def test_a_consent_that_has_ended_is_told_with_the_day_since_when(desk: Desk) -> None:
    desk.init()
    desk.add("ada 1", "ada 2", "ada 3")
    with closing(sqlite3.connect(desk.people / "register.sqlite")) as raw:
        raw.execute("UPDATE entries SET expires = ?", (LAST_WEEK,))
        raw.commit()
    assert f"expired since {LAST_WEEK}" in desk("register", "list", "--register", desk.people)


def test_a_consent_document_that_stands_for_several_people_is_warned_of(desk: Desk) -> None:
    desk.init()
    assert "Warning" not in desk.add("ada 1", "ada 2", "ada 3")
    said = desk.add("bob 1", "bob 2", "bob 3", name="Bob")
    assert "the same consent document stands for other people too: 1" in said


def test_an_unknown_list_is_noticed_before_any_photo_is_read(desk: Desk) -> None:
    desk.init()
    with pytest.raises(RegisterError, match="no list staff; there are: guests"):
        desk.add("nobody", consent="", list_id="staff")


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


def test_show_tells_in_brief_all_that_is_held_of_a_person(desk: Desk) -> None:
    desk.init()
    desk.add("ada 1", "ada 2", "ada 3")
    desk.publish()
    (held,) = desk.entries()
    (shown,) = json.loads(
        desk("register", "show", "--register", desk.people, held["entry"], "--json")
    )
    assert {name: shown[name] for name in held} == held
    assert (held["name"], held["templates"], held["state"]) == ("Ada", 3, "live")
    assert shown["purpose"] == "Greet our guests."
    assert shown["may_have_stood_in_versions"] == [1]
    assert [one["document_kept"] for one in shown["consent_history"]] == [True]
    assert [one["action"] for one in shown["deeds"]] == ["add"]
    said = desk("register", "show", "--register", desk.people, held["person"])
    assert "name: Ada" in said
    assert "consent_history: given_by self" in said
    assert f"live until {NEXT_YEAR}  Ada" in desk("register", "list", "--register", desk.people)


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
    (root,) = (desk.people / "keys").glob("root-*.pem")
    assert b"ENCRYPTED" in root.read_bytes()
    desk.add("ada 1", "ada 2", "ada 3")
    desk.publish()
    with pytest.raises(RegisterError, match="root key is encrypted and there is no passphrase"):
        desk("register", "rotate-keys", "--register", desk.people)
    monkeypatch.setenv("WATCHPOST_PASSPHRASE", "correct horse")
    desk("register", "rotate-keys", "--register", desk.people)


def test_an_unusable_list_makes_no_register(desk: Desk) -> None:
    with pytest.raises(RegisterError, match="not usable"):
        desk("register", "init", desk.people, "--no-passphrase", "--list", "Guests")
    assert not desk.people.exists()


def test_the_folder_can_come_from_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHPOST_REGISTER", str(tmp_path / "people"))
    desk = Desk(tmp_path, capsys)
    desk.init()
    assert "root 1, key" in desk("register", "list")


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


def test_a_tampered_list_is_refused_and_the_old_one_stays(desk: Desk) -> None:
    desk.init()
    desk.add("ada 1", "ada 2", "ada 3")
    desk.publish()
    box = desk.box()
    desk("watchlist", "sync", "--config", box)
    desk.publish()
    (newest,) = (desk.published / "metadata").glob("2.targets.json")
    newest.write_bytes(newest.read_bytes().replace(b"sha256", b"sha255", 1))
    with pytest.raises(WatchlistError, match="differs from the one that was signed"):
        desk("watchlist", "sync", "--config", box)
    status = json.loads(desk("watchlist", "status", "--json", "--config", box))
    assert status["version"] == 1


@pytest.mark.parametrize("words", [("--valid-for", "soon"), ("--valid-for", "-1d")])
def test_a_time_that_is_none_is_refused_as_usage(desk: Desk, words: tuple[str, str]) -> None:
    desk.init()
    with pytest.raises(SystemExit) as caught:
        desk.publish(*words)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "list-add",
        "add",
        "list",
        "show",
        "revoke",
        "publish",
        "audit",
        "announce",
        "rotate-keys",
        "erasures",
    ],
)
def test_every_command_has_help(desk: Desk, command: str) -> None:
    with pytest.raises(SystemExit) as caught:
        desk("register", command, "--help")
    assert caught.value.code == 0
