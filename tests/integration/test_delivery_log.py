"""A broker that is away is a line in the log, its return another; what is tried between is none."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.report.link import STABLE_S, BrokerLink
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import settings_for, wait_until
from tests.unit.processes.report_box import MovedClock

pytestmark = needs_mosquitto


class Dialled:
    """A link to a broker, whose tries are counted and whose waits are skipped."""

    def __init__(self, port: int) -> None:
        self.tries = 0
        self._clock = MovedClock()
        self.link = BrokerLink(
            settings_for(port),
            client_id="watchpost-log",
            clock=self._clock,
            chance=random.Random(1),
            dress=self._count,
            session_s=0,
        )

    def _count(self, client: object) -> None:
        self.tries += 1

    def until(self, condition: Callable[[], bool], *, skip_s: float = 0.0) -> None:
        def is_so() -> bool:
            self._clock.ahead_s += skip_s
            self.link.turn(0.01)
            return condition()

        wait_until(is_so)

    def fail(self, times: int = 4) -> None:
        tries = self.tries + times
        self.until(lambda: self.tries == tries, skip_s=2.0)
        self.until(lambda: self.link.problem is not None)

    def connect(self) -> None:
        self.until(lambda: self.link.client is not None, skip_s=2.0 if not self.tries else 0.5)

    def hold(self) -> None:
        self._clock.ahead_s += STABLE_S
        self.link.turn(0.01)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path / "broker")
    yield one
    one.stop()


@pytest.fixture
def dialled(broker: Mosquitto) -> Iterator[Dialled]:
    one = Dialled(broker.port)
    yield one
    one.link.close()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of the link, each line by its first words."""
    lines = [one for one in caplog.records if one.name == "edge.report.link"]
    return [f"{one.levelname} {' '.join(one.getMessage().split()[:2])}" for one in lines]


def test_a_broker_that_is_away_is_one_line_however_often_it_is_tried(
    dialled: Dialled, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        dialled.fail(6)
    assert told(caplog) == ["WARNING Nothing listens"]


def test_a_return_is_one_line_once_it_has_held(
    broker: Mosquitto, dialled: Dialled, caplog: pytest.LogCaptureFixture
) -> None:
    broker.start()
    with caplog.at_level("INFO"):
        dialled.connect()
        assert told(caplog) == ["INFO connected to"]
        caplog.clear()
        for _ in range(2):  # a broker that comes and goes
            broker.kill()
            dialled.fail()
            broker.start()
            dialled.connect()
        away = told(caplog)
        assert len(away) == len(set(away)) == 2, away
        assert not any(line.startswith("INFO") for line in away)
        dialled.hold()
        assert told(caplog) == [*away, "INFO connected to"]


def test_a_broker_that_is_away_again_is_told_again(
    broker: Mosquitto, dialled: Dialled, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        dialled.fail()
        broker.start()
        dialled.connect()
        dialled.hold()
        broker.kill()
        dialled.fail()
    assert told(caplog).count("WARNING Nothing listens") == 2
