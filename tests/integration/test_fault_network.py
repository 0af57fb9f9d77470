"""A network that loses every packet is noticed and costs no hit; a row of docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge.processes.report import ReportWorker
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import (
    Collector,
    Running,
    ids_of,
    make_worker,
    record,
    settings_for,
    wait_until,
)

pytestmark = needs_mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path / "broker")
    one.start()
    yield one
    one.thaw()
    one.stop()


def is_away(worker: ReportWorker) -> bool:
    said = worker.report()
    return bool(said.problem and said.remedy) and not said.figures["connected"]


@pytest.mark.slow
def test_a_link_that_falls_silent_is_noticed_and_no_hit_is_lost(
    broker: Mosquitto, tmp_path: Path
) -> None:
    spool = tmp_path / "spool.db"
    record(spool, range(5))
    settings = settings_for(broker.port, keepalive=timedelta(seconds=1))
    with (
        Collector(settings_for(broker.port), client_id="receiver") as collector,
        Running(make_worker(spool, settings)) as worker,
    ):
        collector.wait_for(ids_of(range(5)))
        broker.freeze()
        record(spool, range(5, 10))
        wait_until(lambda: is_away(worker), 60)
        broker.thaw()
        collector.wait_for(ids_of(range(10)), 60)
        wait_until(lambda: worker.report().figures["backlog_hits"] == 0, 60)
        assert not is_away(worker)
