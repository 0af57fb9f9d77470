"""Monte Carlo: simulated sites land within their budget's 95 % band.

A site has people on its list, strangers who pass at random, and a threshold that follows the
traffic it has counted so far. The scores of a stranger against the list are drawn one by one
from the score model; nothing of the budget's arithmetic is used for drawing.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge.recognise.budget import Budget, Limits, threshold_for
from edge.recognise.traffic import WEEK_S, TrafficCounter
from tests.fakes.calibrations import calibration, tail

LIMITS = Limits(threshold=0.962, floor=0.95, ceiling=0.999, margin=0.015, min_frames=3)
HOURS = 168
SETTLING_WEEKS, COUNTED_WEEKS = 4, 12
SITES = [  # people, strangers a week, false alarms a week
    (20, 500, 0.5),
    (20, 5000, 2.0),
    (200, 500, 2.0),
    (200, 5000, 0.5),
    (1000, 500, 0.5),
    (1000, 5000, 2.0),
]


def poisson_band(mean: float) -> tuple[int, int]:
    """The central 95 % of a Poisson distribution."""
    share, total, count = math.exp(-mean), 0.0, 0
    low = None
    while True:
        total += share
        if low is None and total > 0.025:
            low = count
        if total >= 0.975:
            return low or 0, count
        count += 1
        share *= mean / count


def test_the_band_of_a_poisson_distribution_is_the_tables() -> None:
    assert poisson_band(10.0) == (4, 17)


def best_scores(strangers: int, people: int, rng: np.random.Generator) -> list[float]:
    """The best score of each stranger, against each person drawn on its own."""
    model = tail(3, 0.94)
    rarest = rng.random((strangers, people), np.float32).min(axis=1, initial=1.0)
    return [threshold_for(model, float(one)) for one in rarest if one < model.tail_share]


def false_alarms(people: int, per_week: int, budget: float, rng: np.random.Generator) -> int:
    """False alarms of the counted weeks."""
    planner = Budget(calibration(), LIMITS, budget)
    traffic = TrafficCounter(5000)
    plan, alarms, t_s = planner.plan(people, traffic.tracks_per_week), 0, 0.0
    for hour in range((SETTLING_WEEKS + COUNTED_WEEKS) * HOURS):
        if hour % 6 == 0:
            plan = planner.plan(people, traffic.tracks_per_week)
        passing = int(rng.poisson(per_week / HOURS))
        for _ in range(int(WEEK_S / HOURS / 10)):
            t_s += 10.0
            traffic.advance(t_s, 0)
        traffic.advance(t_s, passing)
        if hour >= SETTLING_WEEKS * HOURS:
            scores = best_scores(passing, people, rng)
            alarms += sum(score >= plan.thresholds[0][1] for score in scores)
    return alarms


@pytest.mark.slow
def test_simulated_sites_land_within_the_bands_of_their_budgets() -> None:
    rng = np.random.default_rng(20261123)
    within, alarms_total, budget_total = 0, 0, 0.0
    for people, per_week, budget in SITES:
        alarms = false_alarms(people, per_week, budget, rng)
        low, high = poisson_band(budget * COUNTED_WEEKS)
        within += low <= alarms <= high
        alarms_total += alarms
        budget_total += budget * COUNTED_WEEKS
    low, high = poisson_band(budget_total)
    assert low <= alarms_total <= high, (alarms_total, budget_total)
    assert within >= len(SITES) - 1
