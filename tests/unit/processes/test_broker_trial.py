"""The page's wish to try the broker: a fresh connection, and an answer in words."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.errors import BrokerError
from edge.processes.broker_trial import FRESH_S, PAUSE_S, STEADY_S, WITHIN_S, BrokerTrial
from edge.report.hearing import Heard
from edge.report.publish import Turn
from edge.runtime.wish_file import WishFile
from tests.fakes.clock import FakeClock

AWAY = Turn(False, False, (), Heard(), 0, 0, None)
THERE = replace(AWAY, connected=True)
REFUSED = replace(AWAY, problem=BrokerError("The broker refuses this box.", "Check its user."))


class Site:
    """A trial, a page that asks, and a publisher that is told to dial again."""

    def __init__(self, folder: Path) -> None:
        self.request, self.answer = folder / "asked.json", folder / "broker.json"
        self.clock = FakeClock()
        self.redials = 0
        self.trial = BrokerTrial(
            WishFile(self.request, self.clock), self.answer, self._redial, self.clock
        )

    def _redial(self) -> None:
        self.redials += 1

    def ask(self, ahead_s: float = 0.0) -> None:
        self.request.write_bytes(b"{}")
        at_s = self.clock.utc().timestamp() + ahead_s
        os.utime(self.request, (at_s, at_s))

    def run(self, turn: Turn, seconds: float = 0.3) -> None:
        self.clock.advance(seconds)
        self.trial.step(turn)

    def said(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.answer.read_bytes())
        return document


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_nothing_is_dialled_while_nobody_asks(site: Site) -> None:
    for _ in range(20):
        site.run(THERE)
    assert site.redials == 0
    assert not site.answer.exists()


def test_a_broker_that_takes_the_box_and_keeps_it_is_good(site: Site) -> None:
    site.ask()
    site.run(THERE)
    assert site.redials == 1
    site.run(AWAY)
    site.run(THERE)
    assert not site.answer.exists()
    site.run(THERE, STEADY_S)
    said = site.said()
    assert (said["problem"], said["remedy"]) == ("", "")
    assert said["asked_ns"] == site.request.stat().st_mtime_ns
    assert said["took_s"] == pytest.approx(0.6)


def test_a_refusal_is_told_in_its_own_words(site: Site) -> None:
    site.ask()
    site.run(THERE)
    site.run(REFUSED)
    said = site.said()
    assert (said["problem"], said["remedy"]) == ("The broker refuses this box.", "Check its user.")


def test_a_broker_that_greets_the_box_and_then_hangs_up_is_not_good(site: Site) -> None:
    site.ask()
    site.run(THERE)
    site.run(THERE)
    site.run(REFUSED, 0.1)
    assert site.said()["problem"] == "The broker refuses this box."


def test_silence_ends_the_trial(site: Site) -> None:
    site.ask()
    site.run(THERE)
    site.run(AWAY, WITHIN_S)
    assert "has not answered" in site.said()["problem"]


def test_one_request_is_one_trial_and_a_page_cannot_keep_hits_from_going_out(site: Site) -> None:
    site.ask()
    for _ in range(100):
        site.run(THERE)
    assert site.redials == 1
    asked = 0
    for _ in range(round(10 * PAUSE_S)):
        site.ask()
        asked += 1
        site.run(THERE, 0.1)
    assert 1 < site.redials <= 3 < asked


@pytest.mark.parametrize("ahead_s", [-FRESH_S - 1, FRESH_S + 1])
def test_a_request_of_another_time_is_nobodys(site: Site, ahead_s: float) -> None:
    site.ask(ahead_s)
    site.run(THERE)
    assert site.redials == 0
