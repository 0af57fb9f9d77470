"""What refusing the worst looks would gain: error-versus-reject curves, ISO/IEC 29794-1.

In: trials of single looks (M = 1) and what was measured of each. Out: misses and false
positives of the looks that a limit lets through, and of the looks in a band of values. The
threshold is given, so that all limits are compared at the same one: a look that is refused costs
a little time on a box, one that misleads costs a miss or a false alarm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.eval.identify import NOTHING, Scores, Trials
from edge.eval.look import Look, Result
from edge.eval.protocol import Plan

MEASURES = ("inter_eye_px", "sharpness", "yaw", "brightness", "contrast", "roll_deg")
_SIGNED = ("yaw", "roll_deg")


@dataclass(frozen=True, slots=True)
class Looks:
    """Single looks with scores and measures; those that gave no template are left out.

    Attributes:
        measures: by name, mated looks first, then strangers'.
        own: (n,) score against the look's own person; minus infinity for a stranger.
        other: (n,) best score against anyone else.
        mated: (n,) whether the person is enrolled.
    """

    measures: Mapping[str, Scores]
    own: Scores
    other: Scores
    mated: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Band:
    """Looks whose measure lies in [low, high)."""

    low: float
    high: float
    mated: int
    fnir: float
    strangers: int
    fpir: float


def looks_of(plan: Plan, looks: Mapping[Path, Result], trials: Trials) -> Looks:
    """Pair every single-look probe's scores with what was measured of it.

    Raises:
        ValueError: the plan fuses several looks.
    """
    if plan.frames != 1:
        raise ValueError("a quality belongs to one look: plan with one frame a probe")
    results = [looks[picture] for picture in plan.probes]
    kept = np.array([isinstance(one, Look) for one in results])
    qualities = [one.quality for one in results if isinstance(one, Look)]
    strangers = len(trials.stranger)
    mated = np.concatenate([np.ones(len(trials.own), bool), np.zeros(strangers, bool)])
    own = np.concatenate([trials.own, np.full(strangers, NOTHING)])
    other = np.concatenate([trials.other, trials.stranger])
    measures = {
        name: _unsigned(name, np.array([getattr(one, name) for one in qualities], np.float64))
        for name in MEASURES
    }
    return Looks(measures, own[kept], other[kept], mated[kept])


def joined(parts: Sequence[Looks]) -> Looks:
    """Looks of several conditions as one."""
    return Looks(
        {name: np.concatenate([part.measures[name] for part in parts]) for name in MEASURES},
        np.concatenate([part.own for part in parts]),
        np.concatenate([part.other for part in parts]),
        np.concatenate([part.mated for part in parts]),
    )


def bands(looks: Looks, measure: str, edges: Sequence[float], threshold: float) -> list[Band]:
    """Errors of the looks in each band between neighbouring edges."""
    values = looks.measures[measure]
    return [
        _band(looks, (values >= low) & (values < high), low, high, threshold)
        for low, high in pairwise(edges)
    ]


def reject_curve(
    looks: Looks, measure: str, parts: Sequence[float], threshold: float, *, high_is_bad: bool
) -> list[Band]:
    """Errors of the looks that are left when the worst part of them is refused.

    Args:
        looks: single looks.
        measure: which measure tells bad looks.
        parts: refused parts of all mated looks, 0..1.
        threshold: of the score.
        high_is_bad: whether large values are the bad ones.
    """
    values = looks.measures[measure]
    mated = values[looks.mated]
    found = []
    for part in parts:
        limit = float(np.quantile(mated, 1 - part if high_is_bad else part))
        low, high = (-np.inf, limit) if high_is_bad else (limit, np.inf)
        found.append(_band(looks, (values >= low) & (values <= high), low, high, threshold))
    return found


def _band(
    looks: Looks, chosen: npt.NDArray[np.bool_], low: float, high: float, threshold: float
) -> Band:
    mated, strangers = chosen & looks.mated, chosen & ~looks.mated
    hit = (looks.own >= threshold) & (looks.own > looks.other)
    return Band(
        low,
        high,
        int(mated.sum()),
        1.0 - float(hit[mated].mean()) if mated.any() else float("nan"),
        int(strangers.sum()),
        float((looks.other[strangers] >= threshold).mean()) if strangers.any() else float("nan"),
    )


def _unsigned(name: str, values: Scores) -> Scores:
    return np.abs(values) if name in _SIGNED else values
