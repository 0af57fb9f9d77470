"""What the report process tells of the recogniser's disk, from its state file alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edge.compose.report import recording_problem
from edge.runtime.setting_tables import BoxSettings, Settings
from edge.runtime.state_file import write_state
from edge.values import Condition, ProcessState
from tests.fakes.clock import START

SAID = ProcessState(
    process="recognise",
    pid=1,
    started_at=START,
    updated_at=START,
    condition=Condition.DEGRADED,
    problem="No hit can be stored: the disk is full.",
    remedy="Free space on that disk.",
    figures={"recording": 0.0},
)


def told(run_dir: Path, state: ProcessState) -> str:
    write_state(run_dir, state)
    problem = recording_problem(Settings(box=BoxSettings(run_dir=run_dir)))
    return problem.problem if problem else ""


def test_a_disk_that_takes_no_hits_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, SAID) == SAID.problem


def test_another_trouble_of_the_recogniser_is_not_one_of_reporting(tmp_path: Path) -> None:
    camera = replace(SAID, problem="The camera is gone.", figures={"recording": 1.0})
    assert told(tmp_path, camera) == ""
    assert told(tmp_path, replace(SAID, figures={})) == ""


def test_a_recogniser_that_has_said_nothing_is_no_trouble_of_reporting(tmp_path: Path) -> None:
    assert recording_problem(Settings(box=BoxSettings(run_dir=tmp_path))) is None
