"""From a number of false alarms a week to the threshold that keeps it, and what that costs.

In: a pack's calibration, the number of people who can match, passages of strangers a week.
Out: a :class:`Plan`: thresholds by number of fused looks, expected false alarms, expected
misses, and words when the two cannot both be had. Always: a threshold lies within the pack's
floor and ceiling, and never falls as looks add up. Counting passages is ``traffic.py``'s
matter; when to plan anew, and who is told, are others'.

For one track and a gallery of N people, FPIR = 1 - (1 - r)^N, where r, the chance to be taken
for one given person, is the FMR of one comparison times the pack's ``retests``. That counts
the N comparisons as independent. They are not quite (a face near one is near others), which
makes the formula err towards more false alarms than there will be.

The looks of one passage are more alike than the photos a pack is calibrated on, so the truth
for m fused looks lies between one look and m independent ones: the stricter of all
calibrations up to m counts.
"""

from __future__ import annotations

import math
from copy import copy
from dataclasses import dataclass

import numpy as np

from edge.recognise.calibration import MATED_SHARES, Calibration, LooksCalibration

_NOTABLE_MISSES = 0.05
_SHAPE_ZERO = 1e-9
_STRATA = 400


@dataclass(frozen=True, slots=True)
class Limits:
    """What a pack and the settings allow.

    Attributes:
        threshold: the fixed threshold, which holds when there is no budget.
        floor, ceiling: within these the threshold may follow a budget.
        margin: lead over the best other person that a hit needs.
        min_frames: looks that a hit needs.
    """

    threshold: float
    floor: float
    ceiling: float
    margin: float
    min_frames: int

    def __post_init__(self) -> None:
        if not self.floor <= self.ceiling:
            raise ValueError("the floor lies above the ceiling")


@dataclass(frozen=True, slots=True)
class Plan:
    """A threshold and what to expect of it.

    Attributes:
        thresholds: (looks, score), fewest looks first: the score needed from that many on.
        false_alarms_per_week: expected.
        false_alarms_at_most: the same at the upper end of a 95 % band: what is not known
            of the calibration and of these very people.
        miss_rate: expected share of enrolled people's passages that are no hit, for passages
            with no more than the fewest looks.
        extrapolated: the threshold is beyond the highest score of a stranger ever measured.
        problem, remedy: what the budget costs or why it cannot be kept; empty when all is well.
    """

    thresholds: tuple[tuple[int, float], ...]
    false_alarms_per_week: float
    false_alarms_at_most: float
    miss_rate: float
    extrapolated: bool
    problem: str = ""
    remedy: str = ""

    @property
    def threshold(self) -> float:
        """The score needed with the fewest looks."""
        return self.thresholds[0][1]


class Budget:
    """Plans thresholds for one pack.

    Args:
        calibration: the pack's, with error rates by looks.
        limits: see there.
        false_alarms_per_week: the budget; None: the fixed threshold holds.

    Raises:
        ValueError: the calibration has no error rates for so few looks.
    """

    def __init__(
        self, calibration: Calibration, limits: Limits, false_alarms_per_week: float | None
    ) -> None:
        self._limits = limits
        self._wanted = false_alarms_per_week
        self._retests = calibration.retests
        self._steps = stepwise(calibration.looks, limits.min_frames)

    @property
    def wanted(self) -> float | None:
        """The budget, false alarms a week; None: the fixed threshold holds."""
        return self._wanted

    def of(self, false_alarms_per_week: float | None) -> Budget:
        """The same pack with another budget."""
        other = copy(self)
        other._wanted = false_alarms_per_week
        return other

    def plan(self, people: int, tracks_per_week: float) -> Plan:
        """The plan for a gallery and a traffic.

        Args:
            people: people who can match now.
            tracks_per_week: passages of people who are not enrolled.
        """
        thresholds = self._thresholds(people, tracks_per_week)
        return self.expect(thresholds, people, tracks_per_week)

    def expect(
        self, thresholds: tuple[tuple[int, float], ...], people: int, tracks_per_week: float
    ) -> Plan:
        """What to expect of given thresholds, as in :class:`Plan`."""
        pairs = [(tail, score) for looks, score in thresholds for tail in self._steps[looks]]
        alarms, at_most = (
            tracks_per_week * fpir(min(1.0, self._retests * rate), people)
            for rate in (
                max(fmr(tail, score) for tail, score in pairs),
                max(fmr_at_most(tail, score, people) for tail, score in pairs),
            )
        )
        looks, score = thresholds[0]
        missed = self._miss_rate(self._steps[looks], score, people)
        seen_to = max(tail.measured_to for tail in self._steps[looks])
        words = self._words(people, tracks_per_week, alarms, missed)
        return Plan(thresholds, alarms, at_most, missed, score > seen_to, *words)

    def _thresholds(self, people: int, tracks_per_week: float) -> tuple[tuple[int, float], ...]:
        fixed = self._limits.threshold
        if self._wanted is None:
            return tuple((looks, fixed) for looks in self._steps)
        rate = rate_for(self._wanted, people, tracks_per_week) / self._retests
        found: list[tuple[int, float]] = []
        least = self._limits.floor
        for looks, tails in self._steps.items():
            score = max(threshold_for(tail, rate) for tail in tails)
            least = max(least, min(score, self._limits.ceiling))
            found.append((looks, least))
        return tuple(found)

    def _miss_rate(
        self, tails: tuple[LooksCalibration, ...], threshold: float, people: int
    ) -> float:
        """Mated scores under the threshold, or not clear of the best other person."""
        mated = np.interp((np.arange(_STRATA) + 0.5) / _STRATA, MATED_SHARES, tails[-1].mated)
        clear = [
            1.0 - fpir(fmr(tails[-1], float(score) - self._limits.margin), people - 1)
            for score in mated
            if score >= threshold
        ]
        return 1.0 - sum(clear) / _STRATA

    def _words(
        self, people: int, tracks_per_week: float, alarms: float, missed: float
    ) -> tuple[str, str]:
        if self._wanted is None or people == 0:
            return "", ""
        scene = f"With {people:,} people and {tracks_per_week:,.0f} strangers' passages a week"
        misses = f"about {100 * missed:.0f} % of enrolled people's short passages will be missed"
        if alarms > 1.05 * self._wanted:
            return (
                f"{scene}, about {_brief(alarms)} false alarms a week must be expected even at "
                f"the highest threshold this pack allows; the budget is {_brief(self._wanted)}. "
                f"At that threshold {misses}.",
                "Put fewer people on this site's lists, or raise decision.false_alarms_per_week.",
            )
        if missed >= _NOTABLE_MISSES:
            return (
                f"{scene}, {misses} to keep false alarms to {_brief(self._wanted)} a week.",
                "Enrol more photos of each person, or raise decision.false_alarms_per_week.",
            )
        return "", ""


def fmr(tail: LooksCalibration, threshold: float) -> float:
    """Share of non-mated comparisons that reach a score.

    Below ``tail_from`` the formula is continued, at most to 1: a rough guide there.
    """
    excess = (threshold - tail.tail_from) / tail.tail_scale
    if abs(tail.tail_shape) < _SHAPE_ZERO:
        return min(1.0, tail.tail_share * math.exp(min(700.0, -excess)))
    base = 1.0 + tail.tail_shape * excess
    if base <= 0.0:
        return 0.0 if tail.tail_shape < 0 else 1.0
    return min(1.0, tail.tail_share * math.exp(min(700.0, -math.log(base) / tail.tail_shape)))


def fmr_at_most(tail: LooksCalibration, threshold: float, people: int) -> float:
    """The upper end of the 95 % band of the rate among so many people who can match.

    A site's people are drawn, as those of the calibration were: the variances of the two means are
    as 1 to the numbers of people, and add up (a prediction interval). Where the pack does not
    state its number, that of :func:`fmr`; where it states no band, the rate itself.
    """
    rate = fmr(tail, threshold)
    if not tail.band:
        return rate
    scores, _, highest = zip(*tail.band, strict=True)
    logarithms = np.log(np.maximum(highest, 1e-300))
    above = max(0.0, float(np.exp(np.interp(threshold, scores, logarithms))) - rate)
    return min(1.0, rate + above * math.sqrt(1.0 + tail.people / max(1, people)))


def threshold_for(tail: LooksCalibration, rate: float) -> float:
    """The score that a share of non-mated comparisons reach; at least ``tail_from``."""
    if rate >= tail.tail_share:
        return tail.tail_from
    rarity = math.log(tail.tail_share / max(rate, 1e-300))
    if abs(tail.tail_shape) < _SHAPE_ZERO:
        return tail.tail_from + tail.tail_scale * rarity
    grown = math.expm1(min(700.0, tail.tail_shape * rarity))
    return tail.tail_from + tail.tail_scale * grown / tail.tail_shape


def fpir(rate: float, people: int) -> float:
    """Chance that one track is taken for any of so many people, each with chance ``rate``."""
    if people <= 0 or rate <= 0.0:
        return 0.0
    return 1.0 if rate >= 1.0 else -math.expm1(people * math.log1p(-rate))


def rate_for(false_alarms_per_week: float, people: int, tracks_per_week: float) -> float:
    """The chance for one track and one person that uses a budget up; inverse of :func:`fpir`."""
    if people <= 0 or false_alarms_per_week >= tracks_per_week:
        return 1.0
    return -math.expm1(math.log1p(-false_alarms_per_week / tracks_per_week) / people)


def stepwise(
    known: tuple[LooksCalibration, ...], min_frames: int
) -> dict[int, tuple[LooksCalibration, ...]]:
    """For each number of looks at which something changes, the calibrations that count.

    Raises:
        ValueError: nothing is known of so few looks.
    """
    if not known or known[0].looks > min_frames:
        raise ValueError(f"the pack has no error rates for {min_frames} looks")
    changes = [min_frames, *(one.looks for one in known if one.looks > min_frames)]
    return {at: tuple(one for one in known if one.looks <= at) for at in changes}


def _brief(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"
