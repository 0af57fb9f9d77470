"""``register renew``, ``export`` and ``add --keep-photos``, and the answer in a real Chromium."""

from __future__ import annotations

import argparse
import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from edge.cli import register
from edge.errors import ConsentError, RegisterError
from tests.fakes.registers import TextReader, photos

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TODAY = datetime.now(UTC).date()
DAYS = ("--given-on", str(TODAY - timedelta(days=7)), "--expires", str(TODAY + timedelta(days=300)))


class Desk:
    """An operator's desk with a register that has a passphrase."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self._parser = argparse.ArgumentParser()
        register.add_parser(
            self._parser.add_subparsers(required=True), make_reader=lambda _: TextReader()
        )
        (folder / "form.pdf").write_bytes(b"I agree.")
        self("init", folder / "register", "--list", "guests", "--purpose", "Greet our guests.")

    def __call__(self, *words: object) -> str:
        args = self._parser.parse_args(["register", *map(str, words)])
        self._capsys.readouterr()
        assert args.run(args) == 0
        return self._capsys.readouterr().out

    def add(self, *more: str) -> str:
        """Enrol Ada; returns the entry's id."""
        self(
            "add", "--name", "Ada", "--list", "guests", "--site", "hall", "--given-by", "self",
            *DAYS, "--consent", self.folder / "form.pdf", *more,
            "--photo", *photos(self.folder, "ada 1", "ada 2", "ada 3"),
        )  # fmt: skip
        entry: str = json.loads(self("list", "--json"))["entries"][0]["entry"]
        return entry

    def renew(self, entry: str, data: bytes = b"I agree again.") -> str:
        (self.folder / "again.pdf").write_bytes(data)
        return self(
            "renew", entry, "--consent", self.folder / "again.pdf", "--given-by", "guardian",
            "--given-on", TODAY, "--expires", TODAY + timedelta(days=700),
        )  # fmt: skip


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.delenv("WATCHPOST_CONFIG", raising=False)
    monkeypatch.setenv("WATCHPOST_PASSPHRASE", "correct horse battery")
    monkeypatch.setenv("WATCHPOST_REGISTER", str(tmp_path / "register"))
    return Desk(tmp_path, capsys)


def test_a_renewed_entry_keeps_its_sites_and_counts_its_consents(desk: Desk) -> None:
    entry = desk.add()
    said = desk.renew(entry)
    assert f"Renewed: entry {entry} until {TODAY + timedelta(days=700)}; consents so far: 2" in said
    (held,) = json.loads(desk("show", entry, "--json"))
    assert (held["consents"], held["given_by"], held["sites"]) == (2, "guardian", ["hall"])
    with pytest.raises(ConsentError, match="has already"):
        desk.renew(entry)
    with pytest.raises(ConsentError, match="No consent document"):
        desk("renew", entry, "--given-by", "self", *DAYS)


def test_photos_are_kept_only_when_asked_for_and_shown_as_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = desk.add()
    assert not (desk.folder / "register" / "photos").exists()
    desk("revoke", entry, "--reason", "start again")
    entry = desk.add("--keep-photos")
    assert json.loads(desk("show", entry, "--json"))[0]["photos_kept"] == 3
    desk("revoke", entry, "--reason", "start again")
    assert list((desk.folder / "register" / "photos").iterdir()) == []
    monkeypatch.delenv("WATCHPOST_PASSPHRASE")
    with pytest.raises(RegisterError, match="need the register's passphrase"):
        desk.add("--keep-photos")


def test_an_export_is_complete_and_says_how_to_treat_it(desk: Desk) -> None:
    entry = desk.add("--keep-photos")
    desk.renew(entry)
    out = desk.folder / "ada.zip"
    assert "not encrypted" in desk("export", entry, out, "--contact", "Olga, Park 1")
    with zipfile.ZipFile(out) as archive:
        assert set(archive.namelist()) == {
            "answer.html", "data.json", "consents/guests-1.pdf", "consents/guests-2.pdf",
            "photos/guests-01.jpg", "photos/guests-02.jpg", "photos/guests-03.jpg",
        }  # fmt: skip
        assert "Olga, Park 1" in archive.read("answer.html").decode()
    lines = json.loads(desk("audit", "--json"))["lines"]
    assert lines[-1]["action"] == "export"
    with pytest.raises(RegisterError, match="already"):
        desk("export", entry, out)
    with pytest.raises(RegisterError, match="501 characters"):
        desk("export", entry, desk.folder / "b.zip", "--contact", "x" * 501)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_the_page_asks_for_nothing_fits_a_telephone_and_prints(desk: Desk) -> None:
    entry = desk.add()
    desk.renew(entry)
    for _ in range(3):
        desk("publish", desk.folder / "list")
    desk("export", entry, desk.folder / "ada.zip")
    with zipfile.ZipFile(desk.folder / "ada.zip") as archive:
        archive.extract("answer.html", desk.folder)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page(viewport={"width": 360, "height": 800})
        asked: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        page.on("console", lambda one: troubles.append(one.text))
        address = (desk.folder / "answer.html").as_uri()
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.locator("h2").count() == 8
        assert page.get_by_text("name, address, telephone and e-mail").is_visible()
        assert page.pdf().startswith(b"%PDF")
        browser.close()
    assert asked == [address]
    assert troubles == []


@pytest.mark.parametrize("command", ["renew", "export", "add"])
def test_every_command_has_help(desk: Desk, command: str) -> None:
    with pytest.raises(SystemExit) as caught:
        desk(command, "--help")
    assert caught.value.code == 0
