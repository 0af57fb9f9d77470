"""``watchpost watchlist status|sync|verify`` for people, on a box's own settings."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.cli.watchlist import add_parser
from edge.errors import ConfigError, WatchlistError
from tests.fakes.repository import SimulatedRepository
from tests.fakes.watchlists import PACK, entry

CONFIG = """
[box]
site = "north"
state_dir = "state"
[watchlist]
source = "repository"
root = "root.json"
[clock]
trust = "system"
"""


class Desk:
    """A box's folder, a repository in it, and the commands."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture
        self.repository = SimulatedRepository(datetime.now(UTC))
        self.config = folder / "watchpost.toml"
        self.config.write_text(CONFIG)
        (folder / "root.json").write_bytes(self.repository.first_root)
        self._parser = argparse.ArgumentParser()
        add_parser(self._parser.add_subparsers(), pack_of=lambda settings: PACK)

    def put(self, *numbers: int) -> None:
        day = datetime.now(UTC) + (entry(1).consent_expires - datetime(2026, 3, 1, tzinfo=UTC))
        self.repository.publish([entry(number, expires=day) for number in numbers])
        self.repository.write(self.folder / "repository")

    def run(self, *words: str) -> str:
        args = self._parser.parse_args(["watchlist", *words, "--config", str(self.config)])
        assert args.run(args) == 0
        return self._capture.readouterr().out

    def json(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(*words, "--json"))
        return found


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_box_without_a_list_says_what_to_do(desk: Desk) -> None:
    assert "watchpost watchlist sync" in desk.run("status")
    assert desk.json("status") is None


def test_sync_fetches_and_status_and_verify_show_what_is_held(desk: Desk) -> None:
    desk.put(1, 2)
    assert desk.run("sync").startswith("A new list is active.")
    assert desk.run("sync").startswith("The active list is the newest.")
    said = desk.json("status")
    assert (said["version"], said["entries"], said["entries_live_here"]) == (1, 2, 2)
    assert said["state"] == "live"
    assert desk.json("verify") == said
    desk.put(1)
    assert desk.json("sync")["erasures_to_report"] == 1


def test_verify_checks_a_repository_and_applies_nothing(desk: Desk) -> None:
    desk.put(1, 2)
    assert desk.json("verify", str(desk.folder / "repository"))["entries"] == 2
    assert desk.json("status") is None
    (segment,) = (desk.folder / "repository" / "targets" / "segments").iterdir()
    segment.write_bytes(segment.read_bytes()[:-1] + b"\x00")
    with pytest.raises(WatchlistError, match="differs from the one that was signed"):
        desk.run("verify", str(desk.folder / "repository"))


def test_verify_finds_a_sealed_file_that_was_tampered_with(desk: Desk) -> None:
    desk.put(1)
    desk.run("sync")
    (sealed,) = (desk.folder / "state" / "watchlist" / "segments").iterdir()
    sealed.write_bytes(sealed.read_bytes()[:-1])
    with pytest.raises(WatchlistError, match="does not open"):
        desk.run("verify")
    assert desk.run("sync")
    assert desk.json("verify")["entries"] == 1


def test_without_a_root_nothing_is_fetched(desk: Desk) -> None:
    desk.put(1)
    desk.config.write_text(CONFIG.replace('root = "root.json"', ""))
    with pytest.raises(ConfigError, match=r"watchlist\.root is not set"):
        desk.run("sync")


def test_nothing_that_is_printed_names_a_person(desk: Desk) -> None:
    desk.put(1)
    for words in (("sync",), ("status",), ("verify",), ("status", "--json")):
        assert "Person" not in desk.run(*words)
