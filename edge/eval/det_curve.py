"""Error rates of an open set, ISO/IEC 19795-1: FPIR, FNIR, the DET curve and its band.

In: :class:`edge.eval.identify.Trials`. Out: rates at false-positive rates asked for.
FPIR(t): the part of the non-mated probes with a template whose best score is at least t. The
threshold for a rate is the least that keeps FPIR at or under it, so a rate that the number of
probes cannot resolve gets a threshold just above the best stranger's score.
FNIR(t): the part of all mated probes whose own person is not first or scores under t; failures
to acquire and to enrol count as misses.
Bands are percentile bootstraps over people, not probes: probes of one person go together. Where
nobody was missed there is nothing to draw again; the band then ends where as many people without
a miss would be one time in forty (exact binomial bound, Clopper and Pearson 1934).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.eval.identify import NOTHING, Scores, Trials

TARGETS = (0.1, 0.01, 0.003)
RESAMPLES = 500
MAX_POINTS = 60
_BAND = (2.5, 97.5)
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a DET curve.

    Attributes:
        fpir: the rate asked for.
        threshold: least score that keeps to it.
        fnir: misses at that threshold.
        low: lower end of the 95 % band of ``fnir``.
        high: upper end.
    """

    fpir: float
    threshold: float
    fnir: float
    low: float
    high: float


def levels(strangers: int) -> list[float]:
    """The rates at which a curve is drawn: what this many probes resolve, evenly on a log scale."""
    lowest = 1 / max(strangers, 2)
    steps = np.geomspace(lowest, 1.0, MAX_POINTS - len(TARGETS))
    counts = np.unique(np.rint(steps * strangers))
    return sorted({*(float(count / strangers) for count in counts), *TARGETS})


def curve(trials: Trials, rates: Sequence[float], seed: int) -> list[Point]:
    """Points at the given false-positive rates.

    Args:
        trials: the scores.
        rates: of false positives, 0..1, in rising order.
        seed: of the bootstrap.
    """
    strangers = -np.sort(-trials.stranger[trials.stranger_acquired])
    hits = np.where(trials.own > trials.other, trials.own, NOTHING)
    asked = np.asarray(rates, np.float64)
    order = np.argsort(-hits, kind="stable")
    sorted_hits, person = hits[order], trials.person[order]
    limits = _thresholds(strangers, np.ones(len(strangers)), asked)
    found = _misses(sorted_hits, np.ones(len(person)), limits)
    band = _bands(strangers, sorted_hits, person, asked, seed)
    return [
        Point(float(rate), float(limit), float(fnir), float(low), float(high))
        for rate, limit, fnir, low, high in zip(asked, limits, found, *band, strict=True)
    ]


def rank_one(trials: Trials) -> float:
    """The part of all mated probes whose own person scores highest."""
    return float(np.mean(trials.own > trials.other))


def fnir_at(trials: Trials, threshold: float) -> float:
    """Misses at a given threshold."""
    hits = np.where(trials.own > trials.other, trials.own, NOTHING)
    return float(np.mean(hits < threshold))


def fpir_at(trials: Trials, threshold: float) -> float:
    """False positives at a given threshold; 0 when no stranger gave a template."""
    scores = trials.stranger[trials.stranger_acquired]
    return float(np.mean(scores >= threshold)) if len(scores) else 0.0


def _thresholds(falling: Scores, weights: Scores, rates: Scores) -> Scores:
    """For each rate the least threshold that lets no more than it pass."""
    total = weights.sum()
    passed = np.cumsum(weights)
    first_out = np.searchsorted(passed, rates * total + _ROUNDING, side="right")
    padded = np.append(falling, -2.0)
    limits: Scores = np.nextafter(padded[np.minimum(first_out, len(falling))], np.inf)
    return limits


def _misses(falling: Scores, weights: Scores, limits: Scores) -> Scores:
    found = np.concatenate(([0.0], np.cumsum(weights)))
    above: npt.NDArray[np.intp] = np.searchsorted(-falling, -limits, side="right")
    rates: Scores = 1.0 - found[above] / max(found[-1], _ROUNDING)
    return rates


def _bands(
    strangers: Scores, hits: Scores, person: npt.NDArray[np.int64], rates: Scores, seed: int
) -> tuple[Scores, Scores]:
    generator = np.random.default_rng(seed)
    people = int(person.max()) + 1
    drawn = np.empty((RESAMPLES, len(rates)))
    for number in range(RESAMPLES):
        mated = np.bincount(generator.integers(0, people, people), minlength=people)
        others = np.bincount(
            generator.integers(0, len(strangers), len(strangers)), minlength=len(strangers)
        )
        limits = _thresholds(strangers, others.astype(np.float64), rates)
        drawn[number] = _misses(hits, mated[person].astype(np.float64), limits)
    low, high = np.percentile(drawn, _BAND, axis=0)
    return low, np.where(high > 0, high, 1 - (_BAND[0] / 100) ** (1 / people))
