"""What other false-alarm budgets would do, for the page to draw and preview.

In: a budget, the people who can match, the traffic. Out: ``budget.json`` in the run folder: the
present plan and one for each of ``ALTERNATIVES``. Always: one alternative is computed at a
frame, so that no frame waits for the whole curve; the file is replaced when it is complete, and
nothing of it decides anything.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.recognise.budget import Budget, Plan
from edge.runtime.atomic_file import write_atomically

log = logging.getLogger(__name__)

_STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
ALTERNATIVES = (
    *(round(step * 10.0**decade, 6) for decade in range(-2, 3) for step in _STEPS),
    1000.0,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a curve is made for.

    Attributes:
        budget: of the pack, as it holds now.
        present: the plan that decides.
        people: people who can match.
        tracks_per_week: passages of strangers a week.
        origin: where the budget comes from: "page" or "settings".
    """

    budget: Budget
    present: Plan
    people: int
    tracks_per_week: float
    origin: str


class BudgetCurve:
    """Computes a curve bit by bit and writes it.

    Args:
        path: the file; its folder exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._scene: Scene | None = None
        self._points: list[dict[str, Any]] = []

    def begin(self, scene: Scene) -> None:
        """Start a new curve; an unfinished one is dropped."""
        self._scene, self._points = scene, []

    def step(self) -> None:
        """Compute one more alternative; writes the file after the last."""
        scene = self._scene
        if scene is None:
            return
        wanted = ALTERNATIVES[len(self._points)]
        plan = scene.budget.of(wanted).plan(scene.people, scene.tracks_per_week)
        self._points.append(_point(wanted, plan))
        if len(self._points) == len(ALTERNATIVES):
            self._write(scene)
            self._scene = None

    def _write(self, scene: Scene) -> None:
        document = {
            "format": 1,
            "people": scene.people,
            "tracks_per_week": scene.tracks_per_week,
            "origin": scene.origin,
            "present": _point(scene.budget.wanted, scene.present),
            "points": self._points,
        }
        try:
            write_atomically(self._path, json.dumps(document).encode(), durable=False)
        except OSError as error:
            log.warning("the curve of budgets cannot be written (%s)", error)


def _point(wanted: float | None, plan: Plan) -> dict[str, Any]:
    return {
        "budget": wanted,
        "threshold": plan.threshold,
        "false_alarms": plan.false_alarms_per_week,
        "at_most": plan.false_alarms_at_most,
        "miss_rate": plan.miss_rate,
        "extrapolated": plan.extrapolated,
    }
