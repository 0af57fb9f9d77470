"""A budget set on the page holds within a second, is checked again, and can be taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.processes.budget_choice import BudgetChoice
from edge.processes.budget_curve import ALTERNATIVES, BudgetCurve
from edge.processes.steering import Steering, TrafficFile
from edge.recognise.budget import Budget
from edge.status.budget_setting import drop_budget, save_budget
from edge.status.run_files import BudgetFile, read_budget
from tests.fakes.calibrations import calibration
from tests.fakes.page_files import LIMITS


def steering(folder: Path, stated: float | None = 1.0) -> Steering:
    return Steering(
        Budget(calibration(), LIMITS, stated),
        TrafficFile(folder / "traffic.json"),
        5000,
        BudgetChoice(folder / "budget.json"),
        BudgetCurve(folder / "curve" / "budget.json"),
    )


def curve_of(folder: Path) -> BudgetFile:
    found = read_budget(folder / "curve")
    assert found is not None
    return found


def run(made: Steering, folder: Path, t_s: float) -> None:
    """As many frames as a curve needs."""
    (folder / "curve").mkdir(exist_ok=True)
    for number in range(len(ALTERNATIVES) + 2):
        made.update(t_s + number / 100, 0, 200)


def test_a_budget_set_on_the_page_changes_the_threshold_without_a_restart(tmp_path: Path) -> None:
    made = steering(tmp_path)
    first = made.update(0.0, 0, 200)
    save_budget(tmp_path, 100.0)
    second = made.update(1.0, 0, 200)
    assert first is not None
    assert second is not None
    assert second.threshold < first.threshold


def test_a_budget_set_before_the_start_holds_from_the_first_frame(tmp_path: Path) -> None:
    save_budget(tmp_path, 100.0)
    from_page = steering(tmp_path).update(0.0, 0, 200)
    from_settings = steering(tmp_path, stated=100.0).update(0.0, 0, 200)
    assert from_page == from_settings


def test_taking_it_back_lets_the_settings_hold_again(tmp_path: Path) -> None:
    made = steering(tmp_path)
    first = made.update(0.0, 0, 200)
    save_budget(tmp_path, 100.0)
    made.update(1.0, 0, 200)
    drop_budget(tmp_path)
    again = made.update(2.0, 0, 200)
    assert first is not None
    assert again is not None
    assert again.threshold == pytest.approx(first.threshold, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "\xff", '{"false_alarms_per_week": 0}', '{"false_alarms_per_week": 1e9}'],
)
def test_a_file_that_is_none_or_out_of_bounds_does_not_count(tmp_path: Path, text: str) -> None:
    (tmp_path / "budget.json").write_text(text, encoding="latin-1")
    assert BudgetChoice(tmp_path / "budget.json").look() is None
    plan = steering(tmp_path).update(0.0, 0, 200)
    (tmp_path / "budget.json").unlink()
    assert plan == steering(tmp_path).update(0.0, 0, 200)


def test_the_curve_tells_what_other_budgets_would_do(tmp_path: Path) -> None:
    run(steering(tmp_path), tmp_path, 0.0)
    found = curve_of(tmp_path)
    assert found.origin == "settings"
    assert found.present.budget == 1.0
    assert [one.budget for one in found.points] == list(ALTERNATIVES)
    misses = [one.miss_rate for one in found.points]
    assert misses == sorted(misses, reverse=True)
    same = next(one for one in found.points if one.budget == 1.0)
    assert same == found.present


def test_the_curve_says_that_the_budget_is_from_the_page(tmp_path: Path) -> None:
    save_budget(tmp_path, 5.0)
    run(steering(tmp_path), tmp_path, 0.0)
    assert curve_of(tmp_path).origin == "page"
    assert curve_of(tmp_path).present.budget == 5.0


def test_a_fixed_threshold_has_a_curve_too(tmp_path: Path) -> None:
    run(steering(tmp_path, stated=None), tmp_path, 0.0)
    assert curve_of(tmp_path).present.budget is None
    assert curve_of(tmp_path).present.threshold == LIMITS.threshold


def test_one_frame_computes_one_alternative(tmp_path: Path) -> None:
    made = steering(tmp_path)
    (tmp_path / "curve").mkdir()
    for number in range(len(ALTERNATIVES)):
        made.update(number / 100, 0, 200)
    assert read_budget(tmp_path / "curve") is None
    made.update(1.0, 0, 200)
    assert len(json.loads((tmp_path / "curve" / "budget.json").read_bytes())["points"]) == 31
