"""``watchpost fleet``: from an empty folder to a bundle, and back out again."""

from __future__ import annotations

import argparse
import json
import stat
from pathlib import Path

import pytest

from edge.cli import fleet
from edge.errors import ConfigError
from edge.fleet.bundle import read_bundle

SECRET = "correct horse battery"


@pytest.fixture(autouse=True)
def fleet_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATCHPOST_FLEET", str(tmp_path / "fleet"))
    monkeypatch.setenv("WATCHPOST_FLEET_PASSPHRASE", SECRET)
    monkeypatch.chdir(tmp_path)
    run("init", str(tmp_path / "fleet"))
    return tmp_path / "fleet"


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    fleet.add_parser(parser.add_subparsers())
    args = parser.parse_args(["fleet", *arguments])
    return int(args.run(args))


ADD = ("add", "box-1", "--site", "site-1", "--broker", "broker.example")


def test_a_box_is_added_with_one_file(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_text('{"signed": {}}')
    run(*ADD, "--source", "https://lists.example", "--root", "root.json", "--ack", "receiver")
    path = tmp_path / "site-1_box-1.watchpost.zip"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = read_bundle(path.read_bytes())
    assert (read.site, read.box) == ("site-1", "box-1")
    assert read.files["root.json"] == b'{"signed": {}}'
    assert b'ack = "receiver"' in read.files["watchpost.toml"]


def test_a_bundle_can_be_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHPOST_BUNDLE_PASSPHRASE", "another long one")
    run(*ADD)
    data = (tmp_path / "site-1_box-1.watchpost.zip").read_bytes()
    with pytest.raises(ConfigError):
        read_bundle(data)
    assert read_bundle(data, "another long one").box == "box-1"


def test_a_box_is_not_added_twice_but_renewed(tmp_path: Path) -> None:
    run(*ADD)
    with pytest.raises(ConfigError, match="exists already"):
        run(*ADD)
    with pytest.raises(ConfigError, match="has a certificate already"):
        run(*ADD, "--out", str(tmp_path / "second"))
    run(*ADD, "--renew", "--out", str(tmp_path / "second"))


def test_what_is_listed_can_be_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    run("receiver", "hub-1")
    run("broker", "broker.example", "192.0.2.7")
    run(*ADD)
    capsys.readouterr()
    run("revoke", "site-1/box-1")
    assert "revoked.crl" in capsys.readouterr().out
    run("list", "--json")
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    revoked = {one["name"]: one["revoked_at"] is not None for one in listed}
    assert revoked == {"hub-1": False, "broker.example": False, "site-1/box-1": True}
    with pytest.raises(ConfigError, match="no live certificate"):
        run("revoke", "site-1/box-1")


def test_receivers_and_broker_get_a_key_for_its_owner_only(tmp_path: Path) -> None:
    run("receiver", "hub-1")
    run("broker", "broker.example", "--out", str(tmp_path / "broker"))
    for key in (tmp_path / "hub-1.key", tmp_path / "broker" / "server.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(ConfigError, match="exists already"):
        run("receiver", "hub-1")


def test_no_fleet_without_a_passphrase_unless_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHPOST_FLEET_PASSPHRASE")
    with pytest.raises(ConfigError, match="no passphrase"):
        run("init", str(tmp_path / "open"))
    run("init", str(tmp_path / "open"), "--no-passphrase")
    assert (tmp_path / "open" / "ca.pem").exists()
    with pytest.raises(ConfigError, match="no passphrase"):
        run("list")


@pytest.mark.parametrize("wrong", [("--valid-for", "5000d"), ("--port", "0"), ("--ack", "nobody")])
def test_arguments_out_of_range_are_usage_errors(wrong: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*ADD, *wrong)
    assert caught.value.code == 2


def test_a_root_that_is_none_is_refused_and_nothing_is_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "root.json").write_text("no json")
    with pytest.raises(ConfigError, match=r"root\.json"):
        run(*ADD, "--root", "root.json")
    capsys.readouterr()
    run("list")
    assert capsys.readouterr().out == ""
