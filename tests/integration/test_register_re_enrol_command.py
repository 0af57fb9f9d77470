"""An operator moves a register to another pack through ``watchpost register re-enrol``."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.cli import register
from edge.compose import box
from edge.compose.register import old_photo_reader
from edge.demo.truth import people
from edge.errors import PackError, RegisterError
from edge.register.photos import PhotoReader
from edge.runtime.setting_tables import PackSettings, Settings
from tests.fakes.registers import TextReader, photos
from tests.fakes.watchlists import PACK

NEW = "newer@2.0.0"
TODAY = datetime.now(UTC).date()


class Desk:
    """An operator's desk; the settings' pack is whatever the last command was told."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.people = folder / "people"
        self.pack = PACK
        self.old_here = True
        self._capsys = capsys
        self._parser = argparse.ArgumentParser()
        groups = self._parser.add_subparsers(required=True)
        register.add_parser(groups, lambda _: TextReader(self.pack), lambda _, p: self._old(p))

    def _old(self, pack: str) -> PhotoReader:
        if not self.old_here:
            raise PackError(f"There is no pack {pack}.", "Install it.")
        return TextReader(pack)

    def __call__(self, command: str, *words: object) -> str:
        where = () if command == "init" else ("--register", self.people)
        args = self._parser.parse_args([str(w) for w in ("register", command, *where, *words)])
        self._capsys.readouterr()
        assert args.run(args) == 0
        return self._capsys.readouterr().out

    def add(self, name: str) -> str:
        form = self.folder / "form.pdf"
        form.write_bytes(b"I agree.")
        looks = photos(self.folder, *(f"{name.casefold()} {n}" for n in (1, 2, 3)))
        self(
            "add", "--name", name, "--list", "guests", "--given-by", "self", "--site", "*",
            "--given-on", TODAY - timedelta(days=1), "--expires", TODAY + timedelta(days=99),
            "--consent", form, "--photo", *looks,
        )  # fmt: skip
        entries: list[dict[str, Any]] = json.loads(self("list", "--json"))["entries"]
        return next(str(one["entry"]) for one in entries if one["name"] == name)


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    for name in ("WATCHPOST_PASSPHRASE", "WATCHPOST_REGISTER", "WATCHPOST_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    made = Desk(tmp_path, capsys)
    made("init", made.people, "--no-passphrase", "--list", "guests", "--purpose", "Greet guests.")
    return made


def test_from_one_pack_to_the_next(desk: Desk) -> None:
    ada, bob = desk.add("Ada"), desk.add("Bob")
    assert "nobody needs new photos" in desk("re-enrol")
    desk.pack = NEW
    said = desk("re-enrol")
    assert f"needs photos: {ada}" in said
    assert f"needs photos: {bob}" in said
    said = desk("re-enrol", ada, "--photo", *photos(desk.folder, "ada 4", "ada 5", "ada 6"))
    assert f"Entry {ada} has templates for pack {NEW}." in said
    assert f"needs photos: {bob}" in said
    assert [one["entry"] for one in json.loads(desk("re-enrol", "--json"))["done"]] == [ada]
    with pytest.raises(RegisterError, match="1 of 2 entries have no photos"):
        desk("re-enrol", "--finish")
    said = desk("re-enrol", bob, "--photo", *photos(desk.folder, "bob 4"))
    assert "Warning: 1 usable photos" in said
    assert "Everyone is ready" in said
    assert "Publish now" in desk("re-enrol", "--finish")
    entries = json.loads(desk("list", "--json"))["entries"]
    assert {one["pack"] for one in entries} == {NEW}


def test_where_the_old_pack_is_gone_the_operator_is_told_to_look(desk: Desk) -> None:
    ada = desk.add("Ada")
    desk.pack, desk.old_here = NEW, False
    said = desk("re-enrol", ada, "--photo", *photos(desk.folder, "ada 4", "ada 5", "ada 6"))
    assert f"pack {PACK} is not installed here" in said
    assert "given up" in desk("re-enrol", "--abandon")


@pytest.mark.parametrize("words", [("entry",), ("--photo", "a.jpg"), ("--finish", "--abandon")])
def test_options_that_do_not_go_together_are_refused(desk: Desk, words: tuple[str, ...]) -> None:
    with pytest.raises(RegisterError, match="An entry needs photos"):
        desk("re-enrol", *words)


def test_real_packs_are_found_by_the_name_that_a_register_keeps(tmp_path: Path) -> None:
    settings = Settings.model_validate({"box": {"state_dir": tmp_path}})
    for name in ("default", "blazeface"):
        ref = box.load(name).ref
        named = settings.model_copy(update={"pack": PackSettings(name=ref)})
        assert box.pack(named).ref == ref
    with pytest.raises(PackError):
        old_photo_reader(settings, "gone@1.0.0")
    reader = old_photo_reader(settings, box.load("blazeface").ref)
    assert len(reader.read(people()[0].photos()[0]).template) == 128
