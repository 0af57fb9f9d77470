"""The plug is pulled in the middle: no hit is lost, and the box comes back by itself."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from edge.compose.register import PackPhotoReader
from edge.demo.box import DemoBox
from edge.demo.truth import clip, people
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.demo_box import (
    EnrolledSite,
    collect,
    load_reader,
    make_box,
    recorded,
    subscribe,
)
from tests.integration.test_box_consent import sync


@pytest.fixture(scope="module")
def reader() -> PackPhotoReader:
    return load_reader()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, reader: PackPhotoReader) -> EnrolledSite:
    enrolled = tuple(person.key for person in people() if person.enrolled)
    return EnrolledSite(tmp_path_factory.mktemp("site"), reader, enrolled)


def expected(site: EnrolledSite) -> list[str]:
    return [walk.key for walk in clip().appearances if walk.key in site.entries]


def wait_until(condition: object, timeout_s: float = 30) -> None:
    until_s = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until_s, "it did not come about in time"
        time.sleep(0.02)


def kill(box: DemoBox, name: str) -> int:
    state = box.state(name)
    assert state is not None
    os.kill(state.pid, signal.SIGKILL)
    return state.pid


@needs_mosquitto
@pytest.mark.slow
def test_report_killed_and_the_broker_away_for_ten_seconds_lose_no_hit(
    tmp_path: Path, site: EnrolledSite
) -> None:
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    subscriber = subscribe(broker.port)
    box = make_box(tmp_path / "box", site, broker_port=broker.port, pace="real-time")
    assert sync(box).returncode == 0
    try:
        box.start("run")
        wait_until(lambda: recorded(box))
        first = kill(box, "report")
        wait_until(lambda: (s := box.state("report")) is not None and s.pid != first)
        broker.kill()
        gone_s = time.monotonic()
        wait_until(lambda: time.monotonic() - gone_s > 10)
        in_the_dark = len(recorded(box))
        broker.start()
        hits = collect(
            subscriber,
            lambda got: box.finished() and len({h.hit_id for h in got}) >= len(recorded(box)),
        )
        assert in_the_dark > 1
        assert {hit.hit_id for hit in hits} == {hit.hit_id for hit in recorded(box)}
        assert site.keys_of(hits) == expected(site)
        assert sorted(hit.sequence for hit in hits) == list(range(1, len(hits) + 1))
    finally:
        box.stop()
        subscriber.stop()
        broker.stop()


@needs_mosquitto
@pytest.mark.slow
def test_recognise_killed_in_mid_run_is_started_again_and_keeps_what_it_recorded(
    tmp_path: Path, site: EnrolledSite
) -> None:
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    subscriber = subscribe(broker.port)
    box = make_box(tmp_path / "box", site, broker_port=broker.port, pace="real-time")
    assert sync(box).returncode == 0
    try:
        box.start("run")
        wait_until(lambda: recorded(box))
        before = {hit.hit_id for hit in recorded(box)}
        first = kill(box, "recognise")
        wait_until(lambda: (s := box.state("recognise")) is not None and s.pid != first)
        wait_until(lambda: len(recorded(box)) > len(before))
        assert before <= {hit.hit_id for hit in recorded(box)}
        hits = collect(subscriber, lambda got: len(got) > len(before))
        assert before <= {hit.hit_id for hit in hits}
    finally:
        box.stop()
        subscriber.stop()
        broker.stop()


@needs_mosquitto
def test_sigterm_stops_the_whole_box_within_five_seconds(
    tmp_path: Path, site: EnrolledSite
) -> None:
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    box = make_box(tmp_path / "box", site, broker_port=broker.port, pace="real-time")
    assert sync(box).returncode == 0
    try:
        box.start("run")
        names = ("recognise", "report", "status")
        wait_until(lambda: all(box.state(name) is not None for name in names))
        pids = [box.state(name).pid for name in names]  # type: ignore[union-attr]
        begin_s = time.monotonic()
        assert box.process is not None
        box.process.terminate()
        assert box.process.wait(10) == 0
        assert time.monotonic() - begin_s < 5
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    finally:
        box.stop()
        broker.stop()
