"""A frame goes all the way: fakes stand for the models and the gallery."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from edge.recognise.decide import Rules
from edge.recognise.pack import Manifest
from edge.recognise.pipeline import Pipeline
from edge.status.stages import STAGES
from edge.values import Bytes, Candidate, Detection, EntryRef, Floats, Frame, Recognition
from tests.fakes.packs import manifest

START = datetime(2026, 1, 1, tzinfo=UTC)
ADA, BOB, STRANGER = np.eye(128, dtype=np.float32)[:3]
RULES = Rules(threshold=0.95, margin=0.02, min_frames=3, max_looks=10, re_alert_s=60)
NOISE = np.random.default_rng(3).integers(60, 200, (720, 1280), dtype=np.uint8)
HALF = np.full((360, 640), 128, np.uint8)


def frame(index: int) -> Frame:
    taken = START + timedelta(seconds=index / 10)
    return Frame("door", index, index / 10, taken, NOISE, HALF, HALF, full_range=True)


def face(x: float, y: float = 300, size: float = 100) -> Detection:
    points = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
    return Detection((x, y, size, size), points * np.float32(size / 100) + (x, y), 0.9)


class ScriptedDetector:
    def __init__(self, script: list[tuple[Detection, ...]]) -> None:
        self._script = iter(script)

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        return next(self._script)


class ScriptedEmbedder:
    """Gives the next templates of a list, whatever the chips show."""

    def __init__(self, templates: list[Floats]) -> None:
        self._templates = iter(templates)
        self.chips = 0

    def embed(self, chips: list[Bytes]) -> Floats:
        self.chips += len(chips)
        return np.stack(list(itertools.islice(self._templates, len(chips))))


class TwoPeople:
    """A gallery that knows Ada (on two lists) and Bob."""

    version = 7

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        entries = {
            "ada": (EntryRef("ada-staff", "staff", "Ada"), EntryRef("ada-vip", "vip", None)),
            "bob": (EntryRef("bob-staff", "staff", "Bob"),),
        }
        found = []
        for probe in probes:
            scored = [("ada", float(probe @ ADA)), ("bob", float(probe @ BOB))]
            ranked = sorted(scored, key=lambda pair: -pair[1])
            found.append(tuple(Candidate(p, s, entries[p]) for p, s in ranked))
        return found


def run(
    script: list[tuple[Detection, ...]], templates: list[Floats], stated: Manifest | None = None
) -> tuple[list[Recognition], Pipeline, ScriptedEmbedder]:
    embedder = ScriptedEmbedder(templates)
    pipeline = Pipeline(
        ScriptedDetector(script),
        embedder,
        TwoPeople(),
        stated or manifest(),
        RULES,
        track_timeout_s=1.0,
        now_s=itertools.count().__next__,
    )
    found = [one for index in range(len(script)) for one in pipeline.process(frame(index))]
    return found, pipeline, embedder


def test_three_agreeing_looks_of_a_listed_person_are_one_hit_for_each_of_its_entries() -> None:
    found, pipeline, _ = run([(face(100 + 10 * i),) for i in range(6)], [ADA] * 6)
    assert [one.entry.entry_id for one in found] == ["ada-staff", "ada-vip"]
    assert {one.frame_index for one in found} == {2}
    assert found[0].frames == 3
    assert found[0].first_seen == START
    assert found[0].last_seen == START + timedelta(seconds=0.2)
    assert found[0].entry.label == "Ada"
    assert found[1].entry.label is None
    assert pipeline.counts["tracks"] == 1


def test_a_decided_track_costs_no_more_embeddings() -> None:
    _, _, embedder = run([(face(100),)] * 10, [ADA] * 10)
    assert embedder.chips == 3


def test_a_stranger_is_never_a_recognition_and_costs_a_bounded_number_of_looks() -> None:
    found, _, embedder = run([(face(100),)] * 80, [STRANGER] * 80)
    assert found == []
    checks = 3  # one every two seconds
    assert embedder.chips <= RULES.max_looks + checks


def test_two_people_at_once_are_told_apart() -> None:
    script = [(face(100), face(600))] * 3
    found, _, _ = run(script, [ADA, BOB] * 3)
    assert {(one.entry.entry_id, one.track) for one in found} == {
        ("ada-staff", 1),
        ("ada-vip", 1),
        ("bob-staff", 2),
    }


def test_a_track_whose_looks_stop_agreeing_is_split_and_never_mixes_two_people() -> None:
    found, pipeline, _ = run([(face(100),)] * 8, [ADA, ADA, *[STRANGER] * 6])
    assert found == []
    assert pipeline.counts["splits"] == 1
    assert pipeline.counts["tracks"] == 2


def test_a_person_who_comes_back_within_the_interval_is_not_reported_again() -> None:
    script = [(face(100),)] * 3 + [()] * 15 + [(face(500),)] * 3
    found, pipeline, _ = run(script, [ADA] * 6)
    assert len(found) == 2
    assert pipeline.suppressed_total == 2


def test_a_face_too_small_to_use_is_followed_but_never_embedded() -> None:
    found, pipeline, embedder = run([(face(100, size=30),)] * 5, [])
    assert (found, embedder.chips, pipeline.counts["tracks"]) == ([], 0, 1)


def test_evidence_of_lost_tracks_is_forgotten() -> None:
    _, pipeline, _ = run([(face(100),), *[()] * 12], [STRANGER])
    assert pipeline._evidence == {}


def test_stage_times_are_kept_for_every_stage() -> None:
    _, pipeline, _ = run([(face(100),)], [ADA])
    assert list(pipeline.times.mean_s) == ["gate", "detect", "track", "align", "embed", "match"]
    assert set(pipeline.times.mean_s) | {"presence"} == set(STAGES)  # the page tells of each


@pytest.mark.parametrize("faces", [0, 1, 3])
def test_counts_say_what_was_seen(faces: int) -> None:
    _, pipeline, _ = run([tuple(face(50 + 200 * i) for i in range(faces))], [ADA] * faces)
    assert (pipeline.counts["frames"], pipeline.counts["faces"]) == (1, faces)
