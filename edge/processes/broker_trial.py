"""Tries the broker afresh when the page asks, and says in words how that went.

In: ``RUN/status/broker.json``, written by the page for a signed-in installer, and what each turn of
the publisher tells. Out: ``RUN/broker.json``: tried when, good or not, problem and remedy. Always:
the present connection is given up and dialled again with the present settings, because a broker
may allow a box one connection only; nothing is lost by that, as every unacknowledged row goes
out again; one trial at a time, at most every ``PAUSE_S``, so that a page that asks again and again
cannot keep hits from going out.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.errors import BrokerError
from edge.report.publish import Turn
from edge.runtime.atomic_file import write_atomically
from edge.runtime.clock import Clock
from edge.runtime.wish_file import WishFile

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
FRESH_S = 10.0  # an older request is nobody's any more
PAUSE_S = 5.0
WITHIN_S = 15.0
STEADY_S = 1.0  # some brokers greet a box and hang up at the first thing it says


@dataclass(slots=True)
class _Trial:
    """One that is under way."""

    asked_ns: int
    began_s: float
    connected_s: float | None = None


class BrokerTrial:
    """Answers the page's requests.

    Args:
        wishes: where the page asks.
        answer: the file that the page reads.
        redial: gives the present connection up and dials again at once.
        clock: time.
    """

    def __init__(
        self, wishes: WishFile, answer: Path, redial: Callable[[], None], clock: Clock
    ) -> None:
        self._wishes = wishes
        self._answer = answer
        self._redial = redial
        self._clock = clock
        self._trial: _Trial | None = None
        self._looked_s = self._ended_s = float("-inf")

    def step(self, turn: Turn) -> None:
        """Look for a request, or whether the trial under way has ended.

        Args:
            turn: what the publisher has just told.
        """
        now_s = self._clock.monotonic_s()
        if self._trial is not None:
            self._watch(self._trial, turn, now_s)
        elif now_s - self._looked_s >= LOOK_EVERY_S and now_s - self._ended_s >= PAUSE_S:
            self._looked_s = now_s
            self._look(now_s)

    def _look(self, now_s: float) -> None:
        wish = self._wishes.take(FRESH_S)
        if wish is not None:
            log.info("trying the broker afresh, as the page asked")
            self._redial()
            self._trial = _Trial(wish.asked_ns, now_s)

    def _watch(self, trial: _Trial, turn: Turn, now_s: float) -> None:
        if turn.connected and trial.connected_s is None:
            trial.connected_s = now_s
        if turn.problem is not None:
            self._end(trial, now_s, turn.problem)
        elif trial.connected_s is not None and now_s - trial.connected_s >= STEADY_S:
            self._end(trial, trial.connected_s, None)
        elif now_s - trial.began_s >= WITHIN_S:
            problem = f"The broker has not answered within {WITHIN_S:.0f} s."
            self._end(trial, now_s, BrokerError(problem, "Check the network and mqtt.host."))

    def _end(self, trial: _Trial, at_s: float, problem: BrokerError | None) -> None:
        self._trial, self._ended_s = None, self._clock.monotonic_s()
        document = {
            "format": 1,
            "asked_ns": trial.asked_ns,
            "ended_at": self._clock.utc().isoformat(),
            "took_s": round(at_s - trial.began_s, 3),
            "problem": problem.problem if problem else "",
            "remedy": problem.remedy if problem else "",
        }
        try:
            write_atomically(self._answer, json.dumps(document).encode(), durable=False)
        except OSError as error:
            log.warning("what came of trying the broker cannot be written (%s)", error)
