"""FPIR, FNIR and their thresholds on scores worked out by hand, and what must always hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.eval.det_curve import TARGETS, curve, fnir_at, fpir_at, levels, rank_one
from tests.unit.eval.scores import trials

TEN = [0.1 * n for n in range(10)]
NONE = -np.inf


def test_the_threshold_is_the_least_that_keeps_to_the_rate() -> None:
    found = trials([0.75, 0.85, 0.95], TEN)
    tenth, fifth = curve(found, [0.1, 0.2], seed=1)
    assert tenth.threshold == pytest.approx(0.8)
    assert fpir_at(found, tenth.threshold) == pytest.approx(0.1)
    assert fifth.threshold == pytest.approx(0.7)
    assert fifth.fnir == 0
    assert tenth.fnir == pytest.approx(1 / 3)


def test_a_rate_that_the_probes_cannot_resolve_lets_no_stranger_pass() -> None:
    found = trials([0.95, 0.85], TEN)
    (point,) = curve(found, [0.003], seed=1)
    assert fpir_at(found, point.threshold) == 0
    assert point.threshold == pytest.approx(0.9)
    assert point.fnir == 0.5


def test_a_probe_whose_own_person_is_not_first_is_a_miss_at_any_threshold() -> None:
    found = trials([0.95, 0.95], TEN, other=[0.97, 0.5])
    assert fnir_at(found, 0.1) == 0.5
    assert rank_one(found) == 0.5


def test_failures_are_misses_of_the_mated_and_leave_the_count_of_strangers() -> None:
    found = trials([0.95, NONE], [*TEN, NONE, NONE])
    assert fnir_at(found, -1.0) == 0.5
    assert rank_one(found) == 0.5
    assert fpir_at(found, 0.85) == pytest.approx(0.1)
    assert fpir_at(trials([0.9], [NONE]), 0.5) == 0


def test_strangers_with_one_score_are_let_in_or_kept_out_together() -> None:
    found = trials([0.95], [0.9] * 5 + [0.1] * 5)
    (point,) = curve(found, [0.2], seed=1)
    assert fpir_at(found, point.threshold) == 0


def test_bands_hold_the_rate_and_are_the_same_for_the_same_seed() -> None:
    generator = np.random.default_rng(3)
    found = trials(
        generator.normal(0.9, 0.1, 60).tolist(), generator.normal(0.6, 0.1, 300).tolist()
    )
    one, again, other = (curve(found, [0.01, 0.1], seed) for seed in (1, 1, 2))
    assert one == again != other
    assert all(point.low <= point.fnir <= point.high for point in one)
    assert one[0].high - one[0].low > 0.02


def test_probes_of_one_person_go_together_in_the_bootstrap() -> None:
    scores = [0.99] * 50 + [0.2] * 50
    many = curve(trials(scores, TEN), [0.1], 1)[0]
    few = curve(trials(scores, TEN, person=[0] * 50 + [1] * 50), [0.1], 1)[0]
    assert few.high - few.low > 2 * (many.high - many.low)


def test_nobody_missed_among_few_people_is_no_proof() -> None:
    (point,) = curve(trials([0.99] * 20, TEN), [0.1], seed=1)
    assert (point.fnir, point.low) == (0, 0)
    assert point.high == pytest.approx(1 - 0.025 ** (1 / 20))


def test_a_curve_is_drawn_at_rates_that_the_probes_resolve_and_at_the_targets() -> None:
    rates = levels(200)
    assert rates == sorted(rates)
    assert set(TARGETS) <= set(rates)
    assert all(rate in TARGETS or rate * 200 == pytest.approx(round(rate * 200)) for rate in rates)
    assert len(rates) <= 60


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-1, 1), min_size=1, max_size=30),
    st.lists(st.floats(-1, 1), min_size=1, max_size=30),
)
def test_no_threshold_lets_more_through_than_asked_and_misses_fall_as_it_falls(
    own: list[float], strangers: list[float]
) -> None:
    found = trials(own, strangers, other=[-1.5] * len(own))
    points = curve(found, levels(len(strangers)), seed=1)
    assert all(fpir_at(found, point.threshold) <= point.fpir + 1e-9 for point in points)
    assert all(a.fnir >= b.fnir for a, b in pairwise(points))
    assert all(point.fnir == pytest.approx(fnir_at(found, point.threshold)) for point in points)
