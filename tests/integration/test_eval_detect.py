"""``watchpost eval detect`` with real models on rendered people and computed backgrounds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.cli.main import main
from edge.demo.truth import DATA, people


def measured(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["eval", "detect", *map(str, words), "--json"]) == 0
    text = capsys.readouterr().out
    assert not {person.key for person in people()} & set(re.findall(r"\w+", text))
    tree: dict[str, Any] = json.loads(text)
    return tree


@pytest.fixture
def backgrounds(tmp_path: Path) -> Path:
    folder = tmp_path / "backgrounds"
    folder.mkdir()
    generator = np.random.default_rng(2)
    for number in range(4):
        rough = generator.integers(0, 255, (9, 16, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), cv2.resize(rough, (640, 360)))
    (folder / "notes.txt").write_text("no picture")
    (folder / "broken.jpg").write_bytes(b"no picture either")
    return folder


def test_faces_of_the_bundled_clip_are_found_where_its_truth_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tree = measured(capsys, DATA, "--truth", DATA / "clip.json")
    faces = sum(cell["faces"] for cell in tree["recall"]["light"].values())
    found = sum(cell["found"] for cell in tree["recall"]["light"].values())
    assert faces > 100
    assert found / faces > 0.97
    assert tree["truth"] == "file"


def test_pasted_photos_are_found_best_when_large_and_in_the_light(
    capsys: pytest.CaptureFixture[str], backgrounds: Path
) -> None:
    tree = measured(capsys, DATA / "photos", "--photos", 12, "--backgrounds", backgrounds, "--list")
    recall = {
        light: {size: cell["recall"] for size, cell in cells.items()}
        for light, cells in tree["recall"].items()
    }
    assert recall["light"]["60"] >= 0.9
    assert sum(recall["light"].values()) >= sum(recall["dark"].values())
    assert tree["canvas_px"] == [640, 384]
    alarms = tree["false_positives"]
    assert (alarms["pictures"], alarms["unreadable"]) == (4, 1)
    assert alarms["detections"] == sum(alarms["detections_by_picture_number"].values())


def test_the_same_seed_gives_the_same_report_on_any_canvas(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = (DATA / "photos", "--photos", 4, "--canvas", "800x600", "--seed", 5)
    one = measured(capsys, *words)
    assert one == measured(capsys, *words)
    assert one["canvas_px"] == [800, 600]


def test_marked_pictures_are_measured_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = DATA / "photos" / people()[0].key / "enrol_1.jpg"
    (tmp_path / "one.jpg").symlink_to(photo)
    nobody = {"pictures": [{"file": "one.jpg", "faces": []}]}
    (tmp_path / "truth.json").write_text(json.dumps(nobody))
    # A link out of the folder is a file outside it.
    assert main(["eval", "detect", str(tmp_path), "--truth", str(tmp_path / "truth.json")]) > 0
    (tmp_path / "one.jpg").unlink()
    (tmp_path / "one.jpg").write_bytes(photo.read_bytes())
    tree = measured(capsys, tmp_path, "--truth", tmp_path / "truth.json")
    assert tree["unmatched"]["detections"] == 1


@pytest.mark.parametrize("size", ["640", "0x0", "9999x640", "ax384"])
def test_a_canvas_of_no_sensible_size_is_refused(size: str) -> None:
    with pytest.raises(SystemExit):
        main(["eval", "detect", str(DATA / "photos"), "--canvas", size])
