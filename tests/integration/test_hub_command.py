"""``watchpost hub`` on SQLite: what it prints, refuses and erases."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.hub.store import HubStore
from edge.runtime.audit import AuditLog
from tests.fakes.box_events import erasure_delivery, hit_delivery, status_delivery
from tests.integration.hub_databases import opened
from tests.integration.hub_process import CHECKOUT

_WITHOUT_EXTRA = """
import sys
sys.modules["sqlalchemy"] = None
from edge.cli.main import main
sys.exit(main(["hub", "gaps"]))
"""


@dataclass(frozen=True)
class Told:
    """What a command printed and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def run(folder: Path, *arguments: str) -> Told:
    out, error = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(error):
        code = main(["hub", *arguments, "--state-dir", str(folder)])
    return Told(code, out.getvalue(), error.getvalue())


def filled(folder: Path) -> None:
    assert run(folder, "migrate").returncode == 0
    with opened(f"sqlite:///{folder}/hub.sqlite") as engine:
        HubStore(engine, "hub-1").write(
            [
                hit_delivery(1, entry="gone"),
                hit_delivery(4, entry="stays"),
                erasure_delivery(6),
                status_delivery(online=True),
            ]
        )


def test_people_read_hits_gaps_boxes_and_erasures_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    filled(folder)
    assert "site-1/box-1  entrance  staff  stays (Sam)" in run(folder, "hits").stdout
    assert "site-1/box-1  owes #2 to #3 (2)\n" in run(folder, "gaps").stdout
    assert "site-1/box-1  running" in run(folder, "boxes").stdout
    assert "staff  entry-1  watchlist 4" in run(folder, "erasures").stdout


def test_an_empty_database_says_so(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").stdout == "The hub's tables have version 0001.\n"
    assert run(tmp_path, "gaps").stdout == "No box owes a number.\n"
    assert run(tmp_path, "gaps", "--json").stdout == ""


def test_filters_choose_hits(tmp_path: Path) -> None:
    filled(tmp_path)
    only = run(tmp_path, "hits", "--json", "--entry", "stays").stdout.splitlines()
    assert [json.loads(line)["sequence"] for line in only] == [4]
    assert run(tmp_path, "hits", "--json", "--since", "2030-01-01").stdout == ""
    assert run(tmp_path, "hits", "--json", "--site", "elsewhere").stdout == ""


def test_an_erasure_deletes_the_hits_and_leaves_a_line_in_the_audit_log(tmp_path: Path) -> None:
    filled(tmp_path)
    told = run(tmp_path, "erase", "gone")
    assert told.stdout == "1 hits of gone were deleted; none that comes later is kept.\n"
    left = run(tmp_path, "hits", "--json").stdout.splitlines()
    assert [json.loads(line)["entry"] for line in left] == ["stays"]
    found = AuditLog(tmp_path / "audit.log").verify()
    assert found.problem == ""
    assert [(line["action"], line["facts"]) for line in found.lines] == [
        ("hub-erase", {"entry": "gone"})
    ]
    with (tmp_path / "hub.sqlite").open("rb") as file:
        assert b"gone" in file.read()  # the entry's id alone stays, so that none comes back


def test_without_the_extra_the_command_says_what_to_install(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _WITHOUT_EXTRA],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 9
    assert "pip install 'watchpost[hub]'" in told.stderr


def test_a_password_on_the_command_line_is_refused_and_not_repeated(tmp_path: Path) -> None:
    told = run(tmp_path, "gaps", "--database", "postgresql+psycopg://me:geheim@127.0.0.1:1/x")
    assert told.returncode == 2
    assert "geheim" not in told.stderr


def test_a_database_that_is_away_is_exit_code_9_and_its_password_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql+psycopg://me:geheim@127.0.0.1:1/x"
    monkeypatch.setenv("WATCHPOST_HUB_DATABASE", address)
    told = run(tmp_path, "gaps")
    assert told.returncode == 9
    assert "cannot be reached" in told.stderr
    assert "geheim" not in told.stderr


def test_an_unusable_option_is_exit_code_2(tmp_path: Path) -> None:
    for options in (("--keep", "ever"), ("--batch", "0"), ("--name", "Hub 1"), ("--session", "1y")):
        told = run(tmp_path, "run", *options)
        assert told.returncode == 2, options
        assert "Traceback" not in told.stderr
