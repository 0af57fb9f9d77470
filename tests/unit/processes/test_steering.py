"""The threshold follows the budget while the box runs, and the traffic outlives a restart."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from edge.processes.steering import SAVE_EVERY_S, Steering, TrafficFile
from edge.recognise.budget import Budget, Limits
from tests.fakes.calibrations import calibration

LIMITS = Limits(threshold=0.962, floor=0.95, ceiling=0.99, margin=0.015, min_frames=3)


def steering(folder: Path, budget: float | None = 1.0, limits: Limits = LIMITS) -> Steering:
    return Steering(
        Budget(calibration(), limits, budget), TrafficFile(folder / "traffic.json"), 5000
    )


def test_the_first_frame_brings_a_plan_and_the_next_ones_none(tmp_path: Path) -> None:
    made = steering(tmp_path)
    assert made.figures() == {}
    first = made.update(0.0, 0, 200)
    assert first is not None
    assert [made.update(i / 10, 0, 200) for i in range(1, 50)] == [None] * 49


def test_a_list_that_grows_changes_the_threshold_at_once(tmp_path: Path) -> None:
    made = steering(tmp_path)
    before = made.update(0.0, 0, 10)
    after = made.update(0.1, 0, 4000)
    assert before is not None
    assert after is not None
    assert after.threshold > before.threshold
    assert made.figures()["threshold"] == after.threshold


def test_more_traffic_than_assumed_raises_the_threshold_in_time(tmp_path: Path) -> None:
    made = steering(tmp_path)
    first = made.update(0.0, 0, 200)
    plans = [made.update(5.0 * i, 50 * i, 200) for i in range(1, 20_000)]
    changed = [plan for plan in plans if plan]
    assert first is not None
    assert changed[-1].threshold > first.threshold
    assert made.figures()["tracks_per_week"] > 1_000_000


def test_the_figures_are_those_of_the_threshold_that_decides(tmp_path: Path) -> None:
    """A change too small to follow changes what is expected, not the threshold shown."""
    made = steering(tmp_path)
    made.update(0.0, 0, 200)
    before = made.figures()
    assert made.update(0.1, 0, 201) is None
    after = made.figures()
    assert after["threshold"] == before["threshold"]
    assert after["expected_false_alarms_per_week"] > before["expected_false_alarms_per_week"]


def test_the_fixed_threshold_is_shown_with_what_to_expect_of_it(tmp_path: Path) -> None:
    made = steering(tmp_path, budget=None)
    made.update(0.0, 0, 200)
    figures = made.figures()
    assert figures["threshold"] == 0.962
    assert figures["expected_false_alarms_per_week"] > 0
    assert 0 <= figures["expected_miss_rate"] <= 1
    assert made.facts() == {}


def test_a_budget_that_costs_misses_is_told_in_facts_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = steering(tmp_path)
    with caplog.at_level(logging.INFO):
        made.update(0.0, 0, 4000)
        made.update(100.0, 0, 4001)
    assert made.facts()["budget"].startswith("With 4,001 people")
    assert "Enrol more photos" in made.facts()["budget_advice"]
    warnings = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warnings) == 1


def test_every_change_of_the_threshold_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = steering(tmp_path)
    with caplog.at_level(logging.INFO):
        made.update(0.0, 0, 10)
        made.update(0.1, 0, 1000)
    told = [one.getMessage() for one in caplog.records if "threshold" in one.getMessage()]
    assert len(told) == 2
    assert "for 1000 people" in told[1]


def test_the_traffic_is_written_at_most_every_few_minutes_and_at_the_end(tmp_path: Path) -> None:
    made, file = steering(tmp_path), tmp_path / "traffic.json"
    made.update(0.0, 0, 10)
    made.update(SAVE_EVERY_S - 1, 5, 10)
    assert not file.exists()
    made.update(SAVE_EVERY_S, 5, 10)
    prior = 5000 / 7
    assert json.loads(file.read_text())["tracks"] == pytest.approx(prior + 5, abs=0.1)
    made.update(SAVE_EVERY_S + 1, 105, 10)
    assert json.loads(file.read_text())["tracks"] == pytest.approx(prior + 5, abs=0.1)
    made.save()
    assert json.loads(file.read_text())["tracks"] == pytest.approx(prior + 105, abs=0.1)


def test_the_traffic_outlives_a_restart(tmp_path: Path) -> None:
    made = steering(tmp_path)
    for i in range(2000):
        made.update(5.0 * i, 20 * i, 200)
    made.save()
    again = steering(tmp_path)
    again.update(0.0, 0, 200)
    assert again.figures()["tracks_per_week"] == pytest.approx(
        made.figures()["tracks_per_week"], rel=0.01
    )


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"tracks": "many", "watched_s": 1}', '{"tracks": NaN, "watched_s": 1}',
     '{"tracks": 1}', '{"tracks": -1, "watched_s": 1}'],
)  # fmt: skip
def test_a_damaged_traffic_file_costs_only_the_memory(tmp_path: Path, text: str) -> None:
    (tmp_path / "traffic.json").write_text(text)
    made = steering(tmp_path)
    assert made.update(0.0, 0, 10) is not None
    assert made.figures()["tracks_per_week"] == pytest.approx(5000)


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    made = steering(tmp_path / "absent")
    made.update(0.0, 0, 10)
    made.save()
    assert made.update(SAVE_EVERY_S, 0, 200) is not None


def test_a_worker_that_never_saw_a_frame_leaves_the_traffic_alone(tmp_path: Path) -> None:
    made = steering(tmp_path)
    made.save()
    assert not (tmp_path / "traffic.json").exists()


def test_a_budget_at_the_ceiling_says_that_it_cannot_be_kept(tmp_path: Path) -> None:
    made = steering(tmp_path, limits=replace(LIMITS, ceiling=0.965))
    made.update(0.0, 0, 4000)
    assert "false alarms a week must be expected" in made.facts()["budget"]
