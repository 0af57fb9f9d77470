"""Questions about the machine: each bad answer says what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.doctor import host, service
from edge.doctor.answer import Answer, Verdict, ask, fine
from edge.errors import PackError
from edge.runtime.ram_folder import is_in_ram
from edge.runtime.setting_tables import NoticeSettings
from edge.status.machine import Machine
from edge.status.snapshot import Identity, Snapshot, view_process
from tests.fakes.clock import FakeClock

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_an_answer_says_what_to_do_exactly_when_something_is_wrong() -> None:
    with pytest.raises(ValueError, match="remedy"):
        Answer(Verdict.FAILURE, "It is broken.")
    with pytest.raises(ValueError, match="remedy"):
        Answer(Verdict.OK, "It works.", "Mend it.")


def test_a_question_that_fails_as_foreseen_is_answered_by_its_two_sentences() -> None:
    def pack() -> Answer:
        raise PackError("The pack is damaged.", "Install it again.")

    answers = ask([("pack", pack)])
    assert answers == {"pack": Answer(Verdict.FAILURE, "The pack is damaged.", "Install it again.")}


def test_a_folder_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    assert host.writable(tmp_path).verdict is Verdict.OK
    assert list(tmp_path.iterdir()) == []
    assert "There is no folder" in host.writable(tmp_path / "missing").found


def test_a_run_folder_on_a_disk_is_a_warning_and_one_in_memory_is_not(tmp_path: Path) -> None:
    assert host.in_memory(tmp_path / "missing").verdict is Verdict.FAILURE
    in_ram = host.in_memory(Path("/dev/shm"))
    assert in_ram.verdict is Verdict.OK
    if not is_in_ram(tmp_path):
        assert "wears out" in host.in_memory(tmp_path).found


def test_a_run_that_is_itself_on_a_disk_is_not_what_is_advised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "writable", lambda folder: fine("It can be written."))
    monkeypatch.setattr(host, "is_in_ram", lambda folder: False)
    assert "/run/watchpost" in host.in_memory(tmp_path).remedy
    assert (
        host.in_memory(Path("/run/watchpost")).remedy == "Mount a tmpfs on /run, as systemd does."
    )


def test_a_folder_that_takes_no_file_says_where_to_look(tmp_path: Path) -> None:

    answer = host.writable(Path("/proc/self"))
    assert answer.verdict is Verdict.FAILURE
    assert "findmnt" in answer.remedy


def test_health_is_not_called_in_order_while_nothing_runs() -> None:
    who = Identity(box="box-1", site="site-1", version="0")
    nothing = view_process("recognise", None, NOON)
    snapshot = Snapshot(who, NOON, nothing, nothing, nothing)
    assert "nothing runs" in service.health(("backlog",), snapshot).found


def test_a_full_disk_heat_weak_power_and_little_memory_are_warnings() -> None:
    assert host.room(Machine(disk_free_bytes=10 * 1024**2)).verdict is Verdict.WARNING
    assert host.heat(Machine(temperature_c=85.0)).verdict is Verdict.WARNING
    assert host.heat(Machine(throttled=True)).verdict is Verdict.WARNING
    assert host.heat(Machine(under_voltage=True)).verdict is Verdict.WARNING
    assert host.memory(Machine(memory_free_bytes=1024)).verdict is Verdict.WARNING


def test_a_machine_in_order_is_told_so() -> None:
    machine = Machine(disk_free_bytes=10 * 1024**3, temperature_c=50.0, memory_free_bytes=1024**3)
    for question in (host.room, host.heat, host.memory):
        assert question(machine).verdict is Verdict.OK


def test_a_clock_that_is_not_believed_is_a_failure() -> None:
    assert host.clock(FakeClock(trusted=False)).verdict is Verdict.FAILURE
    assert host.clock(FakeClock()).verdict is Verdict.OK


def test_units_must_be_there_and_start_with_the_machine(tmp_path: Path) -> None:
    assert host.units([tmp_path], booted=False).verdict is Verdict.OK
    assert "not installed" in host.units([tmp_path], booted=True).found
    for name in host.UNITS:
        (tmp_path / f"{name}.service").touch()
    assert "do not start" in host.units([tmp_path], booted=True).found
    (tmp_path / "multi-user.target.wants").mkdir()
    for name in host.UNITS:
        link = tmp_path / "multi-user.target.wants" / f"{name}.service"
        link.symlink_to(tmp_path / f"{name}.service")
    assert host.units([tmp_path], booted=True).verdict is Verdict.OK


def test_a_notice_without_an_operator_is_a_warning() -> None:
    assert "notice.operator" in service.notice(NoticeSettings()).found
    told = NoticeSettings(operator="The house", contact="Desk", purpose="Greeting")
    assert service.notice(told).verdict is Verdict.OK
