"""Hits go from the spool through a real broker to a subscriber."""

from __future__ import annotations

import time
from pathlib import Path

from edge.report.spool import SpoolView
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import (
    Collector,
    Running,
    ids_of,
    make_hit,
    make_worker,
    make_writer,
    record,
    settings_for,
    wait_until,
)

pytestmark = needs_mosquitto


def test_every_recorded_hit_arrives_once_and_in_order(broker: Mosquitto, tmp_path: Path) -> None:
    spool, settings = tmp_path / "spool.db", settings_for(broker.port)
    record(spool, range(500))
    with Collector(settings) as collector, Running(make_worker(spool, settings)):
        collector.wait_for(ids_of(range(500)))
        wait_until(lambda: SpoolView(spool).counts().acknowledged == 500)
        time.sleep(0.2)
        collector.ids()
    assert [hit.sequence for hit in collector.hits] == list(range(1, 501))


def test_a_new_hit_is_on_its_way_within_a_fraction_of_a_second(
    broker: Mosquitto, tmp_path: Path
) -> None:
    """The delay from recording to receiving; the bound leaves room for a busy machine."""
    spool, settings = tmp_path / "spool.db", settings_for(broker.port)
    writer = make_writer(spool)
    delays_s = []
    with Collector(settings) as collector, Running(make_worker(spool, settings)) as worker:
        wait_until(lambda: worker.report().figures["connected"] == 1)
        for number in range(10):
            writer.append(make_hit(number))
            began_s = time.monotonic()
            collector.subscriber.hits.get(timeout=5)
            delays_s.append(time.monotonic() - began_s)
            time.sleep(0.07)
    writer.close()
    assert sorted(delays_s)[5] < 0.15


def test_hits_recorded_before_the_spool_existed_for_the_reader_are_found(
    broker: Mosquitto, tmp_path: Path
) -> None:
    spool, settings = tmp_path / "spool.db", settings_for(broker.port)
    with Collector(settings) as collector, Running(make_worker(spool, settings)) as worker:
        wait_until(lambda: worker.report().figures["connected"] == 1)
        record(spool, range(3))
        collector.wait_for(ids_of(range(3)))
