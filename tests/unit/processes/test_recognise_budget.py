"""Settings and a pack become a budget, or the reason why there can be none."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.compose import box
from edge.compose.recognise import make_steering, rules
from edge.errors import ConfigError
from edge.recognise.pack import Pack
from edge.runtime.setting_tables import BoxSettings, DecisionSettings, Settings
from tests.fakes.packs import manifest

DEFAULT = box.load("default")


def settings(folder: Path, **decision: object) -> Settings:
    return Settings(
        box=BoxSettings(state_dir=folder, run_dir=folder),
        decision=DecisionSettings.model_validate(decision),
    )


def test_the_default_pack_keeps_a_budget_within_its_floor_and_ceiling(tmp_path: Path) -> None:
    stated = DEFAULT.manifest.decision
    for budget, people in ((10_000, 1), (1, 200), (0.001, 100_000)):
        made = make_steering(settings(tmp_path, false_alarms_per_week=budget), DEFAULT)
        assert made is not None
        plan = made.update(0.0, 0, people)
        assert plan is not None
        assert all(stated.floor <= score <= stated.ceiling for _, score in plan.thresholds)


def test_without_a_budget_the_packs_threshold_is_the_plan(tmp_path: Path) -> None:
    made = make_steering(settings(tmp_path), DEFAULT)
    assert made is not None
    plan = made.update(0.0, 0, 200)
    assert plan is not None
    assert plan.threshold == DEFAULT.manifest.decision.threshold


def test_a_fixed_threshold_in_the_settings_is_the_plan_though_under_the_floor(
    tmp_path: Path,
) -> None:
    made = make_steering(settings(tmp_path, threshold=0.9), DEFAULT)
    assert made is not None
    plan = made.update(0.0, 0, 200)
    assert plan is not None
    assert plan.threshold == 0.9


def test_a_pack_without_error_rates_refuses_a_budget_and_works_without(tmp_path: Path) -> None:
    bare = Pack(tmp_path, manifest())
    assert make_steering(settings(tmp_path), bare) is None
    with pytest.raises(ConfigError, match="no error rates for 3 looks") as refused:
        make_steering(settings(tmp_path, false_alarms_per_week=1), bare)
    assert "models calibrate" in refused.value.remedy


def test_lists_that_ask_for_uncertain_tracks_reach_the_rules(tmp_path: Path) -> None:
    made = rules(settings(tmp_path, report_uncertain=["staff"]), DEFAULT)
    assert made.uncertain_lists == {"staff"}
