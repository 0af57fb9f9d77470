"""Truth files: two shapes, bounded, about files inside the folder only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.errors import ConfigError
from edge.eval.truth import read_truth

EYES = [[10, 20], [40, 20]]


def written(folder: Path, tree: Any) -> Path:
    path = folder / "truth.json"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree))
    return path


def test_pictures_are_read_with_their_eyes_also_those_without_faces(tmp_path: Path) -> None:
    pictures = [{"file": "a.jpg", "faces": [{"eyes": EYES}]}, {"file": "b.jpg", "faces": []}]
    truth = read_truth(written(tmp_path, {"pictures": pictures, "by": "hand"}), tmp_path)
    assert {path.name: len(eyes) for path, eyes in truth.pictures.items()} == {
        "a.jpg": 1,
        "b.jpg": 0,
    }
    assert truth.pictures[tmp_path / "a.jpg"].tolist() == [EYES]
    assert truth.video is None


def test_a_video_is_read_frame_by_frame_whoever_is_in_it(tmp_path: Path) -> None:
    walks = [
        {"person": "a", "frames": [{"frame": 4, "eyes": EYES}, {"frame": 5, "eyes": EYES}]},
        {"person": "b", "frames": [{"frame": 5, "eyes": EYES}]},
    ]
    truth = read_truth(written(tmp_path, {"file": "clip.mp4", "appearances": walks}), tmp_path)
    assert {number: len(eyes) for number, eyes in truth.frames.items()} == {4: 1, 5: 2}
    assert truth.video == tmp_path / "clip.mp4"


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ([], "valid dictionary"),
        ({"pictures": []}, "pictures"),
        ({"file": "a.mp4"}, "appearances"),
        ({"pictures": [{"file": "a.jpg", "faces": [{"eyes": [[1, 1]]}]}]}, "eyes"),
        ({"pictures": [{"file": "a.jpg", "faces": [{"eyes": [[1, 1e9], [2, 2]]}]}]}, "eyes"),
        ({"pictures": [{"file": "a.jpg", "faces": [{"eyes": [[1, 1], [1, 1]]}]}]}, "1 px apart"),
        ({"pictures": [{"file": "../a.jpg", "faces": []}]}, "outside"),
        ({"file": "/etc/passwd", "appearances": []}, "outside"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_reason(
    tmp_path: Path, tree: Any, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        read_truth(written(tmp_path, tree), tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_truth(tmp_path / "none.json", tmp_path)
