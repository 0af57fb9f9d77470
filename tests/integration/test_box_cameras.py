"""The clip through every kind of camera gives the clip's hits.

RTSP is a real server and the whole box. V4L2 and Picamera2 have no device here: the clip is
filmed by fakes that stand where PyAV and Picamera2 are, and goes through the real sources,
models, list and spool.
"""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import av
import cv2
import pytest

from edge.capture.live import LiveVideo, v4l2_ways
from edge.capture.picamera import PicameraSource
from edge.capture.source import Source
from edge.compose import box as parts
from edge.compose import lists, recognise
from edge.compose.recognise import make_pipelines
from edge.demo.enrolment import SITE
from edge.demo.truth import clip, people
from edge.processes.recognise import RecogniseWorker
from edge.processes.recorder import Recorder
from edge.report.spool import Bounds, SpoolWriter
from edge.report.spool_rows import hit_draft
from edge.runtime.setting_tables import CameraSettings, Settings
from edge.watchlist.gallery import Gallery
from edge.watchlist.watched import WatchedGallery
from tests.fakes.picamera2 import FakeBoard
from tests.fakes.v4l2 import FakeV4l2
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.demo_box import (
    CLOCK,
    EnrolledSite,
    collect,
    load_reader,
    make_box,
    recorded,
    subscribe,
)
from tests.integration.rtsp_server import RtspServer
from tests.integration.test_box_consent import sync


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> EnrolledSite:
    enrolled = tuple(person.key for person in people() if person.enrolled)
    return EnrolledSite(tmp_path_factory.mktemp("site"), load_reader(), enrolled)


def expected(site: EnrolledSite) -> set[str]:
    return {walk.key for walk in clip().appearances if walk.key in site.entries}


def keys_seen_by(source: Source, frames: int, folder: Path, site: EnrolledSite) -> list[str]:
    """Take frames of a source; whose hits were recorded."""
    box = make_box(folder / "box", site)
    assert sync(box).returncode == 0
    pack = parts.load("default")
    gallery = WatchedGallery(lists.store(box.settings), Gallery(SITE, CLOCK), pack.ref, CLOCK)
    spool = SpoolWriter(parts.spool_file(box.settings), Bounds(), clock=CLOCK)
    worker = RecogniseWorker(
        source,
        make_pipelines(Settings(camera=CameraSettings()), pack, gallery),
        gallery,
        Recorder(spool, hit_draft),
        CLOCK,
        site=SITE,
        box="box-1",
        pack=pack.ref,
        facts={},
    )
    worker.initialize()
    for _ in range(frames):
        assert worker.step(threading.Event())
    worker.shutdown()
    return site.keys_of(recorded(box))


def test_two_cameras_on_one_box_name_their_hits_and_share_the_models(
    tmp_path: Path, site: EnrolledSite
) -> None:
    box = make_box(tmp_path / "box", site)
    assert sync(box).returncode == 0
    both = tuple(box.settings.camera.model_copy(update={"name": n}) for n in ("door", "yard"))
    worker = recognise.worker(box.settings.model_copy(update={"cameras": both}))
    assert cv2.getNumThreads() == 1
    worker.initialize()
    while worker.step(threading.Event()):
        pass
    said = worker.report()
    worker.shutdown()
    hits = recorded(box)
    for name in ("door", "yard"):
        assert set(site.keys_of([hit for hit in hits if hit.camera == name])) == expected(site)
        assert said.facts[f"camera.{name}"].endswith("0 pictures left out")
    assert said.facts["camera"] == "door, yard"
    assert said.problem == ""


def test_a_v4l2_camera_that_sees_the_clip_gives_the_clips_hits(
    tmp_path: Path, site: EnrolledSite
) -> None:
    memory = io.BytesIO()
    with av.open(memory, "w", format="nut") as film, av.open(str(clip().path)) as told:
        stream = film.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuvj420p"
        stream.options = {"qmin": "2", "qmax": "4"}
        frames = told.streams.video[0].frames
        for picture in told.decode(video=0):
            film.mux(stream.encode(picture.reformat(format="yuvj420p", dst_color_range="JPEG")))
        film.mux(stream.encode(None))
    device = FakeV4l2({"mjpeg": memory.getvalue()})
    settings = CameraSettings(source="/dev/video0")
    camera = LiveVideo(settings, v4l2_ways(settings), CLOCK, opener=device)
    assert set(keys_seen_by(camera, frames, tmp_path, site)) == expected(site)


def test_a_pi_camera_that_sees_the_clip_gives_the_clips_hits_and_gets_its_buffers_back(
    tmp_path: Path, site: EnrolledSite
) -> None:
    board = FakeBoard()
    board.extra_stride = 64
    with av.open(str(clip().path)) as told:
        # Picamera2 is asked for sYCC: full range, BT.601.
        pictures = [
            one.reformat(format="yuvj420p", dst_colorspace="ITU601", dst_color_range="JPEG")
            for one in told.decode(video=0)
        ]

    def scene(number: int, width: int, height: int) -> tuple[Any, Any, Any]:
        planes = pictures[number - 1].to_ndarray()
        y, u, v = planes[:720], planes[720:900].reshape(360, 640), planes[900:].reshape(360, 640)
        half = (width // 2, height // 2)
        return (
            cv2.resize(y, (width, height), interpolation=cv2.INTER_AREA),
            cv2.resize(u, half, interpolation=cv2.INTER_AREA),
            cv2.resize(v, half, interpolation=cv2.INTER_AREA),
        )

    board.scene = scene
    settings = CameraSettings(source="picamera2")
    camera = PicameraSource(settings, CLOCK, stack=lambda: board)
    assert set(keys_seen_by(camera, len(pictures), tmp_path, site)) == expected(site)
    assert board.left_out == 0


@needs_mosquitto
@pytest.mark.slow
def test_an_rtsp_stream_of_the_clip_gives_the_clips_hits(
    tmp_path: Path, site: EnrolledSite
) -> None:
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    subscriber = subscribe(broker.port)
    with RtspServer(clip().path) as server:
        box = make_box(tmp_path / "box", site, broker_port=broker.port, source=server.url)
        assert sync(box).returncode == 0
        try:
            box.start("run")
            hits = collect(
                subscriber, lambda got: len({h.entry_id for h in got}) >= len(expected(site))
            )
        finally:
            box.stop()
            subscriber.stop()
            broker.stop()
    assert set(site.keys_of(hits)) == expected(site)
    assert len(hits) == len(expected(site))
