"""What the camera page says of a picture: a number, its limit, and one thing to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.status.aiming import coverage, describe
from edge.values import Verdict
from edge.values.preview import COVERAGE_COLUMNS, COVERAGE_ROWS, HISTOGRAM_BINS, Exposure
from tests.fakes.previews import FACE, facts_of

CELLS = COVERAGE_COLUMNS * COVERAGE_ROWS


def exposure(mean: float = 120.0, dark: float = 0.0, bright: float = 0.0) -> Exposure:
    return Exposure(mean, dark, bright, (1 / HISTOGRAM_BINS,) * HISTOGRAM_BINS)


def meter(said: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in said["meters"] if one["name"] == name)
    return found


@pytest.mark.parametrize(
    ("inter_eye_px", "tone", "words"),
    [
        (15.0, "failure", "Faces are 15 px between the eyes here: 22 are needed."),
        (31.0, "warning", "Faces are 31 px between the eyes here: good down to 22."),
        (50.0, "good", "Faces are 50 px between the eyes here: good down to 22."),
    ],
)
def test_the_size_of_faces_is_told_with_its_limit(
    inter_eye_px: float, tone: str, words: str
) -> None:
    size = meter(describe(facts_of(replace(FACE, inter_eye_px=inter_eye_px))), "size")
    assert (size["tone"], size["words"]) == (tone, words)


def test_the_advice_is_the_first_thing_to_do() -> None:
    cap = facts_of(FACE, focus=3.0, exposure=exposure(mean=10))
    assert describe(cap)["advice"].startswith("Focus first")
    dark = facts_of(FACE, exposure=exposure(mean=10))
    assert describe(dark)["advice"].startswith("Mend the light")
    assert describe(facts_of())["advice"].startswith("Ask somebody to stand")
    small = facts_of(replace(FACE, inter_eye_px=9.0))
    assert "move the camera nearer" in describe(small)["advice"]
    assert describe(facts_of(replace(FACE, inter_eye_px=30.0)))["advice"].startswith("This works.")
    assert describe(facts_of(FACE))["advice"] == "This is a good place for the camera."


@pytest.mark.parametrize(
    ("seen", "begins"),
    [
        (exposure(bright=0.2), "Too bright: 20 % burnt out"),
        (exposure(dark=0.4), "Too dark: 0 % burnt out, 40 % black"),
        (exposure(mean=30), "Too dark"),
        (exposure(), "Good"),
    ],
)
def test_the_light_is_told_with_its_shares(seen: Exposure, begins: str) -> None:
    assert meter(describe(facts_of(exposure=seen)), "exposure")["words"].startswith(begins)


def test_focus_is_told_against_the_sharpest_seen() -> None:
    focus = meter(describe(facts_of(focus=105.0, focus_best=210.0)), "focus")
    assert focus["words"].startswith("50 %")
    assert focus["value"] == 0.5
    assert focus["tone"] == "failure"


def test_a_face_says_why_its_look_was_not_used() -> None:
    flawed = replace(FACE, verdict=Verdict.TENTATIVE, flaw="The face is turned away.")
    (said,) = describe(facts_of(flawed))["faces"]
    assert (said["words"], said["tone"]) == ("is turned away", "warning")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_standing_of_a_track_has_words_and_nobody_is_named(verdict: Verdict) -> None:
    (said,) = describe(facts_of(replace(FACE, verdict=verdict)))["faces"]
    assert said["words"]
    assert set(said) == {"box", "size", "words", "tone"}


def test_a_wild_box_stays_near_the_picture() -> None:
    wild = replace(FACE, box=(-1e9, 1e9, 1e9, -1e9))
    (said,) = describe(facts_of(wild))["faces"]
    assert said["box"] == [-1.0, 2.0, 2.0, -1.0]


def test_the_map_is_darkest_where_most_faces_were_found() -> None:
    middle = CELLS // 2
    counts = tuple(100 if n == middle else 1 if n == middle + 1 else 0 for n in range(CELLS))
    found = coverage(facts_of(coverage=counts))
    assert found["shades"][middle] == 1.0
    assert 0 < found["shades"][middle + 1] < 1
    assert found["words"] == "Faces were found 101 times since the recogniser started."


def test_faces_at_the_edge_are_worth_a_word() -> None:
    counts = (50,) + (0,) * (CELLS - 1)
    assert "turn the camera" in coverage(facts_of(coverage=counts))["words"]
    empty = coverage(facts_of())
    assert set(empty["shades"]) == {0.0}
