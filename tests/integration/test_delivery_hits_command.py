"""`watchpost hits` prints what arrives, for people and for pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.broker import Mosquitto, free_port, needs_mosquitto
from tests.integration.delivery import Running, make_worker, record, settings_for, wait_until

ROOT = Path(__file__).parents[2]
COMMAND = (
    "import argparse, signal, sys; from edge.cli import hits\n"
    "from edge.errors import WatchpostError\n"
    # A shell that runs the tests in the background has its children ignore it.
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "parser = argparse.ArgumentParser(); hits.add_parser(parser.add_subparsers())\n"
    "args = parser.parse_args()\n"
    "try: sys.exit(args.run(args))\n"
    "except WatchpostError as error: print(error, file=sys.stderr); sys.exit(error.exit_code)\n"
)


def start(*arguments: str) -> subprocess.Popen[str]:
    """The command, without the rest of the command line around it."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "hits", *arguments],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TZ": "UTC"},
    )


def subscribed(broker: Mosquitto) -> None:
    wait_until(lambda: "Sending SUBACK to watchpost-hits" in broker.log.read_text())


@needs_mosquitto
def test_it_prints_a_line_for_each_hit_and_ends_after_the_wanted_number(
    broker: Mosquitto, tmp_path: Path
) -> None:
    command = start("--broker", f"mqtt://127.0.0.1:{broker.port}", "--count", "2")
    subscribed(broker)
    record(tmp_path / "spool.db", range(3))
    with Running(make_worker(tmp_path / "spool.db", settings_for(broker.port))):
        out, errors = command.communicate(timeout=20)
    assert command.returncode == 0
    assert errors == ""
    first, _ = out.splitlines()
    assert "site-1/box-1  camera-1  staff  entry-0  probability 97.0%  #1" in first
    assert "0.951" not in out, "the raw score is not for people"


@needs_mosquitto
def test_json_lines_come_at_once_through_a_pipe_and_lists_can_be_chosen(
    broker: Mosquitto, tmp_path: Path
) -> None:
    address = f"mqtt://127.0.0.1:{broker.port}"
    command = start("--broker", address, "--json", "--list", "staff", "--timeout", "60")
    subscribed(broker)
    record(tmp_path / "spool.db", range(1))
    with Running(make_worker(tmp_path / "spool.db", settings_for(broker.port))):
        assert command.stdout is not None
        hit = json.loads(command.stdout.readline())
    assert hit["hit_id"] == "hit-000000"
    assert hit["list_id"] == "staff"
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=10)
    assert command.returncode == 0
    assert errors == ""


@needs_mosquitto
def test_only_hits_of_the_wanted_site_and_list_are_printed(
    broker: Mosquitto, tmp_path: Path
) -> None:
    address = ("--broker", f"mqtt://127.0.0.1:{broker.port}", "--count", "1", "--timeout", "20")
    wanted = start(*address, "--site", "site-1", "--list", "staff")
    subscribed(broker)
    others = [
        start(*address[:4], "--timeout", "5", "--site", "site-2"),
        start(*address[:4], "--timeout", "5", "--list", "guests"),
    ]
    wait_until(lambda: broker.log.read_text().count("Sending SUBACK to watchpost-hits") == 3)
    record(tmp_path / "spool.db", range(1))
    with Running(make_worker(tmp_path / "spool.db", settings_for(broker.port))):
        out, _ = wanted.communicate(timeout=30)
        assert "staff" in out
        for other in others:
            out, _ = other.communicate(timeout=30)
            assert (out, other.returncode) == ("", 1)


@needs_mosquitto
def test_a_reader_that_goes_away_ends_it_quietly(broker: Mosquitto, tmp_path: Path) -> None:
    command = start("--broker", f"mqtt://127.0.0.1:{broker.port}")
    subscribed(broker)
    assert command.stdout is not None
    assert command.stderr is not None
    command.stdout.close()
    record(tmp_path / "spool.db", range(3))
    with Running(make_worker(tmp_path / "spool.db", settings_for(broker.port))):
        assert command.wait(20) == 0
    assert command.stderr.read() == ""
    command.stderr.close()


@needs_mosquitto
def test_too_few_hits_in_time_is_exit_code_1(broker: Mosquitto) -> None:
    arguments = ("--count", "1", "--timeout", "1")
    command = start("--broker", f"mqtt://127.0.0.1:{broker.port}", *arguments)
    command.communicate(timeout=20)
    assert command.returncode == 1


@needs_mosquitto
def test_a_broker_that_comes_back_is_told_on_stderr_and_printing_goes_on(
    broker: Mosquitto, tmp_path: Path
) -> None:
    command = start("--broker", f"mqtt://127.0.0.1:{broker.port}", "--count", "1")
    subscribed(broker)
    broker.kill()
    time.sleep(1)
    broker.log.write_text("")
    broker.start()
    subscribed(broker)
    record(tmp_path / "spool.db", range(1))
    with Running(make_worker(tmp_path / "spool.db", settings_for(broker.port))):
        out, errors = command.communicate(timeout=30)
    assert command.returncode == 0
    assert len(out.splitlines()) == 1
    assert errors.count("cannot be reached") == 1
    assert "Connected again." in errors


def test_no_broker_is_exit_code_7_with_a_remedy() -> None:
    command = start("--broker", f"mqtt://127.0.0.1:{free_port()}")
    _, errors = command.communicate(timeout=20)
    assert command.returncode == 7
    assert "Nothing listens" in errors


@pytest.mark.parametrize(
    "address",
    ["http://broker", "mqtt://", "mqtt://broker:99999", "broker:1883", "mqtt://me:secret@broker"],
)
def test_an_unusable_address_is_exit_code_2_and_no_password_is_repeated(address: str) -> None:
    command = start("--broker", address)
    _, errors = command.communicate(timeout=20)
    assert command.returncode == 2
    assert "--broker" in errors
    assert "secret" not in errors
