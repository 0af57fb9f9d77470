"""Rooms: a random one behind the head shots, and a hall with a doorway for the clip.

Blender's axes, metres; z = 0 is 1.6 m above the floor.
"""

from __future__ import annotations

import math

import bpy
import numpy as np

from models.build.people import materials, scene
from models.build.people.scene import Point

EYE_LEVEL_M = 1.6
HALL_SEED = 4242
HALL_DEPTH_M = 2.8
PORTRAIT_DEPTH_M = 2.2
DOORWAY_Y_M = 1.4
DOORWAY_HALF_M = 0.6
WALL_RGB = (0.46, 0.44, 0.38)
TRIM_RGB = (0.62, 0.6, 0.56)
LAMP_RGB = {
    "warm": (1, 0.78, 0.55),
    "neutral": (1, 0.95, 0.88),
    "day": (0.85, 0.93, 1.0),
    "cool": (0.75, 0.87, 1),
}
WOOD = np.array([1, 0.8, 0.6])


def box(centre: Point, size: Point, material: bpy.types.Material) -> None:
    """A box."""
    bpy.ops.mesh.primitive_cube_add(size=1, location=centre)
    made = bpy.context.object
    made.scale = size
    made.data.materials.append(material)


def add_room(seed: int, depth_m: float) -> None:
    """Walls, floor, ceiling and a few things on the wall behind the person."""
    r = np.random.default_rng(300 + seed)
    floor = -EYE_LEVEL_M
    paint = r.uniform(0.2, 0.65) * r.uniform(0.85, 1, 3)
    middle = floor + 1.3
    box((0, depth_m, middle), (7, 0.1, 2.8), materials.wall(paint))
    box((-3.2, 0, middle), (0.1, 9, 2.8), materials.wall(paint * 0.95))
    box((3.2, 0, middle), (0.1, 9, 2.8), materials.wall(paint * 0.9))
    wood = materials.flat(r.uniform(0.1, 0.4) * np.array([1, 0.8, 0.6]))
    box((0, 0, floor - 0.05), (7, 9, 0.1), wood)
    box((0, 0, floor + 2.7), (7, 9, 0.1), materials.flat((0.75, 0.75, 0.73)))
    for _ in range(r.integers(2, 6)):
        _add_thing(r, depth_m, floor)


def _add_thing(r: np.random.Generator, wall_y: float, floor: float) -> None:
    kind = r.choice(["frame", "cup", "door", "shelf"])
    x, apart = r.uniform(-2.2, 2.2), r.uniform(0, 0.012)
    colour = r.uniform(0.15, 0.6) * r.uniform(0.7, 1, 3)
    if kind == "frame":
        width, height = r.uniform(0.3, 0.9, 2)
        place = (x, wall_y - 0.06 - apart, floor + r.uniform(1.4, 1.9))
        box(place, (width, 0.03, height), materials.flat(colour))
    elif kind == "cup":
        width, height = r.uniform(0.6, 1.3), r.uniform(0.7, 1.9)
        place = (x, wall_y - 0.25 - apart, floor + height / 2)
        box(place, (width, 0.45, height), materials.flat(colour * WOOD))
    elif kind == "door":
        place = (x, wall_y - 0.06 - apart, floor + 1.02)
        box(place, (0.9, 0.04, 2.05), materials.flat(colour * 0.6 + 0.3))
    else:
        _add_shelf(r, x, wall_y - 0.17, floor + r.uniform(1.2, 1.8))


def _add_shelf(r: np.random.Generator, x: float, y: float, z: float) -> None:
    box((x, y, z), (1.1, 0.25, 0.03), materials.flat((0.4, 0.3, 0.2)))
    left = x - 0.5
    while left < x + 0.45:
        width, height = r.uniform(0.02, 0.07), r.uniform(0.15, 0.3)
        spine = materials.flat(r.uniform(0.05, 0.6) * r.uniform(0.35, 1, 3))
        box((left, y, z + height / 2), (width * 0.95, 0.18, height), spine)
        left += width


def add_portrait_lights(
    azimuth_deg: float, elevation_deg: float, watts: float, kind: str, fill: float, ambient: float
) -> None:
    """A key lamp, a weaker one on the other side, one on the ceiling, and even light."""
    x, y, z = scene.on_circle(azimuth_deg, elevation_deg, 1.8)
    scene.add_light((x, y, min(0.95, z)), (0, 0, 0), 0.6, watts, LAMP_RGB[kind])
    other_side = -1.2 * math.copysign(1, azimuth_deg or 1)
    scene.add_light((other_side, -1.6, 0.2), (0, 0, 0), 1.5, watts * fill, (1, 0.97, 0.94))
    scene.add_light((0, 0.4, 1.02), (0, 0.4, -1), 1.2, watts * 0.6, (1, 0.96, 0.9))
    scene.set_ambient(ambient, LAMP_RGB[kind])


def add_hall(*, only_light: bool = False) -> None:
    """The clip's hall, lamps included.

    With `only_light`, the camera sees nothing of it: the room only throws light, and the wall
    with the doorway cuts holes where it hides a walker.
    """
    people = set(bpy.data.objects)
    _add_doorway()
    doorway = set(bpy.data.objects) - people
    add_room(HALL_SEED, HALL_DEPTH_M)
    _add_pictures()
    if only_light:
        for thing in set(bpy.data.objects) - people:
            thing.is_holdout = thing in doorway
            thing.visible_camera = thing in doorway
    scene.add_light((-1.2, -0.4, 1.05), (-1.0, 0, -1), 1.0, 28, (1, 0.93, 0.82))
    scene.add_light((1.3, 0.7, 1.05), (1.1, 0.6, -1), 1.0, 26, (1, 0.93, 0.82))
    scene.add_light((0, 2.2, 1.05), (0, 2.1, -1), 0.8, 20, (1, 0.95, 0.88))
    scene.add_light((-2.9, -1.3, 0.4), (0, 0.3, -0.2), 1.6, 70, (0.85, 0.93, 1))
    scene.add_light((0.6, -2.2, 0.95), (0, 0.5, -0.2), 1.2, 22, (1, 0.96, 0.9))
    scene.set_ambient(0.05)


def _add_doorway() -> None:
    floor, y = -EYE_LEVEL_M, DOORWAY_Y_M
    wall, trim = materials.wall(WALL_RGB), materials.flat(TRIM_RGB)
    for side in (-1, 1):
        box((side * 1.96, y, floor + 1.35), (2.6, 0.1, 2.7), wall)
        box((side * 0.63, y, floor + 1.03), (0.07, 0.14, 2.06), trim)
    box((0, y - 0.005, floor + 2.4), (1.36, 0.1, 0.6), wall)
    box((0, y, floor + 2.095), (1.33, 0.14, 0.07), trim)


def _add_pictures() -> None:
    y = DOORWAY_Y_M - 0.065
    box((-1.12, y, 0.12), (0.42, 0.02, 0.56), materials.flat((0.1, 0.2, 0.26)))
    box((-1.12, y - 0.005, 0.12), (0.34, 0.022, 0.48), materials.flat((0.5, 0.42, 0.25)))
    box((1.05, y, 0.02), (0.3, 0.02, 0.42), materials.flat((0.08, 0.07, 0.06)))
    box((1.05, y - 0.005, 0.02), (0.25, 0.022, 0.36), materials.flat((0.55, 0.58, 0.6)))
