"""Presentations are counted as a box would take them: accepted at any moment, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.errors import CaptureError, ConfigError
from edge.eval.attack import AttackReport, films_in, measure_attacks
from edge.recognise.pack import PresenceLimits
from edge.values import Detection, Floats, Frame
from tests.fakes.measuring import instruments, nothing
from tests.unit.recognise.test_presence import GREY, HALF, HEAD, PICTURE, START, seen, turned

LIMITS = PresenceLimits(min_sightings=8, min_span_s=0.7, min_depth=0.018, max_edge=1.6)
SHOWN: dict[str, Floats | None] = {"head": HEAD, "picture": PICTURE, "nobody": None}


class Told:
    """Finds what the film's name says, which the frame's camera carries."""

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        points = SHOWN[frame.camera.split("-")[0]]
        if points is None:
            return ()
        return (seen(turned(points, float(9 * np.sin(frame.index / 4)))),)


def play(film: Path) -> Iterator[Frame]:
    if film.stem == "broken":
        raise CaptureError("It cannot be read.", "Try another.")
    for index in range(4 if film.stem.endswith("brief") else 20):
        yield Frame(film.stem, index, index / 10, START, GREY, HALF, HALF)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("bona_fide/head-1", "bona_fide/head-2", "bona_fide/head-brief"):
        film(tmp_path, name)
    for name in ("print/picture-1", "print/picture-2", "print/nobody", "film/head", "film/broken"):
        film(tmp_path, name)
    return tmp_path


def film(folder: Path, name: str) -> None:
    path = folder / f"{name}.mp4"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")


def report(folder: Path) -> AttackReport:
    made = replace(instruments(), detector=Told(), play=play)
    return AttackReport("fake", measure_attacks(made, LIMITS, films_in(folder), nothing))


def test_error_rates_are_counted_by_species_and_the_worst_is_named(folder: Path) -> None:
    tree = report(folder).as_json()
    assert tree["apcer_by_species"] == {"film": 0.5, "print": 0.0}
    assert tree["apcer"] == 0.5
    assert tree["bpcer"] == 0.0
    assert tree["bpnrr"] == pytest.approx(1 / 3)


def test_each_kind_says_how_its_films_ended(folder: Path) -> None:
    kinds = report(folder).as_json()["kinds"]
    assert kinds["print"]["outcomes"] == {"no depth seen": 2, "no face found": 1}
    assert kinds["film"]["outcomes"] == {"accepted": 1, "unreadable": 1}
    assert kinds["bona_fide"]["no_response"] == 1


def test_the_report_for_people_has_a_line_a_kind(folder: Path) -> None:
    lines = report(folder).lines()
    assert [line.split()[0] for line in lines[2:5]] == ["bona_fide", "film", "print"]
    assert lines[-1].startswith("APCER of the worst species 0.500; BPCER 0.000")


def test_a_folder_without_films_of_people_is_refused(tmp_path: Path) -> None:
    film(tmp_path, "print/picture")
    with pytest.raises(ConfigError, match="some of them of people"):
        films_in(tmp_path)
