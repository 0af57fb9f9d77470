"""Evidence over the life of a track: better looks, swaps, look-alikes, thresholds by looks."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from edge.recognise.decide import Rules
from edge.recognise.pipeline import Pipeline
from edge.values import Candidate, Detection, EntryRef, Floats, Recognition
from tests.fakes.packs import manifest
from tests.unit.recognise.test_pipeline import (
    ADA,
    BOB,
    RULES,
    STRANGER,
    ScriptedDetector,
    ScriptedEmbedder,
    TwoPeople,
    face,
    frame,
)

ASKED = replace(RULES, uncertain_lists=frozenset({"staff"}))


def between(one: Floats, other: Floats, share: float) -> Floats:
    mixed = (1 - share) * one + share * other
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


SIBLING = between(ADA, STRANGER, 0.22)  # cosine to Ada 0.963


class Siblings(TwoPeople):
    """A gallery that knows Ada and her sibling, whose templates are within the margin."""

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        people = {"ada": (ADA, "staff"), "sibling": (SIBLING, "guests")}
        found = []
        for probe in probes:
            scored = sorted(
                ((float(probe @ row), name) for name, (row, _) in people.items()), reverse=True
            )
            found.append(
                tuple(
                    Candidate(name, score, (EntryRef(f"{name}-1", people[name][1], None),))
                    for score, name in scored
                )
            )
        return found


def run(
    script: list[tuple[Detection, ...]],
    templates: list[Floats],
    rules: Rules = ASKED,
    gallery: TwoPeople | None = None,
) -> tuple[list[Recognition], Pipeline, ScriptedEmbedder]:
    embedder = ScriptedEmbedder(templates)
    pipeline = Pipeline(
        ScriptedDetector(script),
        embedder,
        gallery or TwoPeople(),
        manifest(),
        rules,
        track_timeout_s=1.0,
        now_s=itertools.count().__next__,
    )
    found = [one for index in range(len(script)) for one in pipeline.process(frame(index))]
    return found, pipeline, embedder


def who(found: list[Recognition]) -> set[str]:
    return {one.entry.entry_id for one in found}


def test_two_people_who_swap_tracks_are_each_found_and_never_mixed() -> None:
    """Bob's third look falls on Ada's track and hers on his: both tracks begin afresh."""
    looks = [ADA, BOB, ADA, BOB, *[BOB, ADA] * 3]
    found, pipeline, _ = run([(face(100), face(600))] * 5, looks)
    assert who(found) == {"ada-staff", "ada-vip", "bob-staff"}
    assert all(one.frames == 3 for one in found)
    assert {one.track for one in found} == {3, 4}
    assert pipeline.counts["splits"] == 2


def test_a_track_that_turned_into_another_face_short_of_a_hit_is_uncertain_for_its_list() -> None:
    _, pipeline, _ = run([(face(100),)] * 8, [ADA, ADA, *[STRANGER] * 6])
    assert pipeline.counts["uncertain"] == 1
    assert pipeline.uncertain_by_list == {"staff": 1}


def test_an_uncertain_track_is_not_counted_when_no_list_asks() -> None:
    _, pipeline, _ = run([(face(100),)] * 8, [ADA, ADA, *[STRANGER] * 6], RULES)
    assert pipeline.counts["uncertain"] == 0


def test_a_stranger_who_turns_into_another_stranger_is_not_uncertain() -> None:
    _, pipeline, _ = run([(face(100),)] * 8, [STRANGER] * 2 + [-STRANGER] * 6)
    assert pipeline.counts["splits"] == 1
    assert pipeline.counts["uncertain"] == 0


def test_a_face_between_two_siblings_of_the_register_is_uncertain_and_never_a_hit() -> None:
    looks = [between(ADA, SIBLING, 0.5)] * 6
    found, pipeline, _ = run([(face(100),)] * 6 + [()] * 12, looks, gallery=Siblings())
    assert found == []
    assert pipeline.counts["uncertain"] == 1
    assert pipeline.uncertain_by_list == {"staff": 1}


def test_looks_that_tell_siblings_apart_make_an_uncertain_track_a_hit() -> None:
    looks = [between(ADA, SIBLING, 0.5)] * 3 + [ADA] * 6
    found, pipeline, _ = run([(face(100),)] * 9 + [()] * 12, looks, gallery=Siblings())
    assert who(found) == {"ada-1"}
    assert found[0].frames > 3
    assert pipeline.counts["uncertain"] == 0


def test_a_person_taken_over_by_a_decided_track_is_found_within_the_check_interval() -> None:
    looks = [ADA] * 3 + [BOB] * 4
    found, pipeline, embedder = run([(face(100),)] * 40, looks + [BOB] * 10)
    assert who(found) == {"ada-staff", "ada-vip", "bob-staff"}
    assert pipeline.counts["splits"] == 1
    assert embedder.chips <= 8


def test_someone_coming_from_afar_is_decided_by_better_looks_than_the_first_ones() -> None:
    """Ten poor looks fill the track; nearer ones take their places, and the track is a hit."""
    poor = between(ADA, STRANGER, 0.4)  # cosine 0.83: not enough, yet the same face
    far = [(face(100, size=50),)] * 10
    near = [(face(100, size=min(100, 52 + 4 * i)),) for i in range(20)]
    found, _, embedder = run(far + near, [poor] * 10 + [ADA] * 20)
    assert who(found) == {"ada-staff", "ada-vip"}
    assert found[0].frames == RULES.max_looks
    assert embedder.chips > RULES.max_looks


def test_looks_that_are_no_better_than_those_fused_are_not_embedded() -> None:
    near, far = [(face(100, size=60),)] * 10, [(face(100, size=56),)] * 9
    _, _, embedder = run(near + far, [STRANGER] * 10)
    assert embedder.chips == RULES.max_looks


def test_ever_better_looks_of_a_stranger_cost_a_bounded_number_of_embeddings() -> None:
    grown = [(face(100, size=46 * 1.02**i),) for i in range(60)]
    _, _, embedder = run(grown, [STRANGER] * 60)
    checks = 3  # one every two seconds
    assert RULES.max_looks < embedder.chips <= 3 * RULES.max_looks + checks


def test_the_threshold_that_decided_is_told_in_the_recognition() -> None:
    rules = replace(ASKED, by_looks=((3, 0.97), (5, 0.99)))
    found, _, _ = run([(face(100),)] * 6, [ADA] * 6, rules)
    assert (found[0].frames, found[0].threshold) == (3, 0.97)


def test_a_track_short_of_the_threshold_is_decided_as_soon_as_its_evidence_suffices() -> None:
    """Scores of 0.955 at three looks and more: only the threshold from five looks on is met."""
    rules = replace(ASKED, by_looks=((3, 0.97), (5, 0.95)))
    near = between(ADA, STRANGER, 0.24)
    found, _, _ = run([(face(100),)] * 8, [near] * 8, rules)
    assert found[0].frames == 5
    assert found[0].frame_index == 4


def test_retuning_changes_the_decision_from_the_next_frame_on() -> None:
    embedder = ScriptedEmbedder([between(ADA, STRANGER, 0.24)] * 6)
    pipeline = Pipeline(
        ScriptedDetector([(face(100),)] * 6),
        embedder,
        TwoPeople(),
        manifest(),
        replace(RULES, threshold=0.99),
        track_timeout_s=1.0,
        now_s=itertools.count().__next__,
    )
    assert [one for index in range(4) for one in pipeline.process(frame(index))] == []
    pipeline.retune(((3, 0.95),))
    assert len(pipeline.process(frame(4))) == 2


def test_a_stranger_who_was_judged_is_counted_once_and_an_enrolled_person_is_not() -> None:
    script = [(face(100), face(600))] * 4 + [()] * 12
    _, pipeline, _ = run(script, [ADA, STRANGER, ADA, STRANGER, ADA, STRANGER, STRANGER])
    assert pipeline.counts["unknown"] == 1
