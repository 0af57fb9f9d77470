"""Installing and removing a box below a folder, with commands that a fake carries out."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from edge.compose.install import plan
from edge.errors import ConfigError
from edge.install import firmware
from edge.install.answers import Answers, files_for
from edge.install.keys import key_files
from edge.install.machine import Machine
from edge.install.removal import removal_steps, wipe_file
from edge.install.step import Step, carry_out
from edge.provision.search import find_bundle
from tests.fakes.accountant import machine_below

ANSWERS = Answers(box="door-1", site="home-7", camera="/dev/video0")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_below(tmp_path)


def everything(machine: Machine) -> dict[str, bytes]:
    paths = [one for one in machine.root.rglob("*") if one.is_file() and not one.is_symlink()]
    return {str(one.relative_to(machine.root)): one.read_bytes() for one in paths}


def install(machine: Machine, answers: Answers = ANSWERS, *, dry_run: bool = False) -> int:
    steps, _ = plan(machine, answers, None)
    return carry_out(steps, lambda line: None, dry_run=dry_run)


def test_a_dry_run_changes_nothing(machine: Machine) -> None:
    before = everything(machine)
    assert install(machine, dry_run=True) > 20
    assert everything(machine) == before


def test_a_second_installation_changes_nothing(machine: Machine) -> None:
    install(machine)
    before = everything(machine)
    assert install(machine, Answers()) == 0
    assert everything(machine) == before


def test_keys_are_readable_by_their_owner_alone_and_settings_hold_the_answers(
    machine: Machine,
) -> None:
    install(machine)
    for name in ("watchlist-key", "evidence-key"):
        key = machine.at(f"/etc/credstore/{name}")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert len(key.read_bytes()) == 32
    assert 'id = "door-1"' in machine.at("/etc/watchpost/watchpost.toml").read_text()


def test_answers_do_not_change_settings_that_are_there() -> None:
    with pytest.raises(ConfigError, match="answers do not change"):
        files_for(ANSWERS, None, has_settings=True)


def test_an_answer_that_is_no_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"box\.id"):
        files_for(Answers(box="Door 1"), None, has_settings=False)


def test_a_purge_removes_keys_before_lists_and_leaves_nothing(machine: Machine) -> None:
    install(machine)
    machine.at("/var/lib/watchpost/watchlist/active.sealed").write_bytes(b"sealed")
    machine.at("/var/lib/watchpost/spool.db-wal").write_bytes(b"hits")
    steps = [one for one in removal_steps(machine, purge=True) if not one.is_done()]
    told = [one.what for one in steps]
    last_key = max(told.index(f"overwrite and remove {path}") for path in key_files()[:2])
    assert last_key < told.index("remove /var/lib/watchpost/watchlist")
    assert told.index("remove /var/lib/watchpost/spool.db-wal") < told.index(
        "remove /etc/watchpost"
    )
    carry_out(steps, lambda line: None, dry_run=False)
    assert set(everything(machine)) == {"etc/passwd", "etc/group"}
    etc = machine.at("/etc")
    assert [one.relative_to(etc) for one in etc.rglob("*") if one.is_dir()] == []
    assert "watchpost" not in machine.at("/etc/passwd").read_text()


def test_removal_without_purge_keeps_settings_and_no_biometric_data(machine: Machine) -> None:
    install(machine)
    kept = ("spool.db.damaged-1", "status/reviews/one.json")
    for name in kept:
        machine.at(f"/var/lib/watchpost/{name}").write_bytes(b"of people")
    machine.at("/run/watchpost/status/preview.jpg").write_bytes(b"a picture")
    carry_out(removal_steps(machine, purge=False), lambda line: None, dry_run=False)
    assert machine.at("/etc/watchpost/watchpost.toml").exists()
    assert machine.at("/var/lib/watchpost/status/users.json").exists()
    assert not machine.at("/var/lib/watchpost/watchlist").exists()
    assert not any(machine.at(f"/var/lib/watchpost/{name}").exists() for name in kept)
    assert not machine.at("/run/watchpost").exists()
    assert not any(machine.at(path).exists() for path in key_files())


def test_a_raspberry_pi_gets_one_line_and_loses_it_again(machine: Machine) -> None:
    config = machine.at(firmware.PI_CONFIG)
    config.parent.mkdir(parents=True)
    config.write_text("arm_64bit=1\n[cm4]\notg_mode=1\n")
    model = machine.at("/proc/device-tree/model")
    model.parent.mkdir(parents=True)
    model.write_bytes(b"Raspberry Pi 5 Model B\0")
    install(machine)
    install(machine, Answers())
    assert config.read_text().endswith("otg_mode=1\n[all]\ninclude watchpost.txt\n")
    assert all(machine.at(path).exists() for path in firmware.PLACES)
    carry_out(removal_steps(machine, purge=False), lambda line: None, dry_run=False)
    assert config.read_text() == "arm_64bit=1\n[cm4]\notg_mode=1\n"
    assert not any(machine.at(path).exists() for path in (firmware.PI_FILE, *firmware.PLACES))


def test_a_step_without_rights_says_which_it_was() -> None:
    def fail() -> None:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(ConfigError, match=r"write /x \(Permission denied\)"):
        carry_out([Step("write /x", lambda: False, fail)], lambda line: None, dry_run=False)


def test_two_bundles_are_refused_and_one_below_is_found(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    one = stick / "a_b.watchpost.zip"
    one.write_bytes(b"1")
    assert find_bundle([tmp_path, stick, tmp_path / "absent"]) == one
    (tmp_path / "c_d.watchpost.zip").write_bytes(b"2")
    with pytest.raises(ConfigError, match="There are 2 bundles"):
        find_bundle([tmp_path])
    wipe_file(one)
    assert not one.exists()
