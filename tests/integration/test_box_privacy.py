"""Nothing of a stranger is left on the box or sent: files and messages are searched.

The search looks for pictures by their signatures and for templates by their cosine, in int8
and float32 at every offset. That it can find something is shown on the enrolled people, whose
templates do lie in the signed list.
"""

from __future__ import annotations

import random
import threading
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from edge.compose.register import PackPhotoReader
from edge.demo.truth import clip, people
from edge.values import Floats
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.demo_box import (
    EnrolledSite,
    collect,
    load_reader,
    make_box,
    recognise_clip,
    subscribe,
)

PICTURES = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG",
    "WebP": b"WEBPVP8",
    "AVIF/HEIC": b"ftypavif",
    "BMP": b"BM6",
}
SAME_FACE = 0.97  # strangers and enrolled people of the demo stay below 0.95 to each other


@pytest.fixture(scope="module")
def reader() -> PackPhotoReader:
    return load_reader()


def templates_of(reader: PackPhotoReader, keys: set[str]) -> Floats:
    """Mean templates of people, (n, 128)."""
    rows = []
    for person in people():
        if person.key in keys:
            photos = person.photos() or person.photos("view")
            mean = np.mean([reader.read(photo).template for photo in photos], axis=0)
            rows.append(mean / np.linalg.norm(mean))
    return np.array(rows, np.float32)


def best_cosine(data: bytes, templates: Floats) -> float:
    """The best cosine of any 128 numbers in ``data`` (int8, or float32 at any offset)."""
    best = -1.0
    views = [np.frombuffer(data, np.int8)]
    views += [np.frombuffer(data[k : k + (len(data) - k) // 4 * 4], "<f4") for k in range(4)]
    for numbers in views:
        if len(numbers) < 128:
            continue
        # NaN and huge values are no template; int8 rows have lengths of some hundreds.
        clean = np.nan_to_num(numbers.astype(np.float32), nan=0, posinf=0, neginf=0)
        clean = np.where(np.abs(clean) > 1e6, 0, clean)
        windows = sliding_window_view(clean, 128)
        for begin in range(0, len(windows), 50_000):
            part = windows[begin : begin + 50_000]
            length = np.sqrt(np.einsum("ij,ij->i", part, part)) + 1e-9
            best = max(best, float(((part @ templates.T) / length[:, None]).max()))
    return best


@needs_mosquitto
def test_no_picture_and_no_strangers_template_is_on_the_box_or_on_mqtt(
    tmp_path: Path, reader: PackPhotoReader
) -> None:
    enrolled = {person.key for person in people() if person.enrolled}
    seen = {walk.key for walk in clip().appearances}
    strangers = templates_of(reader, seen - enrolled)
    assert len(strangers) >= 1
    site = EnrolledSite(tmp_path, reader, tuple(enrolled & seen))
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    messages: list[bytes] = []
    tap = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    tap.on_message = lambda c, u, m: messages.append(m.topic.encode() + m.payload)
    ready = threading.Event()
    tap.on_subscribe = lambda *a: ready.set()
    tap.connect("127.0.0.1", broker.port)
    tap.subscribe("#", 1)
    tap.loop_start()
    assert ready.wait(5)
    subscriber = subscribe(broker.port)
    box = make_box(tmp_path / "box", site, broker_port=broker.port)
    try:
        box.start("run")
        hits = collect(subscriber, lambda got: box.finished() and box.backlog() == 0)
    finally:
        box.stop()
        subscriber.stop()
        tap.loop_stop()
        broker.stop()
    assert hits or box.finished()
    files = {path: path.read_bytes() for path in (tmp_path / "box").rglob("*") if path.is_file()}
    assert any(path.name == "spool.db" for path in files)
    assert messages
    for name, data in [*files.items(), *(("a message", one) for one in messages)]:
        for kind, mark in PICTURES.items():
            assert mark not in data, f"{name} holds a {kind} picture"
        assert best_cosine(data, strangers) < SAME_FACE, f"{name} holds a stranger's template"


def test_the_search_finds_templates_where_there_are_some(
    tmp_path: Path, reader: PackPhotoReader
) -> None:
    site = EnrolledSite(tmp_path, reader, ("ada",))
    ada = templates_of(reader, {"ada"})
    (segment,) = site.repository.glob("targets/segments/*.segment")
    assert best_cosine(segment.read_bytes(), ada) > SAME_FACE
    noise = random.Random(1).randbytes(1001)
    assert best_cosine(noise + ada.tobytes() + noise, ada) > SAME_FACE
    assert best_cosine(noise, ada) < SAME_FACE


def test_the_log_of_a_box_names_nobody(tmp_path: Path, reader: PackPhotoReader) -> None:
    site = EnrolledSite(tmp_path, reader, ("ada",))
    box = make_box(tmp_path / "box", site)
    recognise_clip(box)
    log = box.log.read_text()
    assert not [person.name for person in people() if person.name in log]
