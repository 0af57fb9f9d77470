"""Whether the formula for a gallery holds on people it was not fitted on.

In: looks. Out: for a few rates, what 1 - (1 - FMR)^N predicts and what is measured. Always: the
people are split by chance, the tail is fitted on one half, and the other half is searched in a
gallery of its own; every stranger weighs the same. Several splits are averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge.calibrate.compare import best_two, tail_of
from edge.calibrate.photo_set import Drawn, Looks, draw
from edge.calibrate.tail import Doubles, fit
from edge.values import Floats

RATES = (0.1, 0.03, 0.01, 0.003)
_SPLITS = 10
_PROBES_EACH = 20
_TEMPLATES_EACH = 20
_TAIL_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of the check.

    Attributes:
        looks: photos fused to a probe.
        people: people in the gallery, mean over the splits.
        strangers: people who probed, mean over the splits.
        predicted: FPIR by the formula.
        measured: FPIR by counting, mean over the splits.
        spread: standard deviation of ``measured`` between splits.
        with_margin: FPIR by counting when a lead over the second is needed, too.
    """

    looks: int
    people: float
    strangers: float
    predicted: float
    measured: float
    spread: float
    with_margin: float


def cross_check(
    looks: Looks,
    fused: int,
    enrolled: int,
    margin: float,
    publish: Callable[[Floats], Floats],
    rng: np.random.Generator,
) -> tuple[Checked, ...]:
    """Predict and count, for probes of ``fused`` photos.

    Raises:
        TooFew: a half of the people is too few.
    """
    counted = np.empty((_SPLITS, len(RATES), 2))
    sizes = np.empty((_SPLITS, 2))
    for number in range(_SPLITS):
        fitted, searched = _halves(looks, rng)
        probes = draw(searched, fused, _PROBES_EACH, rng)
        gallery = draw(searched, enrolled, 1, rng, publish)
        sizes[number] = len(gallery.people), len(np.unique(probes.people))
        limits = _thresholds(fitted, fused, enrolled, publish, rng, len(gallery.people))
        best, second = best_two(probes, gallery)
        weights = _evenly(probes)
        for column, limit in enumerate(limits):
            reached = best >= limit
            counted[number, column] = (
                weights @ reached,
                weights @ (reached & (best - second >= margin)),
            )
    mean, spread = counted.mean(axis=0), counted[:, :, 0].std(axis=0)
    people, strangers = (float(size) for size in sizes.mean(axis=0))
    return tuple(
        Checked(fused, people, strangers, rate, float(m[0]), float(s), float(m[1]))
        for rate, m, s in zip(RATES, mean, spread, strict=True)
    )


def _halves(looks: Looks, rng: np.random.Generator) -> tuple[Looks, Looks]:
    people = rng.permutation(np.unique(looks.people))
    first = np.isin(looks.people, people[: len(people) // 2])
    return looks.some(first), looks.some(~first)


def _thresholds(
    looks: Looks,
    fused: int,
    enrolled: int,
    publish: Callable[[Floats], Floats],
    rng: np.random.Generator,
    people: int,
) -> Doubles:
    """Where the formula predicts each of ``RATES`` for a gallery of so many people."""
    probes = draw(looks, fused, _PROBES_EACH, rng)
    gallery = draw(looks, enrolled, _TEMPLATES_EACH, rng, publish)
    tail = fit(tail_of(probes, gallery, int(looks.people.max()) + 1, _TAIL_SHARE))
    scores = np.linspace(0.85, 1.0, 3001)
    predicted = -np.expm1(people * np.log1p(-np.minimum(tail.rate(scores), 1 - 1e-12)))
    return np.asarray(np.interp(-np.array(RATES), -predicted, scores), np.float64)


def _evenly(probes: Drawn) -> Doubles:
    """(n,) weights that give every person the same say, adding up to 1."""
    each = np.bincount(probes.people)
    weights = 1.0 / each[probes.people]
    return np.asarray(weights / weights.sum(), np.float64)
