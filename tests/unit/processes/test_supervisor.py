"""The supervisor restarts what dies and stops what hangs; real processes, tiny programs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = """
import sys, time
from edge.processes import supervisor

class Tiny(supervisor.Supervisor):
    def _command(self, name):
        return [sys.executable, "-c", open(f"{sys.argv[1]}/{name}.py").read(), sys.argv[1]]

sys.exit(Tiny([], time.monotonic, sys.argv[2:]).run())
"""
BEAT = "import sys, time, pathlib\nfolder = pathlib.Path(sys.argv[1])\n"


def start(folder: Path, **programs: str) -> subprocess.Popen[bytes]:
    for name, text in programs.items():
        (folder / f"{name}.py").write_text(BEAT + text)
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder), *programs])


def wait_for(path: Path, text: str = "", timeout_s: float = 20) -> str:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if path.exists() and text in path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f"{path.name} did not come to hold {text!r}")


APPEND = "import os\nwith (folder / 'one.log').open('a') as f: f.write(f'{os.getpid()}\\n')\n"


def test_a_process_that_is_killed_is_started_again_and_the_others_go_on(tmp_path: Path) -> None:
    other = "import os\n(folder / 'other.pid').write_text(f'{os.getpid()}.')\ntime.sleep(60)"
    running = start(tmp_path, one=APPEND + "time.sleep(60)", other=other)
    try:
        first = int(wait_for(tmp_path / "one.log", "\n").split()[0])
        other_pid = wait_for(tmp_path / "other.pid", ".")
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while len((tmp_path / "one.log").read_text().split()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert (tmp_path / "other.pid").read_text() == other_pid
    finally:
        running.terminate()
        assert running.wait(10) == 0


def test_a_process_that_ends_well_is_not_started_again(tmp_path: Path) -> None:
    running = start(tmp_path, one=APPEND)
    assert running.wait(20) == 0
    assert len((tmp_path / "one.log").read_text().split()) == 1


def test_sigterm_stops_all_within_five_seconds_even_one_that_ignores_it(tmp_path: Path) -> None:
    deaf = (
        "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "(folder / 'deaf.pid').write_text(f'{os.getpid()}.')\ntime.sleep(60)"
    )
    running = start(tmp_path, deaf=deaf, one=APPEND + "time.sleep(60)")
    deaf_pid = int(wait_for(tmp_path / "deaf.pid", ".").rstrip("."))
    wait_for(tmp_path / "one.log", "\n")
    begin = time.monotonic()
    running.terminate()
    assert running.wait(10) == 0
    assert time.monotonic() - begin < 5
    assert not Path(f"/proc/{deaf_pid}").exists()


TELLING = """
import os, signal
from edge.runtime.notify import starter_of
starter = starter_of(os.environ)
def stop(number, frame):
    starter.stopping(finished=False)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
while True:
    starter.progressed()
    time.sleep(0.2)
"""


def starts(folder: Path, more_than: int) -> int:
    """Wait until there were more starts; the newest process."""
    log = folder / "recognise.log"
    deadline = time.monotonic() + 30
    while not log.exists() or len(log.read_text().split()) <= more_than:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(log.read_text().split()[-1])


NOTE = "import os\nwith (folder / 'recognise.log').open('a') as f: f.write(f'{os.getpid()}\\n')\n"


def test_a_process_that_somebody_stopped_is_started_again(tmp_path: Path) -> None:
    running = start(tmp_path, recognise=NOTE + TELLING)
    try:
        first = starts(tmp_path, 0)
        time.sleep(1)  # until it listens for the signal
        os.kill(first, signal.SIGTERM)
        assert starts(tmp_path, 1) != first
    finally:
        running.terminate()
        assert running.wait(10) == 0


def test_a_process_that_was_frozen_is_killed_and_started_again(tmp_path: Path) -> None:
    running = start(tmp_path, recognise=NOTE + TELLING)
    try:
        first = starts(tmp_path, 0)
        time.sleep(1)  # until it has told of progress
        os.kill(first, signal.SIGSTOP)
        assert starts(tmp_path, 1) != first
        assert not Path(f"/proc/{first}").exists()
    finally:
        running.terminate()
        assert running.wait(10) == 0
