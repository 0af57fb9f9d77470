"""``watchpost eval identify`` with real models: rendered people, and the dev faces if present."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edge.cli.main import main
from edge.demo.truth import DATA, people

PHOTOS = DATA / "photos"
FACES = Path(__file__).parents[3] / "shared" / "faces-dev"


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    assert main(["eval", "identify", *map(str, words)]) == 0
    return capsys.readouterr().out


def measured(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(said(capsys, *words, "--json"))
    return tree


def test_rendered_people_are_told_apart_and_nobody_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    enrolled = sum(person.enrolled for person in people())
    text = said(capsys, PHOTOS, "--enrol", 3, "--frames", 3, "--json")
    tree = json.loads(text)
    assert tree["gallery"] == enrolled
    assert tree["probes"]["non_mated"] == len(people()) - enrolled
    assert tree["probes"]["mated"] == 2 * enrolled
    assert tree["rank1"] == 1.0
    assert tree["fnir_at_fpir"]["0.1"] == 0.0
    assert tree["unresolved_fpir"] == ["0.1", "0.01", "0.003"]
    assert not {person.key for person in people()} & set(re.findall(r"\w+", text))


def test_the_text_report_states_the_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, PHOTOS, "--enrol", 5, "--frames", 2, "--gates", "--seed", 7)
    assert "5 photos enrolled, 2 fused" in text
    assert "gates on" in text
    assert "seed 7" in text
    assert str(PHOTOS) not in text


def test_a_flat_folder_gives_what_folders_per_person_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = [person.key for person in people()][8:14]
    for key in chosen:
        for number, photo in enumerate(sorted((PHOTOS / key).glob("*.jpg"))):
            for place in (
                tmp_path / "flat" / f"{key}_{number:04d}.jpg",
                tmp_path / "nested" / key / f"{number:04d}.jpg",
            ):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(photo)
    flat, nested = (measured(capsys, tmp_path / kind) for kind in ("flat", "nested"))
    del flat["ms_a_face"], nested["ms_a_face"]
    assert flat == nested


def test_degraded_probes_score_lower_and_the_report_says_what_was_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = (PHOTOS, "--enrol", 3, "--frames", 2)
    clean = measured(capsys, *words)
    worse = measured(capsys, *words, "--degrade", "inter-eye=14", "--degrade", "noise=12")
    assert worse["degraded"] == ["inter-eye=14", "noise=12"]
    assert worse["at_pack_threshold"]["fnir"] > clean["at_pack_threshold"]["fnir"]
    assert worse["upsampled_pictures"] == 0


def test_the_curve_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="the extra eval is not installed")
    said(capsys, PHOTOS, "--enrol", 3, "--frames", 2, "--plot", tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["nowhere"], "cannot be read"),
        ([str(PHOTOS), "--enrol", "0"], "out of range"),
        ([str(PHOTOS), "--enrol", "9", "--frames", "9"], "open-set"),
        ([str(PHOTOS), "--degrade", "fog=1"], "no degradation"),
        ([str(PHOTOS), "--plot", "curve.gif"], "cannot be written"),
        ([str(PHOTOS), "--pack", "none"], "no model pack"),
    ],
)
def test_what_cannot_be_measured_ends_with_the_reason(
    capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    assert main(["eval", "identify", *words]) > 0
    assert problem in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not FACES.is_dir(), reason="the folder of dev faces is not on this machine")
def test_on_the_dev_faces_three_photos_and_three_looks_miss_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tree = measured(capsys, FACES, "--enrol", 3, "--frames", 3)
    assert (tree["gallery"], tree["probes"]) == (53, {"mated": 240, "non_mated": 1164})
    assert tree["fnir_at_fpir"]["0.01"] == 0.0
    assert tree["fta"]["rate"] < 0.01
