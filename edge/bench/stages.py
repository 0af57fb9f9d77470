"""Where a frame's time goes: the bundled clip through the pipeline, stage by stage.

Arms: packs, by default the default one and BlazeFace before the same embedder. Nobody is enrolled
but the demo's people, as in the demo.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge.capture.open_source import make_source
from edge.compose import box
from edge.compose.recognise import make_pipeline
from edge.compose.register import PackPhotoReader
from edge.demo.enrolment import SITE, DemoRegister
from edge.demo.truth import clip, people
from edge.recognise.pipeline import Pipeline
from edge.register.repository import RepositoryFolder
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import CameraSettings, PackSettings, Settings, SpeedSettings
from edge.values import Frame
from edge.watchlist.gallery import Gallery
from edge.watchlist.manifest import read_manifest
from edge.watchlist.segment import decode

CLOCK = SystemClock(trust_system=True)


def measure(
    packs: Iterable[str] = ("default", "blazeface"), rounds: int = 3
) -> dict[str, dict[str, float]]:
    """Milliseconds a frame by pack and stage, and the share that is not inference."""
    found: dict[str, dict[str, float]] = {}
    pipelines = {name: demo_pipeline(name)[0] for name in packs}
    for _ in range(rounds):
        for pipeline in pipelines.values():
            _play(pipeline)
    for name, pipeline in pipelines.items():
        frames = pipeline.counts["frames"]
        stages = {k: 1000 * v / frames for k, v in pipeline.times.total_s.items()}
        total = sum(stages.values())
        busy = stages["detect"] + stages["embed"]
        found[name] = stages | {
            "frame": total,
            "non_inference_share": (total - busy) / total,
            "frames": float(frames),
            "faces": float(pipeline.counts["faces"]),
            "embeddings": float(pipeline.counts["looks"]),
            "hits": float(pipeline.counts["hits"]),
        }
    return found


def demo_pipeline(name: str, speed: SpeedSettings | None = None) -> tuple[Pipeline, dict[str, str]]:
    """A pipeline that knows the demo's people, and the person of each entry id."""
    pack = box.load(name)
    with tempfile.TemporaryDirectory() as folder:
        operator = DemoRegister(Path(folder) / "register", PackPhotoReader(pack, 1), CLOCK)
        chosen = tuple(person for person in people() if person.enrolled)
        known = {one.entry_id: one.person.key for one in operator.enrol_all(chosen)}
        operator.publish(Path(folder))
        repository = RepositoryFolder(Path(folder))
        (manifest,) = (Path(folder) / "targets").glob("*.watchlist.json")
        listing = read_manifest(manifest.read_bytes()).listing
        gallery = Gallery(SITE, CLOCK)
        gallery.replace(listing, lambda name: decode(repository.segment(name) or b""))
        operator.register.close()
    settings = Settings(pack=PackSettings(name=name), speed=speed or SpeedSettings())
    return make_pipeline(settings, pack, gallery), known


def frames_of_clip(count: int = 10**9) -> Iterator[Frame]:
    """The clip's first frames, each with planes of its own."""
    camera = CameraSettings(source=str(clip().path), pace="as-fast-as-possible")
    source = make_source(camera, CLOCK)
    source.open()
    while (frame := source.read()) is not None and frame.index < count:
        y, u, v = (np.array(plane) for plane in (frame.y, frame.u, frame.v))
        yield replace(frame, y=y, u=u, v=v, lease=None)
        source.release(frame)
    source.close()


def _play(pipeline: Pipeline) -> float:
    camera = CameraSettings(source=str(clip().path), pace="as-fast-as-possible")
    source = make_source(camera, CLOCK)
    source.open()
    begin_s = time.perf_counter()
    while (frame := source.read()) is not None:
        pipeline.process(frame)
        source.release(frame)
    source.close()
    return time.perf_counter() - begin_s
