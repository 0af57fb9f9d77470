"""Keeps the threshold at what the false-alarm budget allows, while the box runs.

In: the time on the source's clock, strangers' passages counted so far, people who can match.
Out: a new plan when it matters, and the curve of other budgets for the page. A budget that was
set on the page counts before the settings'. Always: the traffic is written to the state folder
at most once an hour and at the end, and a file that cannot be read or written costs only
the memory of the traffic, never recognition. The arithmetic is :mod:`edge.recognise.budget`'s.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from edge.processes.budget_choice import BudgetChoice
from edge.processes.budget_curve import BudgetCurve, Scene
from edge.recognise.budget import Budget, Plan
from edge.recognise.traffic import Counted, TrafficCounter
from edge.runtime.atomic_file import write_atomically

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 4096
PLAN_EVERY_S = 60.0
LOOK_EVERY_S = 0.5
SAVE_EVERY_S = 3600.0  # of weeks that are counted; the file system writes 4 KiB at least
NOTABLE_CHANGE = 0.0005
_EXTRAPOLATED = "Beyond any score of a stranger in the pack's calibration: extrapolated."


class TrafficFile:
    """The count of passages on disk: two numbers, nothing about anybody.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Counted | None:
        """What was remembered, or None when there is nothing usable."""
        try:
            with self._path.open("rb") as file:
                document = json.loads(file.read(MAX_FILE_BYTES))
            return Counted(float(document["tracks"]), float(document["watched_s"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the traffic in %s is not usable (%s); counting anew", self._path, error)
            return None

    def save(self, counted: Counted) -> None:
        """Remember a count; a failure is logged and no more."""
        document = {"tracks": round(counted.tracks, 3), "watched_s": round(counted.watched_s, 1)}
        try:
            write_atomically(self._path, json.dumps(document).encode())
        except OSError as error:
            log.warning("the traffic cannot be remembered (%s)", error)


class Steering:
    """Plans anew about once a minute and whenever the number of people changes.

    Args:
        budget: makes plans.
        file: where the traffic is remembered.
        prior_per_week: strangers' passages a week assumed of a new site.
        choice: a budget set on the page; None: there is no page.
        curve: what other budgets would do, for the page; None: nobody asks.
    """

    def __init__(
        self,
        budget: Budget,
        file: TrafficFile,
        prior_per_week: float,
        choice: BudgetChoice | None = None,
        curve: BudgetCurve | None = None,
    ) -> None:
        self._stated = self._budget = budget
        self._choice = choice
        self._curve = curve
        self._looked_s = float("-inf")
        self._file = file
        self._prior_per_week = prior_per_week
        self._traffic = TrafficCounter(prior_per_week)
        self._loaded = False
        self._strangers_total = 0
        self._people = -1
        self._planned_s = 0.0
        self._saved_s = 0.0
        self._plan: Plan | None = None
        self._origin = "settings"

    def update(self, t_s: float, strangers_total: int, people: int) -> Plan | None:
        """Take note of a frame; returns a plan when the threshold is to change.

        Args:
            t_s: the frame's time on its source's clock, seconds.
            strangers_total: strangers' tracks that have ended since start.
            people: people who can match now.
        """
        if not self._loaded:
            self._start(t_s)
        self._traffic.advance(t_s, strangers_total - self._strangers_total)
        self._strangers_total = strangers_total
        if abs(t_s - self._saved_s) >= SAVE_EVERY_S:
            self._saved_s = t_s
            self._file.save(self._traffic.counted)
        if self._curve is not None:
            self._curve.step()
        chosen = self._look_for_choice(t_s)
        due = abs(t_s - self._planned_s) >= PLAN_EVERY_S
        if people == self._people and not due and not chosen:
            return None
        self._planned_s, self._people = t_s, people
        plan = self._replan(people)
        self._begin_curve(people)
        return plan

    def save(self) -> None:
        """Remember the traffic now."""
        if self._loaded:
            self._file.save(self._traffic.counted)

    def figures(self) -> dict[str, float]:
        """What is expected, for the state file."""
        if self._plan is None:
            return {}
        return {
            "threshold": self._plan.threshold,
            "expected_false_alarms_per_week": self._plan.false_alarms_per_week,
            "expected_false_alarms_at_most": self._plan.false_alarms_at_most,
            "expected_miss_rate": self._plan.miss_rate,
            "tracks_per_week": self._traffic.tracks_per_week,
        }

    def facts(self) -> dict[str, str]:
        """What the budget costs, in words, when that is worth knowing."""
        if self._plan is None:
            return {}
        words = {"threshold_basis": _EXTRAPOLATED} if self._plan.extrapolated else {}
        if self._plan.problem:
            words |= {"budget": self._plan.problem, "budget_advice": self._plan.remedy}
        return words

    def _look_for_choice(self, t_s: float) -> bool:
        """Take up a budget that was set on the page, or taken back; True when it changed."""
        if self._choice is None or abs(t_s - self._looked_s) < LOOK_EVERY_S:
            return False
        self._looked_s = t_s
        chosen = self._choice.look()
        wanted = self._stated.wanted if chosen is None else chosen
        self._origin = "settings" if chosen is None else "page"
        if wanted == self._budget.wanted:
            return False
        log.info("the budget is now %s false alarms a week, from the %s", wanted, self._origin)
        self._budget = self._stated.of(wanted)
        return True

    def _begin_curve(self, people: int) -> None:
        if self._curve is not None and self._plan is not None:
            per_week = self._traffic.tracks_per_week
            self._curve.begin(Scene(self._budget, self._plan, people, per_week, self._origin))

    def _start(self, t_s: float) -> None:
        self._loaded = True
        self._planned_s = self._saved_s = t_s
        self._traffic = TrafficCounter(self._prior_per_week, self._file.load())

    def _replan(self, people: int) -> Plan | None:
        plan, before = self._budget.plan(people, self._traffic.tracks_per_week), self._plan
        self._plan = plan
        if plan.problem and (before is None or not before.problem):
            log.warning("%s %s", plan.problem, plan.remedy)
        if before is not None and _near(before, plan):
            # What is shown must be what is decided by: the old threshold goes on.
            self._plan = self._budget.expect(
                before.thresholds, people, self._traffic.tracks_per_week
            )
            return None
        log.info(
            "threshold %.4f for %d people and %.0f passages a week: "
            "%.3g false alarms a week expected, %.1f %% misses",
            plan.threshold,
            people,
            self._traffic.tracks_per_week,
            plan.false_alarms_per_week,
            100 * plan.miss_rate,
        )
        return plan


def _near(one: Plan, other: Plan) -> bool:
    pairs = zip(one.thresholds, other.thresholds, strict=True)
    return all(abs(a[1] - b[1]) < NOTABLE_CHANGE for a, b in pairs)
