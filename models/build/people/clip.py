"""Render the parts of the demo clip: the empty hall once, then each walker in each frame.

In: `walks.toml`, `people.toml`. Out, in a scratch folder: `room.png`, and for each walker and frame
a crop with alpha `KEY_NNNN.png` and a note `KEY_NNNN.json` (null: nothing to be seen). A frame with
a note is left alone, so that several processes can share the work and a stopped run can go on.

    THREADS=1 python -m models.build.people.clip DEMO_DATA_FOLDER SCRATCH room
    THREADS=1 python -m models.build.people.clip DEMO_DATA_FOLDER SCRATCH KEY ...
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.build.people import body, room, scene, walk
from models.build.people.identity import Identity
from models.build.people.pose import Pose
from models.build.people.views import person

WIDTH_PX, HEIGHT_PX = 1280, 720
ROOM_SAMPLES = 24
NEAR_M, NEAR_SAMPLES, FAR_SAMPLES = 2.2, 3, 4  # near walkers cover more pixels
MARGIN_PX, SMALLEST_PX = 4, 8
CAMERA = walk.Camera(WIDTH_PX, HEIGHT_PX)


def pose_of(step: walk.Step) -> Pose:
    """The body's pose at a step."""
    return Pose(
        expression=step.expression,
        head=step.head,
        gaze=step.gaze,
        body_yaw=step.body_yaw,
        arms=step.arms,
        legs=step.legs,
        knees=step.knees,
    )


def behind_wall(step: walk.Step, pixels: NDArray[np.float64]) -> bool:
    """Whether a walker is still wholly hidden beside the doorway."""
    back, half = room.DOORWAY_Y_M + 0.06, room.DOORWAY_HALF_M
    if step.y_m <= back + 0.01:
        return False
    edges, _ = CAMERA.project(np.array([(-half, back, 0.0), (half, back, 0.0)]))
    return bool(pixels[:, 0].max() < edges[0, 0] or pixels[:, 0].min() > edges[1, 0])


def visible_part(figure: body.Figure, place: NDArray, step: walk.Step) -> list[int] | None:
    """x0, y0, x1, y1 of the picture that a walker covers, or None."""
    pixels, depth = CAMERA.project(scene.to_world(figure.corners()) + place)
    pixels = pixels[depth > 0.1]
    if not len(pixels) or behind_wall(step, pixels):
        return None
    low = np.maximum(np.floor(pixels.min(0)) - MARGIN_PX, 0)
    high = np.minimum(np.ceil(pixels.max(0)) + MARGIN_PX, (WIDTH_PX, HEIGHT_PX))
    x0, y0, x1, y1 = (int(v) for v in (*low, *high))
    return [x0, y0, x1, y1] if min(x1 - x0, y1 - y0) >= SMALLEST_PX else None


def note(key: str, frame: int, figure: body.Figure, place: NDArray, step: walk.Step) -> dict:
    """Where the head is: pixels from the top-left corner, metres, degrees off the camera."""
    eyes, depth = CAMERA.project(scene.to_world(figure.eyes()) + place)
    head, _ = CAMERA.project(scene.to_world(figure.head()) + place)
    camera_x, camera_y, _ = walk.CAMERA_M
    to_camera = np.degrees(np.arctan2(camera_x - step.x_m, step.y_m - camera_y))
    return {
        "person": key,
        "frame": frame,
        "eyes": eyes.tolist(),
        "head": [*head.min(0), *head.max(0)],
        "depth_m": float(depth.mean()),
        "yaw_deg": float(step.head[0] + step.body_yaw - to_camera),
    }


def render_step(who: Identity, key: str, frame: int, step: walk.Step, path: Path) -> dict | None:
    """Render one walker in one frame; the note, or None if nothing is to be seen."""
    figure = body.build(who, pose_of(step), walking=True)
    up = figure.eye_height_m - walk.EYE_LEVEL_M + step.bob_m
    place = np.array([step.x_m, step.y_m, up])
    part = visible_part(figure, place, step)
    if part is None:
        return None
    found = note(key, frame, figure, place, step) | {"crop": part}
    scene.clear(quick_denoise=True)
    scene.add_figure(figure, tuple(place))
    room.add_hall(only_light=True)
    scene.set_camera(walk.CAMERA_M, walk.CAMERA_TARGET_M, walk.LENS_MM)
    samples = FAR_SAMPLES if found["depth_m"] > NEAR_M else NEAR_SAMPLES
    scene.render(path, scene.Picture(WIDTH_PX, HEIGHT_PX, samples, tuple(part)))
    return found


def render_walks(data: Path, scratch: Path, keys: list[str]) -> None:
    """Render what is missing of some walkers."""
    people = tomllib.loads((data / "people.toml").read_text("utf-8"))["person"]
    entries = {p["key"]: p for p in people}
    fps, length_s, walks = walk.load(Path(__file__).with_name("walks.toml"))
    for one in (w for w in walks if w.key in keys):
        who = person(entries[one.key])
        for frame in range(round(length_s * fps)):
            path = scratch / f"{one.key}_{frame:04d}.png"
            step = walk.step(one, who.seed, frame / fps)
            if step is None or path.with_suffix(".json").exists():
                continue
            found = render_step(who, one.key, frame, step, path)
            path.with_suffix(".json").write_text(json.dumps(found), "utf-8")


def render_room(path: Path) -> None:
    """Render the empty hall."""
    scene.clear()
    room.add_hall()
    scene.set_camera(walk.CAMERA_M, walk.CAMERA_TARGET_M, walk.LENS_MM)
    scene.render(path, scene.Picture(WIDTH_PX, HEIGHT_PX, ROOM_SAMPLES))


def main(data: Path, scratch: Path, what: list[str]) -> None:
    """Render the room or some walkers."""
    scratch.mkdir(parents=True, exist_ok=True)
    if what == ["room"]:
        render_room(scratch / "room.png")
    else:
        render_walks(data, scratch, what)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
