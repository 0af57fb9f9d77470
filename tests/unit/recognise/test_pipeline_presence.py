"""A list that demands presence gets no hit from a track that showed none; other lists do."""

from __future__ import annotations

import itertools

import numpy as np

from edge.recognise.decide import Rules
from edge.recognise.pack import Manifest, PresenceLimits
from edge.recognise.pipeline import Pipeline
from edge.recognise.presence import Reason
from edge.values import Bytes, Candidate, Detection, EntryRef, Floats, Frame, Recognition
from tests.fakes.packs import manifest
from tests.unit.recognise.test_presence import HALF, HEAD, PICTURE, START, seen, turned

ADA, BOB = np.eye(128, dtype=np.float32)[:2]
RULES = Rules(threshold=0.95, margin=0.02, min_frames=3, max_looks=10, re_alert_s=60)
LIMITS = PresenceLimits(min_sightings=8, min_span_s=0.7, min_depth=0.018, max_edge=1.6)
STRICT = EntryRef("ada-door", "door", None, needs_presence=True)
FREE = EntryRef("ada-guests", "guests", "Ada")
# Contrast enough for the quality limits, no line.
LUMA = np.random.default_rng(3).integers(60, 200, (720, 1280)).astype(np.uint8)


class OneFace:
    def __init__(self, points: Floats) -> None:
        self._points = points

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        yaw = 9 * np.sin(frame.index / 4)
        return (seen(turned(self._points, float(yaw))),) if frame.index < 40 else ()


class Always:
    def __init__(self, template: Floats) -> None:
        self._template = template

    def embed(self, chips: list[Bytes]) -> Floats:
        return np.stack([self._template] * len(chips))


class AdaOn:
    """A gallery that knows Ada by some entries."""

    version = 1

    def __init__(self, *entries: EntryRef) -> None:
        self._entries = entries

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        return [(Candidate("ada", float(probe @ ADA), self._entries),) for probe in probes]


def run(
    points: Floats,
    *entries: EntryRef,
    limits: PresenceLimits | None = LIMITS,
    template: Floats = ADA,
) -> tuple[list[Recognition], Pipeline]:
    stated: Manifest = manifest().model_copy(update={"presence": limits})
    pipeline = Pipeline(
        OneFace(points),
        Always(template),
        AdaOn(*entries),
        stated,
        RULES,
        track_timeout_s=0.5,
        now_s=itertools.count().__next__,
    )
    frames = [Frame("door", i, i / 10, START, LUMA, HALF, HALF, full_range=True) for i in range(60)]
    return [one for frame in frames for one in pipeline.process(frame)], pipeline


def test_a_person_who_turns_the_head_is_a_hit_of_a_list_that_demands_presence() -> None:
    found, pipeline = run(HEAD, STRICT)
    assert [one.entry.entry_id for one in found] == ["ada-door"]
    assert found[0].frame_index >= LIMITS.min_sightings - 1
    assert not pipeline.withheld


def test_a_picture_of_the_person_is_none_and_is_told_with_the_reason() -> None:
    found, pipeline = run(PICTURE, STRICT)
    assert found == []
    assert pipeline.withheld == {Reason.FLAT: 1}
    assert pipeline.counts["unknown"] == 0


def test_lists_that_demand_nothing_get_their_hit_at_once_and_once() -> None:
    found, pipeline = run(PICTURE, FREE, STRICT)
    assert [(one.entry.entry_id, one.frame_index) for one in found] == [("ada-guests", 2)]
    assert pipeline.withheld == {Reason.FLAT: 1}
    assert pipeline.suppressed_total == 0


def test_the_list_that_demands_presence_gets_its_hit_when_it_is_shown() -> None:
    found, pipeline = run(HEAD, FREE, STRICT)
    assert [one.entry.entry_id for one in found] == ["ada-guests", "ada-door"]
    assert found[1].frame_index > found[0].frame_index
    assert pipeline.suppressed_total == 0


def test_a_pack_that_cannot_tell_gives_no_hit_to_such_a_list() -> None:
    found, pipeline = run(HEAD, STRICT, limits=None)
    assert found == []
    assert pipeline.withheld == {Reason.UNABLE: 1}


def test_nothing_is_watched_for_strangers_or_for_lists_that_demand_nothing() -> None:
    for entries, template in (((STRICT,), BOB), ((FREE,), ADA)):
        _, pipeline = run(HEAD, *entries, template=template)
        assert "presence" not in pipeline.times.mean_s
        assert not pipeline.withheld
