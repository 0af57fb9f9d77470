"""``watchpost update`` as an installer and the unit call it, with a program ``rauc`` on PATH."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edge.runtime.clock import SystemClock
from edge.runtime.state_file import read_state, write_state
from edge.update.telling import update_problem
from edge.values import Condition, ProcessState
from tests.fakes.rauc import FakeRauc

COMMAND = [sys.executable, "-m", "edge.cli.main"]


class Box:
    """Settings, folders and slots of a box."""

    def __init__(self, folder: Path) -> None:
        self.rauc = FakeRauc(folder / "rauc")
        self.state, self.run_dir = folder / "state", folder / "run"
        self.state.mkdir()
        self.run_dir.mkdir()
        self.config = folder / "watchpost.toml"
        self.config.write_text(
            f'[box]\nstate_dir = "{self.state}"\nrun_dir = "{self.run_dir}"\n'
            '[update]\nhold = "1s"\nwithin = "60s"\n'
        )
        self.environ = os.environ | {"PATH": f"{self.rauc.program.parent}:{os.environ['PATH']}"}
        # In place of systemd: `watchpost update` starts the machine again with it.
        systemctl = self.rauc.program.with_name("systemctl")
        systemctl.write_text(f'#!/bin/sh\necho "$@" >> {folder}/systemctl.log\n')
        systemctl.chmod(0o755)
        self.systemctl_log = folder / "systemctl.log"

    def update(self, *words: object) -> subprocess.CompletedProcess[str]:
        return self.run("update", *words)

    def run(self, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *map(str, words), "--config", str(self.config)],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def slots(self) -> dict[str, dict[str, object]]:
        said = self.update("status", "--json")
        assert said.returncode == 0, said.stderr
        return {one["name"]: one for one in json.loads(said.stdout)["slots"]}


class Frames(threading.Thread):
    """Writes what three processes that work write, until it is told to stop."""

    def __init__(self, run_dir: Path) -> None:
        super().__init__()
        self._run_dir = run_dir
        self._stop_it = threading.Event()

    def run(self) -> None:
        clock, frames = SystemClock(trust_system=True), 0.0
        while not self._stop_it.wait(0.1):
            frames, now = frames + 1, clock.utc()
            figures = {"frames_total": frames, "recording": 1.0}
            for name in ("recognise", "report", "status"):
                write_state(
                    self._run_dir,
                    ProcessState(name, 1, now, now, Condition.RUNNING, figures=figures),
                )

    def stop(self) -> None:
        self._stop_it.set()
        self.join()


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_an_image_is_installed_started_watched_and_kept(box: Box) -> None:
    said = box.update("install", box.rauc.bundle("2026.12"), "--reboot")
    assert said.returncode == 0, said.stderr
    assert box.systemctl_log.read_text() == "reboot\n"
    assert box.rauc.restart() == "rootfs.1"
    frames = Frames(box.run_dir)
    frames.start()
    said = box.update("mark-good", "--roll-back")
    frames.stop()
    assert said.stdout == "The running image: proven.\n", said.stderr
    runs = box.slots()["rootfs.1"]
    assert (runs["version"], runs["proven"], runs["good"]) == ("2026.12", True, True)
    assert "rootfs.1  2026.12  runs, starts next, good, proven" in box.update("status").stdout


def test_an_image_with_which_no_frame_comes_makes_way_for_the_one_before(box: Box) -> None:
    box.config.write_text(box.config.read_text().replace("60s", "1s"))
    box.update("mark-good", "--now")
    box.update("install", box.rauc.bundle("2026.12"))
    box.rauc.restart()
    said = box.update("mark-good", "--roll-back")
    assert said.stdout == "The running image: rolled back.\n", said.stderr
    assert box.systemctl_log.read_text() == "reboot\n"
    assert box.rauc.restart() == "rootfs.0"
    assert "is absent" in str(box.slots()["rootfs.1"]["refused"])
    box.update("mark-good", "--roll-back")  # as its unit does at each start
    told = update_problem(box.run_dir)
    assert told is not None
    assert told.problem.startswith("The image 2026.12 in rootfs.1 was given up")
    asked = box.run("doctor", "--json")
    assert told.problem in json.loads(asked.stdout)["update"]["found"]
    box.update("install", box.rauc.bundle("2027.01"))
    assert update_problem(box.run_dir) is None


def test_the_last_slot_that_starts_cannot_be_given_up(box: Box) -> None:
    said = box.update("mark-bad", "--reboot")
    assert (said.returncode, box.systemctl_log.exists()) == (10, False)
    assert "No other slot would start." in said.stderr


def test_a_bundle_of_a_stranger_is_exit_code_10_and_the_page_can_tell(box: Box) -> None:
    said = box.update("install", box.rauc.bundle("2", signed_by="a stranger"))
    assert said.returncode == 10
    assert "not signed by anybody whom this box believes" in said.stderr
    state = read_state(box.run_dir, "update")
    assert state is not None
    assert (state.condition, state.problem[:22]) == (Condition.STOPPED, "The bundle is not sign")
