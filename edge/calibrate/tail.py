"""The far tail of non-mated scores: a generalised Pareto fit and its bootstrap over people.

In: scores over a high start with the two people each compares. Out: parameters as in
:class:`edge.recognise.calibration.LooksCalibration`. Always: every ordered pair of people weighs
the same, however many photos they have, and the fitted tail ends at a score of 1 or beyond,
since no score a face can reach may count as impossible.

The fit is by maximum likelihood on the profile over shape/scale (Grimshaw, Technometrics 35,
1993): for a given ratio the shape is the mean of log(1 + ratio * excess), so one number is left
to search. The bootstrap draws people, not scores: scores of one person are not independent,
and a person drawn twice counts twice on both sides of a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.calibrate.too_few import TooFew

Doubles = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

LEAST_EXCESSES = 50
_CELL = 1e-4  # excesses are told apart so finely; a tail is some 60 times as wide
_GRID = 300
_REFINED = 3


@dataclass(frozen=True, slots=True)
class Tail:
    """A fitted tail; see :class:`edge.recognise.calibration.LooksCalibration`."""

    start: float
    share: float
    scale: float
    shape: float

    def rate(self, scores: Doubles) -> Doubles:
        """Share of scores at or above each of these; 1 or less, rough below ``start``."""
        base = 1.0 + self.shape * (scores - self.start) / self.scale
        exponent = -np.log(np.maximum(base, 1e-300)) / self.shape
        return np.asarray(np.minimum(1.0, self.share * np.exp(np.minimum(700.0, exponent))))


@dataclass(frozen=True, slots=True)
class Excesses:
    """Scores at or above a start, and what they are a part of.

    Attributes:
        start: the lowest of them.
        scores: (n,) the scores.
        probe_people, gallery_people: (n,) whom each score compares.
        probes, templates: (people,) how many probes and gallery templates each person has.
        compared: number of non-mated scores in all.
        highest: the highest of them.
    """

    start: float
    scores: Doubles
    probe_people: Whole
    gallery_people: Whole
    probes: Whole
    templates: Whole
    compared: int
    highest: float

    def weights(self, copies: Doubles) -> Doubles:
        """(n,) what each score counts when each person stands there so many times."""
        probe = copies / np.maximum(self.probes, 1)
        template = copies / np.maximum(self.templates, 1)
        return np.asarray(probe[self.probe_people] * template[self.gallery_people])

    def total(self, copies: Doubles) -> float:
        """The sum of such weights over all non-mated scores: ordered pairs of people."""
        probing, enrolled = copies * (self.probes > 0), copies * (self.templates > 0)
        return float(probing.sum() * enrolled.sum() - probing @ enrolled)


def fit(excesses: Excesses, copies: Doubles | None = None) -> Tail:
    """Fit the tail.

    Args:
        excesses: the scores.
        copies: (people,) how many times each person counts; None: once.

    Raises:
        TooFew: there are too few scores to fit anything.
    """
    everyone = np.ones(len(excesses.probes)) if copies is None else copies
    weights = excesses.weights(everyone)
    if np.count_nonzero(weights) < LEAST_EXCESSES:
        raise TooFew(f"fewer than {LEAST_EXCESSES} scores lie in the tail")
    over = np.maximum(excesses.scores - excesses.start, 0.0)
    cells = np.asarray(np.bincount((over / _CELL).astype(np.int64), weights), np.float64)
    centres = np.asarray((np.arange(len(cells)) + 0.5) * _CELL, np.float64)
    parts = np.asarray(cells / cells.sum(), np.float64)
    scale, shape = _grimshaw(centres, parts, 1.0 - excesses.start)
    return Tail(excesses.start, float(weights.sum() / excesses.total(everyone)), scale, shape)


def _grimshaw(over: Doubles, weights: Doubles, room: float) -> tuple[float, float]:
    """Scale and shape that make excesses likeliest, the tail's end being ``room`` or beyond."""
    low, high = -1.0 / max(room, float(over.max()) + _CELL), 10.0 / float(weights @ over)
    ratios = np.linspace(low, high, _GRID)
    for _ in range(_REFINED):
        ratios = np.where(np.abs(ratios) < 1e-9, 1e-9, ratios)
        shapes = np.log1p(np.outer(ratios, over)) @ weights
        best = int(np.argmax(-np.log(shapes / ratios) - shapes))
        ratio, shape = float(ratios[best]), float(shapes[best])
        step = float(ratios[1] - ratios[0])
        ratios = np.linspace(max(low, ratio - step), min(high, ratio + step), 40)
    return shape / ratio, shape


def band(
    excesses: Excesses, at: Doubles, rng: np.random.Generator, rounds: int
) -> tuple[Doubles, Doubles]:
    """Lowest and highest rate at each score, 95 % of a bootstrap over people.

    Raises:
        TooFew: there are too few people.
    """
    people = len(excesses.probes)
    rates = []
    for _ in range(rounds):
        copies = np.bincount(rng.integers(0, people, people), minlength=people).astype(float)
        try:
            rates.append(fit(excesses, copies).rate(at))
        except TooFew:
            continue
    if len(rates) < rounds / 2:
        raise TooFew("there are too few people for a confidence band")
    low, high = np.quantile(np.stack(rates), (0.025, 0.975), axis=0)
    return low, high
