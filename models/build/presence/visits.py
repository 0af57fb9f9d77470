"""Renders what the presence check is fitted and measured on: portraits, visits, turned heads.

In: `people.toml`. Out, in a folder: `still/KEY.png` (a portrait of 512 px, what an attacker prints
or shows), `visit/KEY_N/FF.png` (a head with alpha that stands before a door camera and looks
around, with `FF.json`: its eyes), `turned/KEY/yaw_DD.jpg` (256 px, yaw 0, 15, 30, 45 degrees).
Pictures that exist are left alone, so that several processes share the work.

    THREADS=1 python -m models.build.presence.visits DEMO_DATA OUT still|visit|turned [KEY ...]
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from pathlib import Path

import numpy as np
from PIL import Image

from models.build.people import body, room, scene
from models.build.people.pose import Pose
from models.build.people.views import person

STILL_PX, STILL_SAMPLES = 512, 8
TURNED_PX, TURNED_SAMPLES = 256, 10
VISIT_PX, VISIT_SAMPLES, VISIT_FRAMES, VISIT_FPS = 320, 4, 14, 5.0
PORTRAIT_LENS_MM, LENS_MM, FRAME_PX = 112.0, 42.0, 1280
YAWS_DEG = (0, 15, 30, 45)
LAMPS = ((20, 30, 26, "neutral", 0.3, 0.15), (-25, 25, 26, "day", 0.3, 0.15))
SWAYS_DEG = (2.0, 6.0, 12.0)  # how far a visitor looks around: hardly, a little, much


def render_still(entry: dict, path: Path) -> None:
    """A frontal portrait."""
    figure = body.build(person(entry), Pose("slight", (3, 0, 0), (0, 0), body_yaw=0.0))
    scene.clear()
    scene.add_figure(figure)
    room.add_room(entry["seed"] * 8 + 90, room.PORTRAIT_DEPTH_M)
    room.add_portrait_lights(*LAMPS[entry["seed"] % 2])
    scene.set_camera((0, -1.2, 0.02), (0, 0, -0.03), PORTRAIT_LENS_MM)
    scene.render(path, scene.Picture(STILL_PX, STILL_PX, STILL_SAMPLES))


def render_turned(entry: dict, yaw_deg: int, side: int, path: Path) -> None:
    """A head turned by so many degrees, a third of it by the body."""
    yaw = float(yaw_deg * side)
    pose = Pose("neutral", (yaw * 2 / 3, 0, 0), (0, 0), body_yaw=yaw / 3)
    scene.clear()
    scene.add_figure(body.build(person(entry), pose))
    room.add_room(entry["seed"] * 8 + 91, room.PORTRAIT_DEPTH_M)
    room.add_portrait_lights(*LAMPS[1])
    scene.set_camera((0, -1.2, 0.03), (0, 0, -0.03), PORTRAIT_LENS_MM)
    with tempfile.TemporaryDirectory() as scratch:
        png = Path(scratch) / "head.png"
        scene.render(png, scene.Picture(TURNED_PX, TURNED_PX, TURNED_SAMPLES))
        Image.open(png).convert("RGB").save(path, quality=90)


def render_visit(entry: dict, number: int, folder: Path) -> None:
    """A visit: the head comes nearer and looks around."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng([entry["seed"], number])
    sway = SWAYS_DEG[(entry["seed"] + number) % len(SWAYS_DEG)]
    phase = generator.uniform(0, 2 * np.pi, 4)
    near, far = generator.uniform(1.4, 1.8), generator.uniform(1.9, 2.6)
    aside, up = generator.uniform(-8, 8), generator.uniform(-0.05, 0.25)
    for index in range(VISIT_FRAMES):
        path = folder / f"{index:02d}.png"
        if path.exists():
            continue
        t_s = index / VISIT_FPS
        yaw = aside + sway * np.sin(2 * np.pi * t_s / 2.9 + phase[0])
        pitch = 0.5 * sway * np.sin(2 * np.pi * t_s / 2.1 + phase[1])
        roll = 0.3 * sway * np.sin(2 * np.pi * t_s / 3.7 + phase[2])
        pose = Pose("neutral", (yaw, pitch, roll), (-yaw / 2, 0), body_yaw=0.2 * yaw)
        figure = body.build(person(entry), pose)
        scene.clear(quick_denoise=True)
        scene.add_figure(figure)
        scene.set_ambient(0.3)
        room.add_portrait_lights(*LAMPS[number % 2])
        distance = far + (near - far) * min(1.0, t_s / 2.0)
        scene.set_camera((0, -distance, up), (0, 0, -0.05), LENS_MM)
        left, top = (FRAME_PX - VISIT_PX) // 2, (720 - VISIT_PX) // 2
        border = (left, top, left + VISIT_PX, top + VISIT_PX)
        scene.render(path, scene.Picture(FRAME_PX, 720, VISIT_SAMPLES, border))
        path.with_suffix(".json").write_text(
            json.dumps({"yaw_deg": float(yaw), "sway_deg": sway, "distance_m": distance}), "utf-8"
        )


def main(data: Path, out: Path, what: str, keys: list[str]) -> None:
    """Render what is missing."""
    people = tomllib.loads((data / "people.toml").read_text("utf-8"))["person"]
    for index, entry in enumerate(p for p in people if not keys or p["key"] in keys):
        key = entry["key"]
        if what == "still":
            path = out / "still" / f"{key}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                render_still(entry, path)
        elif what == "visit":
            render_visit(entry, 0, out / "visit" / f"{key}_0")
        else:
            folder = out / "turned" / key
            folder.mkdir(parents=True, exist_ok=True)
            for yaw in YAWS_DEG:
                path = folder / f"yaw_{yaw:02d}.jpg"
                if not path.exists():
                    render_turned(entry, yaw, 1 if index % 2 else -1, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
