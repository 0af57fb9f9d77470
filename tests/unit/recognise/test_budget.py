"""From a number of false alarms a week to a threshold, and what it costs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from edge.recognise.budget import (
    Budget,
    Limits,
    fmr,
    fmr_at_most,
    fpir,
    rate_for,
    stepwise,
    threshold_for,
)
from edge.recognise.calibration import Calibration
from tests.fakes.calibrations import calibration, tail

LIMITS = Limits(threshold=0.962, floor=0.95, ceiling=0.99, margin=0.015, min_frames=3)


@pytest.mark.parametrize("rate", [4e-3, 1e-4, 1e-6, 1e-9])
def test_the_threshold_for_a_rate_has_that_rate(rate: float) -> None:
    assert fmr(tail(3), threshold_for(tail(3), rate)) == pytest.approx(rate, rel=1e-6)


def test_a_tail_without_a_shape_is_exponential() -> None:
    straight = tail(3).model_copy(update={"tail_shape": 0.0})
    assert fmr(straight, 0.93 + 0.006 * math.log(50)) == pytest.approx(1e-4)
    assert threshold_for(straight, 1e-4) == pytest.approx(0.93 + 0.006 * math.log(50))


def test_rates_fall_with_the_score_and_stay_within_bounds() -> None:
    rates = [fmr(tail(3), score) for score in np.linspace(-1, 1, 500)]
    assert rates == sorted(rates, reverse=True)
    assert all(0.0 <= rate <= 1.0 for rate in rates)


def test_the_band_holds_the_rate_and_never_falls_below_it() -> None:
    assert all(fmr_at_most(tail(3), s, 20) >= fmr(tail(3), s) for s in np.linspace(0.9, 1, 50))


def test_fewer_people_on_a_list_make_its_band_wider_and_many_leave_the_calibrations_own() -> None:
    stated, score = tail(3).model_copy(update={"people": 100}), 0.95
    rate, own = fmr(stated, score), fmr_at_most(tail(3), score, 20)
    above = [fmr_at_most(stated, score, people) - rate for people in (20, 100, 10**9)]
    assert above[0] == pytest.approx((own - rate) * math.sqrt(6))
    assert above[1] == pytest.approx((own - rate) * math.sqrt(2))
    assert above[2] == pytest.approx(own - rate, rel=1e-6)
    assert fmr_at_most(stated, -1.0, 1) <= 1.0


def test_a_tail_that_ends_below_a_score_of_one_is_refused() -> None:
    bad = tail(3).model_dump() | {"tail_shape": -0.2}
    with pytest.raises(ValidationError, match="ends below"):
        type(tail(3)).model_validate(bad)


@pytest.mark.parametrize(("people", "tracks"), [(1, 100.0), (50, 5000.0), (4000, 20_000.0)])
def test_the_rate_for_a_budget_uses_just_that_budget_up(people: int, tracks: float) -> None:
    rate = rate_for(1.5, people, tracks)
    assert tracks * fpir(rate, people) == pytest.approx(1.5)


def test_nobody_enrolled_means_no_false_alarm_and_the_floor() -> None:
    plan = Budget(calibration(), LIMITS, 1.0).plan(0, 5000)
    assert plan.false_alarms_per_week == 0.0
    assert plan.threshold == LIMITS.floor
    assert plan.problem == ""


@pytest.mark.parametrize("retests", [1.0, 2.5])
def test_the_expected_number_is_the_budget_while_the_threshold_is_free(retests: float) -> None:
    plan = Budget(calibration(retests), LIMITS, 1.0).plan(200, 5000)
    assert LIMITS.floor < plan.threshold < LIMITS.ceiling
    assert plan.false_alarms_per_week == pytest.approx(1.0, rel=0.01)
    assert plan.false_alarms_at_most >= plan.false_alarms_per_week


def test_the_threshold_rises_with_people_traffic_and_thrift() -> None:
    def threshold(people: int, tracks: float, budget: float) -> float:
        return Budget(calibration(), LIMITS, budget).plan(people, tracks).threshold

    base = threshold(200, 5000, 1.0)
    assert threshold(400, 5000, 1.0) > base
    assert threshold(200, 9000, 1.0) > base
    assert threshold(200, 5000, 0.2) > base


def test_the_threshold_never_falls_as_looks_add_up() -> None:
    odd = calibration().model_copy(update={"looks": (tail(1), tail(3, 0.95), tail(5, 0.93))})
    scores = [score for _, score in Budget(odd, LIMITS, 1.0).plan(200, 5000).thresholds]
    assert scores == sorted(scores)


def test_the_stricter_of_all_calibrations_up_to_the_looks_counts() -> None:
    """Looks of one passage are alike: three of them may tell no more than one."""
    odd = calibration().model_copy(update={"looks": (tail(1, 0.95), tail(3, 0.93))})
    loose = calibration().model_copy(update={"looks": (tail(3, 0.93),)})
    strict, mild = (Budget(one, LIMITS, 1.0).plan(50, 5000).threshold for one in (odd, loose))
    assert strict > mild


def test_without_a_budget_the_fixed_threshold_holds_for_every_number_of_looks() -> None:
    plan = Budget(calibration(), LIMITS, None).plan(10**6, 10**6)
    assert {score for _, score in plan.thresholds} == {0.962}
    assert (plan.problem, plan.remedy) == ("", "")
    assert plan.false_alarms_per_week > 1000


def test_a_generous_budget_does_not_lower_the_threshold_under_the_floor() -> None:
    plan = Budget(calibration(), LIMITS, 10_000.0).plan(3, 10)
    assert plan.threshold == LIMITS.floor
    assert plan.false_alarms_per_week < 10


def test_a_gallery_that_costs_misses_says_how_many_and_what_to_do() -> None:
    plan = Budget(calibration(), LIMITS, 1.0).plan(4000, 5000)
    assert plan.miss_rate > 0.05
    assert plan.problem.startswith("With 4,000 people and 5,000 strangers' passages a week, about")
    assert "will be missed to keep false alarms to 1 a week" in plan.problem
    assert plan.remedy.startswith("Enrol more photos of each person, or raise")


def test_a_budget_that_the_ceiling_forbids_says_what_must_be_expected() -> None:
    limits = replace(LIMITS, ceiling=0.97)
    plan = Budget(calibration(), limits, 1.0).plan(4000, 5000)
    assert plan.threshold == 0.97
    assert plan.false_alarms_per_week > 1.05
    assert "even at the highest threshold this pack allows; the budget is 1" in plan.problem
    assert "fewer people" in plan.remedy


def test_misses_grow_with_the_threshold_and_with_rivals_within_the_margin() -> None:
    def missed(people: int, budget: float) -> float:
        return Budget(calibration(), LIMITS, budget).plan(people, 5000).miss_rate

    assert missed(200, 0.05) > missed(200, 1.0)
    fixed = Budget(calibration(), LIMITS, None)
    assert fixed.plan(100_000, 5000).miss_rate > fixed.plan(10, 5000).miss_rate


def test_a_threshold_beyond_all_that_was_measured_says_so() -> None:
    assert Budget(calibration(), LIMITS, 0.01).plan(4000, 5000).extrapolated
    assert not Budget(calibration(), LIMITS, None).plan(4000, 5000).extrapolated


def test_a_pack_that_was_not_calibrated_cannot_keep_a_budget() -> None:
    bare = Calibration(slope=1, offset=0, source="a test")
    with pytest.raises(ValueError, match="no error rates for 3 looks"):
        Budget(bare, LIMITS, 1.0)


def test_more_looks_than_calibrated_use_the_calibration_of_the_most() -> None:
    steps = stepwise(calibration().looks, 8)
    assert list(steps) == [8]
    assert [one.looks for one in steps[8]] == [1, 3, 5]
