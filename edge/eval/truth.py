"""Where faces really are: the truth file of ``watchpost eval detect --truth``.

In: a JSON file of one of two shapes, other keys ignored; eyes are ``[[x, y], [x, y]]``, the eye
on the image's left first, in pixels as in :mod:`edge.values`:

    {"pictures": [{"file": "hall.jpg", "faces": [{"eyes": [[10, 20], [40, 20]]}]}]}
    {"file": "clip.mp4", "appearances": [{"frames": [{"frame": 4, "eyes": [[…], […]]}]}]}

The second is that of the bundled clip: an appearance is one person's way through a video. A
picture without faces is listed with an empty list. Out: eyes by picture or by frame. Always:
files lie inside the folder; sizes are bounded; a face whose eyes coincide is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import ConfigError
from edge.values import MAX_SIDE_PX, Floats

MAX_TRUTH_BYTES = 64 * 1024 * 1024
_Coordinate = Annotated[float, Field(ge=-MAX_SIDE_PX, le=2 * MAX_SIDE_PX)]
_Point = tuple[_Coordinate, _Coordinate]
_REMEDY = "docs/accuracy.md shows both shapes of a truth file."


class _Table(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Face(_Table):
    eyes: tuple[_Point, _Point]


class _Picture(_Table):
    file: Annotated[str, Field(min_length=1, max_length=1024)]
    faces: tuple[_Face, ...]


class _Sighting(_Face):
    frame: Annotated[int, Field(ge=0)]


class _Appearance(_Table):
    frames: tuple[_Sighting, ...]


class _Pictures(_Table):
    pictures: Annotated[tuple[_Picture, ...], Field(min_length=1)]


class _Video(_Table):
    file: Annotated[str, Field(min_length=1, max_length=1024)]
    appearances: tuple[_Appearance, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """Eyes by picture, or by frame of one video.

    Attributes:
        pictures: (n, 2, 2) eyes for each picture file; empty for a video.
        video: the video, or None.
        frames: (n, 2, 2) eyes by index of the frame; a frame that is missing has no face.
    """

    pictures: dict[Path, Floats]
    video: Path | None
    frames: dict[int, Floats]


def read_truth(path: Path, folder: Path) -> Truth:
    """Read a truth file about what lies in a folder.

    Raises:
        ConfigError: it cannot be read, is of neither shape, or names a file outside the folder.
    """
    tree = _tree(path)
    kind = _Pictures if isinstance(tree, dict) and "pictures" in tree else _Video
    try:
        told = kind.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {where}: {first['msg'].lower()}.", _REMEDY) from error
    if isinstance(told, _Pictures):
        eyes = {_inside(folder, one.file): _eyes(path, one.faces) for one in told.pictures}
        return Truth(eyes, None, {})
    by_frame: dict[int, list[_Face]] = {}
    for appearance in told.appearances:
        for one in appearance.frames:
            by_frame.setdefault(one.frame, []).append(one)
    frames = {number: _eyes(path, tuple(faces)) for number, faces in by_frame.items()}
    return Truth({}, _inside(folder, told.file), frames)


def _tree(path: Path) -> object:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TRUTH_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"The truth file {path} cannot be read ({error.strerror}).", "Check --truth."
        ) from error
    if len(data) > MAX_TRUTH_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_TRUTH_BYTES} bytes.", _REMEDY)
    try:
        tree: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is no JSON.", _REMEDY) from error
    return tree


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(
            f"The truth file names {name!r}, outside {folder}.",
            "Name files relative to DIR, inside it.",
        )
    return path


def _eyes(path: Path, faces: tuple[_Face, ...]) -> Floats:
    eyes = np.array([face.eyes for face in faces], np.float32).reshape(-1, 2, 2)
    apart = np.hypot(*(eyes[:, 1] - eyes[:, 0]).T)
    if not (apart >= 1.0).all():
        raise ConfigError(f"{path} holds a face whose eyes are less than 1 px apart.", _REMEDY)
    return eyes
