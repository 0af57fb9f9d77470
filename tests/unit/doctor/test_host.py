"""Questions about the machine: each bad answer says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.doctor import host, service
from edge.doctor.answer import Answer, Verdict, ask
from edge.errors import PackError
from edge.runtime.setting_tables import NoticeSettings
from edge.status.machine import Machine
from tests.fakes.clock import FakeClock


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
    assert host.writable(tmp_path / "missing").verdict is Verdict.FAILURE


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
