"""The curve of false alarms against misses, as coordinates of an inline SVG.

In: points of budgets. Out: paths and ticks in the units of the drawing. Always: the horizontal
axis is logarithmic, the vertical one linear from 0; every point lies inside the frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edge.status import words
from edge.status.run_files import BudgetPoint

WIDTH, HEIGHT = 440, 264
LEFT, RIGHT, TOP, BOTTOM = 52, 18, 14, 46
_LEAST_ALARMS = 1e-3
_CEILINGS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the drawing."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis and its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The drawing.

    Attributes:
        line: points of the curve, ``x,y x,y …``.
        present: where the box is.
        places: where each alternative is, in their order.
        across: ticks of the horizontal axis.
        up: ticks of the vertical axis.
    """

    line: str
    present: Place
    places: tuple[Place, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def draw(points: Sequence[BudgetPoint], present: BudgetPoint) -> Curve:
    """Lay the curve out; at least one point."""
    every = [*points, present]
    logs = [_log(one.false_alarms) for one in every]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    high = max(high, low + 1)
    worst = max(one.miss_rate for one in every)
    top = next(one for one in _CEILINGS if worst <= one)

    def across(logarithm: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (logarithm - low) / (high - low), 1)

    def up(share: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share / top, 1)

    def place(one: BudgetPoint) -> Place:
        return Place(across(_log(one.false_alarms)), up(one.miss_rate))

    places = tuple(place(one) for one in points)
    ordered = sorted(set(places), key=lambda one: (one.x, -one.y))
    return Curve(
        line=" ".join(f"{one.x},{one.y}" for one in ordered),
        present=place(present),
        places=places,
        across=tuple(Tick(across(n), words.rate(10.0**n)) for n in range(low, high + 1)),
        up=tuple(Tick(up(top * n / 4), words.share(top * n / 4)) for n in range(5)),
    )


def _log(false_alarms: float) -> float:
    return math.log10(max(false_alarms, _LEAST_ALARMS))
