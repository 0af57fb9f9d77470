"""Which frames are looked at: fewer while nothing can change, all of them else."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edge.recognise.attention import Savings
from edge.recognise.pipeline import Pipeline
from edge.values import Bytes, Detection, Floats, Frame
from tests.fakes.packs import manifest
from tests.unit.recognise.test_pipeline import ADA, RULES, STRANGER, TwoPeople, face
from tests.unit.recognise.test_pipeline import frame as noise_frame

STILL = Savings(motion_gate=True, adaptive_rate=True)
HERE = (face(300),)


def frame(index: int, *, moving: bool = False) -> Frame:
    base = noise_frame(index)
    return replace(base, y=np.roll(base.y, 40 * index, axis=1)) if moving else base


class Scene:
    """A detector that sees what the scene shows in a frame, and notes which it looked at."""

    def __init__(self, shows: Callable[[int], tuple[Detection, ...]]) -> None:
        self._shows = shows
        self.looked: list[int] = []

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        self.looked.append(frame.index)
        return self._shows(frame.index)


class Always:
    """An embedder that gives one template."""

    def __init__(self, template: Floats) -> None:
        self._template = template
        self.chips = 0

    def embed(self, chips: list[Bytes]) -> Floats:
        self.chips += len(chips)
        return np.stack([self._template] * len(chips))


def pipeline(
    scene: Scene, template: Floats = ADA, savings: Savings = STILL
) -> tuple[Pipeline, Always]:
    embedder = Always(template)
    counting = itertools.count().__next__
    made = Pipeline(scene, embedder, TwoPeople(), manifest(), RULES, 1.0, counting, savings=savings)
    return made, embedder


def test_a_still_scene_with_nobody_in_it_is_looked_at_twice_a_second() -> None:
    scene = Scene(lambda index: ())
    made, _ = pipeline(scene)
    for index in range(100):
        made.process(frame(index))
    assert scene.looked[:6] == [0, 1, 2, 3, 4, 5]  # the first frame counts as movement
    assert scene.looked[6:] == list(range(10, 100, 5))
    assert made.counts["frames"] == 100
    assert made.counts["spared"] == 100 - len(scene.looked)


def test_every_frame_is_looked_at_while_something_moves() -> None:
    scene = Scene(lambda index: ())
    made, _ = pipeline(scene)
    for index in range(50):
        made.process(frame(index, moving=True))
    assert scene.looked == list(range(50))


def test_a_person_who_stands_still_from_the_first_frame_is_recognised_as_soon_as_ever() -> None:
    found = {}
    for savings in (Savings(), STILL):
        made, _ = pipeline(Scene(lambda index: HERE), savings=savings)
        found[savings] = [one for index in range(30) for one in made.process(frame(index))]
    assert found[STILL] == found[Savings()]
    assert found[STILL][0].frame_index == 2


def test_a_face_that_appears_where_nothing_seems_to_move_is_seen_half_a_second_late() -> None:
    scene = Scene(lambda index: HERE if index >= 21 else ())
    made, _ = pipeline(scene)
    hits = [one for index in range(60) for one in made.process(frame(index))]
    assert {one.frame_index for one in hits} == {27}  # seen in frame 25, then in each
    assert made.counts["tracks"] == 1


def test_a_decided_person_who_stands_still_stays_one_track_for_a_minute_at_two_looks_a_second() -> (
    None
):
    scene = Scene(lambda index: HERE)
    made, embedder = pipeline(scene)
    for index in range(600):
        made.process(frame(index))
    assert made.counts["tracks"] == 1
    assert len(scene.looked) < 150
    assert embedder.chips < 3 + 35  # the three that decided, and a check every two seconds


def test_a_stranger_gets_all_the_looks_that_could_still_change_the_decision() -> None:
    looks = {}
    for savings in (Savings(), STILL):
        made, embedder = pipeline(Scene(lambda index: HERE), STRANGER, savings)
        for index in range(RULES.max_looks):
            made.process(frame(index))
        looks[savings] = (embedder.chips, made.counts)
    assert looks[STILL] == looks[Savings()]


def test_a_face_that_one_look_misses_is_looked_for_at_once_and_stays_one_track() -> None:
    scene = Scene(lambda index: () if index in (15, 16, 17) else HERE)
    made, _ = pipeline(scene)
    for index in range(60):
        made.process(frame(index))
    assert made.counts["tracks"] == 1
    assert {15, 16, 17, 18} <= set(scene.looked)


def test_a_poster_too_small_to_use_does_not_keep_the_detector_awake() -> None:
    scene = Scene(lambda index: (face(300, size=30),))
    made, embedder = pipeline(scene)
    for index in range(300):
        made.process(frame(index))
    assert (embedder.chips, made.counts["tracks"]) == (0, 1)
    assert len(scene.looked) < 110


def test_a_frame_that_is_about_to_be_shown_is_always_looked_at() -> None:
    scene = Scene(lambda index: ())
    made, _ = pipeline(scene)
    for index in range(40):
        made.process(frame(index), watched=index == 33)
        assert made.looked == (scene.looked[-1] == index)
    assert 33 in scene.looked


def test_nobody_is_said_to_be_seen_in_a_frame_that_was_not_looked_at() -> None:
    made, _ = pipeline(Scene(lambda index: HERE))
    for index in range(60):
        made.process(frame(index))
        assert bool(made.seen()) == made.looked


def test_each_switch_spares_its_own_frames() -> None:
    for savings, people, spared in (
        (Savings(motion_gate=True), (), True),
        (Savings(motion_gate=True), HERE, False),
        (Savings(adaptive_rate=True), (), False),
        (Savings(adaptive_rate=True), HERE, True),
    ):
        made, _ = pipeline(Scene(lambda index, people=people: people), savings=savings)
        for index in range(40):
            made.process(frame(index))
        assert (made.counts["spared"] > 0) == spared


def test_without_needed_looks_a_decided_face_is_embedded_in_each_frame() -> None:
    made, embedder = pipeline(Scene(lambda index: HERE), savings=Savings(needed_looks=False))
    for index in range(20):
        made.process(frame(index))
    assert embedder.chips == 20
    assert made.counts["hits"] == 2
