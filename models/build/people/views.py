"""Head shots of the demo's people: nine views each of the enrolled, four of the strangers.

In: `people.toml` (seed, sex, skin of each person). Out: JPEG photos of 256 x 256 pixels, a folder a
person: `enrol_1..5` and `view_1..4`. Photos that exist are left alone.

    THREADS=1 python -m models.build.people.views DEMO_DATA_FOLDER [KEY ...]
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from models.build.people import body, room, scene
from models.build.people.identity import TONE, Identity, identity
from models.build.people.pose import Pose

SIZE_PX, SAMPLES, LENS_MM, JPEG_QUALITY = 256, 12, 112.0, 90


@dataclass(frozen=True, slots=True)
class View:
    """How a head shot is taken: the face, the key lamp, the camera."""

    head: tuple[float, float, float]  # yaw, pitch, roll in degrees
    expression: str
    gaze: tuple[float, float]
    lamp: tuple[float, float, float, str, float, float]  # room.add_portrait_lights
    distance_m: float
    camera_up_m: float


VIEWS = [
    View((0, 0, 0), "neutral", (0, 0), (35, 25, 26, "neutral", 0.3, 0.15), 1.15, 0.0),
    View((14, -3, 2), "slight", (-8, 0), (-30, 35, 28, "warm", 0.3, 0.15), 1.05, 0.08),
    View((-18, 5, -3), "neutral", (10, -3), (50, 20, 26, "day", 0.4, 0.2), 1.3, -0.05),
    View((28, -6, 0), "neutral", (-10, 3), (20, 45, 30, "neutral", 0.25, 0.12), 1.2, 0.15),
    View((-27, 8, 3), "smile", (8, 0), (-45, 15, 24, "cool", 0.35, 0.2), 1.1, 0.0),
    View((4, 13, -4), "talk", (0, -6), (-65, 20, 30, "warm", 0.22, 0.1), 1.25, 0.05),
    View((-8, -12, 2), "frown", (5, 5), (70, 30, 30, "day", 0.3, 0.12), 1.2, 0.1),
    View((20, 6, -5), "smile", (-6, 0), (0, 40, 24, "neutral", 0.4, 0.2), 1.4, 0.2),
    View((10, 3, 0), "neutral", (0, 0), (-15, 30, 26, "day", 0.35, 0.15), 1.2, 0.05),
]
ENROLMENT = (0, 1, 2, 4, 8)
OTHERS = (3, 5, 6, 7)
STRANGERS = (0, 1, 2, 3)


def person(entry: dict) -> Identity:
    """The identity of an entry of `people.toml`."""
    ancestry = next(a for a, tone in TONE.items() if tone == entry["skin"])
    return identity(entry["seed"], entry["sex"], ancestry)


def photos(entry: dict) -> dict[str, int]:
    """The photos of a person: file stem and number of the view."""
    if not entry["enrolled"]:
        return {f"view_{n}": view for n, view in enumerate(STRANGERS, 1)}
    enrolment = {f"enrol_{n}": view for n, view in enumerate(ENROLMENT, 1)}
    return enrolment | {f"view_{n}": view for n, view in enumerate(OTHERS, 1)}


def render(
    who: Identity, number: int, path: Path, size_px: int = SIZE_PX, samples: int = SAMPLES
) -> None:
    """Render one view as a PNG."""
    view = VIEWS[number]
    pose = Pose(view.expression, view.head, view.gaze, body_yaw=view.head[0] * 0.25)
    figure = body.build(who, pose)
    scene.clear()
    scene.add_figure(figure)
    room.add_room(who.seed * 8 + number, room.PORTRAIT_DEPTH_M)
    room.add_portrait_lights(*view.lamp)
    scene.set_camera((0, -view.distance_m, view.camera_up_m), (0, 0, -0.03), LENS_MM)
    scene.render(path, scene.Picture(size_px, size_px, samples))


def main(data: Path, keys: list[str]) -> None:
    """Render the photos that are missing."""
    people = tomllib.loads((data / "people.toml").read_text("utf-8"))["person"]
    for entry in people:
        if keys and entry["key"] not in keys:
            continue
        folder = data / "photos" / entry["key"]
        folder.mkdir(parents=True, exist_ok=True)
        for stem, number in photos(entry).items():
            target = folder / f"{stem}.jpg"
            if target.exists():
                continue
            with tempfile.TemporaryDirectory() as scratch:
                png = Path(scratch) / "view.png"
                render(person(entry), number, png)
                picture = Image.open(png).convert("RGB")
                picture.save(target, quality=JPEG_QUALITY, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
