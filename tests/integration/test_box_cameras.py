"""``watchpost run`` on an RTSP stream: the clip served by a real server, hits over MQTT."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.demo.truth import clip, people
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.demo_box import EnrolledSite, collect, load_reader, make_box, subscribe
from tests.integration.rtsp_server import RtspServer
from tests.integration.test_box_consent import sync


@needs_mosquitto
@pytest.mark.slow
def test_an_rtsp_stream_of_the_clip_gives_the_clips_hits(tmp_path: Path) -> None:
    enrolled = tuple(person.key for person in people() if person.enrolled)
    site = EnrolledSite(tmp_path, load_reader(), enrolled)
    expected = {walk.key for walk in clip().appearances if walk.key in site.entries}
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    subscriber = subscribe(broker.port)
    with RtspServer(clip().path) as server:
        box = make_box(tmp_path / "box", site, broker_port=broker.port, source=server.url)
        assert sync(box).returncode == 0
        try:
            box.start("run")
            hits = collect(subscriber, lambda got: len({h.entry_id for h in got}) >= len(expected))
        finally:
            box.stop()
            subscriber.stop()
            broker.stop()
    assert set(site.keys_of(hits)) == expected
    assert len(hits) == len(expected)
