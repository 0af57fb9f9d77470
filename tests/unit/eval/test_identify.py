"""From looks to scores: own person, best other, failures to enrol and to acquire."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from edge.errors import ConfigError
from edge.eval.identify import Trials, run_trials
from edge.eval.look import Failure, LookTaker
from edge.eval.people import people_in
from edge.eval.protocol import make_plan
from tests.fakes.measuring import instruments, nothing, picture


def trials_of(folder: Path, people: dict[str, list[int | str]], enrol: int, frames: int) -> Trials:
    for name, pictures in people.items():
        for n, content in enumerate(pictures):
            picture(folder, f"{name}/{n}.jpg", content)
    tools = instruments()
    plan = make_plan(people_in(folder, (".jpg",)), enrol, frames)
    looks = LookTaker(tools).all(plan.photos + plan.probes, "", nothing)
    return run_trials(plan, looks, tools)


def test_scores_are_cosines_with_the_own_person_and_the_best_other(tmp_path: Path) -> None:
    found = trials_of(tmp_path, {"a": [20, 23], "b": [40, 40], "c": [63]}, 1, 1)
    assert found.own == pytest.approx([np.cos(0.3), 1.0], abs=1e-5)
    assert found.other == pytest.approx([0.0, 0.0], abs=1e-5)
    assert found.stranger == pytest.approx([0.0], abs=1e-5)
    assert found.gallery == 2


def test_several_looks_are_fused_to_their_mean_direction(tmp_path: Path) -> None:
    found = trials_of(tmp_path, {"a": [20, 26, 20], "b": [40]}, 1, 2)
    assert found.own == pytest.approx([np.cos(0.3)], abs=1e-5)


def test_a_person_is_enrolled_with_the_photos_that_worked(tmp_path: Path) -> None:
    found = trials_of(tmp_path, {"a": [0, 20, 20], "b": [40]}, 2, 1)
    assert found.failed_to_enrol == 0
    assert found.own == pytest.approx([1.0], abs=1e-5)
    assert found.failures[Failure.NO_FACE] == 1


def test_a_person_whose_photos_all_failed_is_missed(tmp_path: Path) -> None:
    found = trials_of(tmp_path, {"a": [0, 20], "b": [40, 40], "c": [60]}, 1, 1)
    assert (found.gallery, found.failed_to_enrol) == (2, 1)
    assert found.own[0] == -np.inf
    assert found.acquired.all()


def test_a_probe_whose_looks_all_failed_scores_nothing(tmp_path: Path) -> None:
    found = trials_of(tmp_path, {"a": [20, 0, "?", 20, 0], "b": [0]}, 1, 2)
    assert found.acquired.tolist() == [False, True]
    assert found.own[0] == found.other[0] == -np.inf
    assert found.own[1] == pytest.approx(1.0, abs=1e-5)
    assert not found.stranger_acquired.any()
    assert found.failures == {Failure.NO_FACE: 3, Failure.UNREADABLE: 1, Failure.REJECTED: 0}


def test_when_nobody_can_be_enrolled_there_is_nothing_to_measure(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="None of the 1 people"):
        trials_of(tmp_path, {"a": [0, 20], "b": [40]}, 1, 1)


def test_a_person_with_several_rows_scores_by_the_best_of_them(tmp_path: Path) -> None:
    for name, contents in {"a": [20, 40, 43], "b": [60]}.items():
        for n, content in enumerate(contents):
            picture(tmp_path, f"{name}/{n}.jpg", content)
    tools = dataclasses.replace(instruments(), publish=lambda rows: rows)
    plan = make_plan(people_in(tmp_path, (".jpg",)), 2, 1)
    looks = LookTaker(tools).all(plan.photos + plan.probes, "", nothing)
    found = run_trials(plan, looks, tools)
    assert found.own == pytest.approx([np.cos(0.3)], abs=1e-5)
