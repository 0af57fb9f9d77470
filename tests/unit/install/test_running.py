"""Installing on a machine that systemd runs: sealed keys, and services that are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.compose.install import plan
from edge.install.answers import Answers
from edge.install.keys import KEYS, PLAIN, SEALED, key_drop_ins
from edge.install.removal import removal_steps
from edge.install.step import Step, carry_out
from tests.fakes.accountant import Accountant, RunningMachine, running_below

ANSWERS = Answers(box="door-1", site="home-7", camera="/dev/video0")
UNITS = Path(__file__).parents[3] / "systemd"


@pytest.fixture
def machine(tmp_path: Path) -> RunningMachine:
    return running_below(tmp_path)


def install(machine: RunningMachine, answers: Answers = ANSWERS) -> list[str]:
    told: list[str] = []
    steps, _ = plan(machine, answers, None)
    carry_out(steps, told.append, dry_run=False)
    return told


def systemctl(machine: RunningMachine) -> list[str]:
    assert isinstance(machine.commands, Accountant)
    asked = [words[1] for words in machine.commands.ran if words[0] == "systemctl"]
    return [one for one in asked if one != "is-active"]


def test_no_unit_names_a_credential_in_both_ways() -> None:
    """systemd takes the later one alone, and refuses a plain key as a sealed one."""
    for unit in UNITS.glob("*.service"):
        lines = unit.read_text().splitlines()
        assert not [one for one in lines if one.startswith("LoadCredentialEncrypted=")], unit.name


def test_keys_are_sealed_and_each_unit_is_told_which_of_its_own_are(
    machine: RunningMachine,
) -> None:
    install(machine)
    for name in KEYS:
        assert machine.at(f"{SEALED}/{name}").read_bytes().startswith(b"sealed")
        assert not machine.at(f"{PLAIN}/{name}").exists()
    assert len(key_drop_ins()) == 3
    for path, keys in key_drop_ins().items():
        lines = machine.at(path).read_text().splitlines()
        assert lines[1:] == ["[Service]", *(f"LoadCredentialEncrypted={key}" for key in keys)]


def test_a_plain_key_that_is_there_stays_and_is_not_called_sealed(machine: RunningMachine) -> None:
    plain = machine.at(f"{PLAIN}/watchlist-key")
    plain.parent.mkdir(parents=True)
    plain.write_bytes(b"k" * 32)
    install(machine)
    assert plain.read_bytes() == b"k" * 32
    texts = {path: machine.at(path) for path in key_drop_ins()}
    there = {path for path, place in texts.items() if place.exists()}
    assert len(there) == 2
    assert not any("watchlist-key" in texts[path].read_text() for path in there)


def test_a_second_installation_changes_nothing_and_restarts_nothing(
    machine: RunningMachine,
) -> None:
    install(machine)
    assert systemctl(machine) == ["daemon-reload", "restart"]
    assert install(machine, Answers()) == []
    assert systemctl(machine) == ["daemon-reload", "restart"]


def test_services_that_do_not_run_are_started_by_a_second_installation(
    machine: RunningMachine,
) -> None:
    install(machine)
    assert isinstance(machine.commands, Accountant)
    machine.commands.active = False
    assert [one.split()[0] for one in install(machine, Answers())] == ["start"]


def test_a_step_that_follows_is_done_again_only_after_a_change() -> None:
    done: list[str] = []
    last = Step("reload", lambda: True, lambda: done.append("reload"), follows=True)
    same = Step("write", lambda: True, lambda: done.append("write"))
    other = Step("write", lambda: False, lambda: done.append("write"))
    carry_out([same, last], lambda line: None, dry_run=False)
    assert done == []
    assert carry_out([other, last], lambda line: None, dry_run=False) == 2
    assert done == ["write", "reload"]


def test_a_purge_takes_the_drop_ins_away_too(machine: RunningMachine) -> None:
    install(machine)
    carry_out(removal_steps(machine, purge=True), lambda line: None, dry_run=False)
    assert {one.name for one in machine.at("/etc").rglob("*")} == {"passwd", "group"}
