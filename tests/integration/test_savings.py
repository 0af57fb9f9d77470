"""No saving costs a person or a track: the clip, held still here and there, with and without each.

The models look at each picture once; what they found is remembered for the other arms. Slower than
most tests (ten seconds), as all of the clip has to go through the models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from edge.bench.stages import demo_pipeline, frames_of_clip
from edge.compose import box
from edge.compose.recognise import rules
from edge.demo.truth import clip, people
from edge.recognise.attention import Savings
from edge.recognise.pipeline import Pipeline
from edge.recognise.ports import Detector, Embedder
from edge.recognise.regions import Regions
from edge.runtime.setting_tables import Settings
from edge.values import Bytes, Detection, Floats, Frame

HELD = {22: 60, 173: 60}  # frame of the clip: how many frames it stands still
NOTHING = Savings(needed_looks=False)
ALL = Savings(motion_gate=True, adaptive_rate=True)
ARMS = {
    "nothing": NOTHING,
    "motion gate": replace(NOTHING, motion_gate=True),
    "adaptive rate": replace(NOTHING, adaptive_rate=True),
    "needed looks": replace(NOTHING, needed_looks=True),
    "all": ALL,
}


class RememberedDetector:
    def __init__(self, real: Detector) -> None:
        self._real = real
        self._found: dict[int, tuple[Detection, ...]] = {}

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        if frame.index not in self._found:
            self._found[frame.index] = self._real.detect(frame)
        return self._found[frame.index]


class RememberedEmbedder:
    def __init__(self, real: Embedder) -> None:
        self._real = real
        self._known: dict[bytes, Floats] = {}
        self.asked = 0

    def embed(self, chips: list[Bytes]) -> Floats:
        self.asked += len(chips)
        return np.stack([self._one(chip) for chip in chips])

    def _one(self, chip: Bytes) -> Floats:
        key = chip.tobytes()
        if key not in self._known:
            self._known[key] = self._real.embed([chip])[0]
        return self._known[key]


@dataclass(frozen=True)
class Played:
    people: list[str]
    counts: dict[str, int]
    asked: int


def film() -> Iterator[Frame]:
    """The clip, with a sensor's noise where it stands still."""
    noise = np.random.default_rng(5).integers(0, 7, (4, 720, 1280), dtype=np.uint8)
    index = 0
    for frame in frames_of_clip():
        for turn in range(HELD.get(frame.index, 1)):
            luma = np.asarray(cv2.add(frame.y, noise[turn % 4])) if turn else frame.y
            yield replace(frame, y=luma, index=index, t_s=index / 10)
            index += 1


def known_people() -> set[str]:
    return {person.key for person in people() if person.enrolled}


@pytest.fixture(scope="module")
def played() -> dict[str, Played]:
    real, known = demo_pipeline("default")
    pack, frames = box.load("default"), list(film())
    embedder = RememberedEmbedder(real._embedder)

    def play(detector: Detector, savings: Savings) -> Played:
        embedder.asked = 0
        pipeline = Pipeline(
            detector,
            embedder,
            real._gallery,
            pack.manifest,
            rules(Settings(), pack),
            track_timeout_s=1.0,
            now_s=lambda: 0.0,
            savings=savings,
        )
        hits = [one for frame in frames for one in pipeline.process(frame)]
        names = [known[one.entry.entry_id] for one in hits]
        return Played(names, pipeline.counts, embedder.asked)

    detector = RememberedDetector(real._detector)
    found = {name: play(detector, savings) for name, savings in ARMS.items()}
    size = pack.manifest.detector.input
    smallest_px = pack.manifest.quality.min_inter_eye_px
    closer = Regions(real._detector, (size.width, size.height), smallest_px)
    return found | {"regions": play(closer, ALL)}


@pytest.mark.parametrize("name", [name for name in ARMS if name != "nothing"])
def test_each_saving_recognises_the_same_people_and_loses_no_track(
    played: dict[str, Played], name: str
) -> None:
    without, saved = played["nothing"], played[name]
    assert saved.people == without.people
    assert set(saved.people) == {one.key for one in clip().appearances} & known_people()
    same = ("tracks", "splits", "hits", "unknown", "uncertain")
    assert {key: saved.counts[key] for key in same} == {key: without.counts[key] for key in same}


def test_a_closer_look_at_parts_of_the_frames_loses_nobody(played: dict[str, Played]) -> None:
    assert played["regions"].people == played["nothing"].people


def test_every_saving_saves_something(played: dict[str, Played]) -> None:
    assert played["nothing"].counts["spared"] == 0
    assert played["motion gate"].counts["spared"] > 20
    assert played["adaptive rate"].counts["spared"] > 10
    assert played["needed looks"].asked < 0.7 * played["nothing"].asked
