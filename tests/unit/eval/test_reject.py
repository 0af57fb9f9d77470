"""Error-versus-reject curves on looks whose errors are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.eval.identify import run_trials
from edge.eval.look import LookTaker
from edge.eval.people import people_in
from edge.eval.protocol import make_plan
from edge.eval.reject import MEASURES, Looks, bands, joined, looks_of, reject_curve
from tests.fakes.measuring import instruments, nothing, picture


def looks(measure: list[float], own: list[float], strangers: int = 0) -> Looks:
    mated = np.array([True] * (len(own) - strangers) + [False] * strangers)
    scores = np.array(own)
    return Looks(
        dict.fromkeys(MEASURES, np.array(measure, float)),
        np.where(mated, scores, -np.inf),
        np.where(mated, 0.0, scores),
        mated,
    )


def test_bands_tell_the_misses_and_false_positives_of_their_looks() -> None:
    found = looks([10, 11, 20, 21, 10, 20], [0.4, 0.9, 0.9, 0.9, 0.6, 0.1], strangers=2)
    low, high = bands(found, "sharpness", [0, 15, 30], threshold=0.5)
    assert (low.mated, low.fnir, low.strangers, low.fpir) == (2, 0.5, 1, 1.0)
    assert (high.mated, high.fnir, high.fpir) == (2, 0.0, 0.0)


def test_refusing_the_looks_that_a_good_measure_calls_bad_takes_their_misses_away() -> None:
    found = looks([1, 2, 3, 4], [0.1, 0.9, 0.9, 0.9])
    keep, drop = reject_curve(found, "sharpness", [0.0, 0.25], 0.5, high_is_bad=False)
    assert (keep.fnir, drop.fnir) == (0.25, 0.0)
    assert drop.mated == 3
    other = reject_curve(found, "yaw", [0.25], 0.5, high_is_bad=True)[0]
    assert other.fnir == pytest.approx(1 / 3)


def test_looks_carry_their_measures_and_failed_ones_are_left_out(tmp_path: Path) -> None:
    for name, contents in {"a": [20, 23, 0], "b": [63]}.items():
        for n, content in enumerate(contents):
            picture(tmp_path, f"{name}/{n}.jpg", content)
    tools = instruments()
    plan = make_plan(people_in(tmp_path, (".jpg",)), 1, 1)
    seen = LookTaker(tools).all(plan.photos + plan.probes, "", nothing)
    found = looks_of(plan, seen, run_trials(plan, seen, tools))
    assert found.mated.tolist() == [True, False]
    assert found.measures["brightness"] == pytest.approx([23, 63], abs=1)
    assert len(joined([found, found]).own) == 4


def test_a_plan_that_fuses_looks_has_no_single_qualities(tmp_path: Path) -> None:
    plan = make_plan([tuple(tmp_path / f"{n}" for n in range(4)), (tmp_path / "x",)], 2, 2)
    with pytest.raises(ValueError, match="one frame"):
        looks_of(plan, {}, None)  # type: ignore[arg-type]
