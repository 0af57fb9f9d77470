"""Children tell of their progress; one that is silent for too long is known, and no other."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from edge.processes.overseer import START_LIMIT_S, Overseer
from edge.runtime.notify import SystemdStarter, starter_of
from tests.fakes.clock import FakeClock

ME = os.getpid()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def overseer(clock: FakeClock) -> Iterator[Overseer]:
    one = Overseer(clock.monotonic_s, {"recognise": 4.0})
    one.open()
    one.started(ME, "recognise")
    yield one
    one.close()


@pytest.fixture
def child(overseer: Overseer) -> SystemdStarter:
    return starter_of(overseer.environment("recognise"))


def test_a_child_has_a_while_to_start_and_then_counts_as_hanging(
    overseer: Overseer, clock: FakeClock
) -> None:
    clock.advance(START_LIMIT_S - 1)
    assert not overseer.hangs(ME)
    clock.advance(2)
    assert overseer.hangs(ME)


def test_a_child_that_tells_of_progress_must_go_on_doing_so(
    overseer: Overseer, child: SystemdStarter, clock: FakeClock
) -> None:
    for _ in range(3):
        child.progressed()
        overseer.listen()
        clock.advance(3.9)
        assert not overseer.hangs(ME)
    clock.advance(0.2)
    assert overseer.hangs(ME)


def test_foreseen_trouble_widens_the_limit_until_there_is_progress_again(
    overseer: Overseer, child: SystemdStarter, clock: FakeClock
) -> None:
    child.progressed()
    child.busy(70.0)
    overseer.listen()
    clock.advance(69)
    assert not overseer.hangs(ME)
    child.progressed()
    overseer.listen()
    clock.advance(4.1)
    assert overseer.hangs(ME)


def test_trouble_before_the_first_progress_asks_for_more_time_to_start(
    overseer: Overseer, child: SystemdStarter, clock: FakeClock
) -> None:
    clock.advance(START_LIMIT_S - 1)
    child.busy(70.0)
    overseer.listen()
    clock.advance(69)
    assert not overseer.hangs(ME)


def test_a_slower_piece_of_work_may_take_its_time(
    overseer: Overseer, child: SystemdStarter, clock: FakeClock
) -> None:
    child.progressed(11.0)
    overseer.listen()
    clock.advance(10.9)
    assert not overseer.hangs(ME)


def test_what_a_busy_overseer_missed_is_said_again(
    overseer: Overseer, child: SystemdStarter, clock: FakeClock
) -> None:
    fill(overseer)
    child.progressed(11.0)  # it becomes ready and asks for more time, and nobody hears it
    overseer.listen()
    child.progressed(11.0)
    overseer.listen()
    clock.advance(10.9)
    assert not overseer.hangs(ME)
    fill(overseer)
    child.progressed()  # the usual limit again, and nobody hears it
    overseer.listen()
    child.progressed()
    overseer.listen()
    clock.advance(4.1)
    assert overseer.hangs(ME)


def fill(overseer: Overseer) -> None:
    """Send until the kernel keeps no more for it."""
    address = "\0" + overseer.environment("recognise")["NOTIFY_SOCKET"][1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(100_000):
                way.sendto(b"nothing", address)


def test_another_process_cannot_speak_for_a_child(overseer: Overseer, clock: FakeClock) -> None:
    program = (
        "import os; from edge.runtime.notify import starter_of; starter_of(os.environ).progressed()"
    )
    told = os.environ | overseer.environment("recognise")
    subprocess.run([sys.executable, "-c", program], env=told, check=True)
    clock.advance(START_LIMIT_S + 1)
    overseer.listen()
    assert overseer.hangs(ME)


def test_nonsense_is_no_progress(overseer: Overseer, clock: FakeClock) -> None:
    address = "\0" + overseer.environment("recognise")["NOTIFY_SOCKET"][1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        for data in (b"", b"\xff\xfe", b"WATCHDOG", b"WATCHDOG_USEC=-1", b"EXTEND_TIMEOUT_USEC=x"):
            way.sendto(data, address)
    clock.advance(START_LIMIT_S + 1)
    overseer.listen()
    assert overseer.hangs(ME)


def test_an_end_by_a_signal_is_told_from_the_end_of_the_work(
    overseer: Overseer, child: SystemdStarter
) -> None:
    child.stopping(finished=True)
    overseer.listen()
    assert not overseer.was_stopped(ME)
    child.stopping(finished=False)
    overseer.listen()
    assert overseer.was_stopped(ME)


def test_a_watchdog_meant_for_another_process_is_none() -> None:
    heard = starter_of({"NOTIFY_SOCKET": "", "WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"})
    heard.progressed(3.0)  # nobody listens: nothing happens
    heard.stopping(finished=True)
