"""How the box is as a whole, and passages left uncertain, on retained topics.

In: looks at the box. Out: messages that are due. Always: told soon after each new connection,
at each change of a check, and health every minute; health comes from the same checks as the
page, so that the two cannot contradict each other; nobody is named.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from edge.processes.telling import Moment
from edge.report.messages import Check, Level, health_event, uncertain_event
from edge.report.topics import health_topic, uncertain_topic
from edge.runtime.clock import Clock
from edge.status.checks import CHECKS, Finding, Severity
from edge.status.snapshot import ProcessView, Snapshot

HEALTH_EVERY_S = 60.0
LOOK_EVERY_S = 5.0
SETTLED_S = 2.0  # the state files know of a new connection by then
_LEVELS = {Severity.WARNING: Level.WARNING, Severity.FAILURE: Level.FAILURE}
_FIGURES = {
    "recognise": ("frames_per_s", "frame_age_s", "watchlist_people", "hits_total"),
    "report": (
        "backlog_hits",
        "backlog_notes",
        "lost_hits",
        "published_total",
        "watchlist_age_s",
        "watchlist_version",
    ),
}


class HealthTeller:
    """Tells health and counts of uncertain passages.

    Args:
        look: a look at the box.
        temperature_c: how hot the processor is, or None.
        clock: time.
    """

    def __init__(
        self, look: Callable[[], Snapshot], temperature_c: Callable[[], float | None], clock: Clock
    ) -> None:
        self._look = look
        self._temperature_c = temperature_c
        self._clock = clock
        self._next_s = self._told_s = float("-inf")
        self._told: dict[str, Check] = {}
        self._counted: tuple[datetime | None, dict[str, int]] = (None, {})

    def due(self, moment: Moment) -> list[tuple[str, bytes]]:
        """See :class:`edge.processes.telling.Teller`."""
        now_s = self._clock.monotonic_s()
        if moment.fresh:
            self._next_s, self._told_s = now_s + SETTLED_S, float("-inf")
            self._counted = (None, {})
        if now_s < self._next_s:
            return []
        self._next_s = now_s + LOOK_EVERY_S
        snapshot = self._look()
        found = checks(snapshot)
        messages = self._uncertain(snapshot)
        if found != self._told or now_s - self._told_s >= HEALTH_EVERY_S:
            self._told, self._told_s = found, now_s
            messages.append(self._health(snapshot, found))
        return messages

    def _health(self, snapshot: Snapshot, found: dict[str, Check]) -> tuple[str, bytes]:
        who = snapshot.identity
        figures = figures_of(snapshot)
        if (hot_c := self._temperature_c()) is not None:
            figures["temperature_c"] = hot_c
        event = health_event(who.site, who.box, checks=found, figures=figures, at=self._clock.utc())
        return health_topic(who.site, who.box), event

    def _uncertain(self, snapshot: Snapshot) -> list[tuple[str, bytes]]:
        state, who = snapshot.recognise.state, snapshot.identity
        counts = uncertain_by_list(snapshot.recognise)
        if state is None or not counts or (state.started_at, counts) == self._counted:
            return []
        self._counted = (state.started_at, counts)
        event = uncertain_event(
            who.site, who.box, counts, since=state.started_at, at=self._clock.utc()
        )
        return [(uncertain_topic(who.site, who.box), event)]


def checks(snapshot: Snapshot) -> dict[str, Check]:
    """What every health check found, by name."""
    return {name: _check(check(snapshot)) for name, check in CHECKS.items()}


def figures_of(snapshot: Snapshot) -> dict[str, float]:
    """The measured numbers that belong to health; one that is not known is absent."""
    views = {view.name: view for view in snapshot.processes}
    found = {
        name: views[process].figure(name) for process, names in _FIGURES.items() for name in names
    }
    return {name: value for name, value in found.items() if value is not None}


def uncertain_by_list(view: ProcessView) -> dict[str, int]:
    """Counts from the recogniser's words: ``staff 2, vip 1``."""
    counts = {}
    for part in (view.fact("uncertain") or "").split(", "):
        name, _, count = part.rpartition(" ")
        if name and count.isdecimal():
            counts[name] = int(count)
    return counts


def _check(finding: Finding | None) -> Check:
    if finding is None:
        return Check(Level.OK)
    words = (finding.problem, finding.effect, finding.remedy)
    return Check(_LEVELS[finding.severity], " ".join(filter(None, words)))
