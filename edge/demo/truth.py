"""The demo's rendered people and what the bundled clip shows.

In: ``data/people.toml`` (who) and ``data/clip.json`` (who is where and when). Out: frozen
values. None of these people exists; see ``models/build/people/`` for how they were made.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A rendered person.

    Attributes:
        key: folder of the person's photos.
        name: an invented name.
        enrolled: whether the demo enrols them; the others are strangers.
    """

    key: str
    name: str
    enrolled: bool

    def photos(self, kind: str = "enrol") -> list[Path]:
        """The person's pictures of a kind: ``enrol`` or ``view``."""
        return sorted((DATA / "photos" / self.key).glob(f"{kind}_*"))


@dataclass(frozen=True, slots=True)
class Appearance:
    """One walk through the clip: frames count from 0, both ends belong to it."""

    key: str
    first_frame: int
    last_frame: int


@dataclass(frozen=True, slots=True)
class Clip:
    """The bundled clip.

    Attributes:
        path: the video file.
        frames_per_s: its rate.
        appearances: who walks through, in the order they begin.
    """

    path: Path
    frames_per_s: float
    appearances: tuple[Appearance, ...]


def people() -> tuple[DemoPerson, ...]:
    """All rendered people, enrolled ones and strangers."""
    tree = tomllib.loads((DATA / "people.toml").read_text("utf-8"))
    return tuple(
        DemoPerson(str(one["key"]), str(one["name"]), bool(one["enrolled"]))
        for one in tree["person"]
    )


def clip() -> Clip:
    """The bundled clip and its truth."""
    tree = json.loads((DATA / "clip.json").read_text("utf-8"))
    walks = sorted(
        (
            Appearance(str(one["person"]), int(one["first_frame"]), int(one["last_frame"]))
            for one in tree["appearances"]
        ),
        key=lambda walk: walk.first_frame,
    )
    return Clip(DATA / str(tree["file"]), float(tree["fps"]), tuple(walks))
