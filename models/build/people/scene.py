"""A Blender scene: figures, lights, camera, render. Blender's axes: metres, z up, faces look to -y.

Blender runs as a Python module (`bpy`), Cycles on the processor, Open Image Denoise after it.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from models.build.people import materials
from models.build.people.body import METRES_PER_DM, Figure, Surface
from models.build.people.hair import Strands

Point = tuple[float, float, float]
Colour = tuple[float, float, float]
SENSOR_MM = 36.0


@dataclass(frozen=True, slots=True)
class Picture:
    """Size in pixels and samples a pixel; `border` is x0, y0, x1, y1 from the top left."""

    width_px: int
    height_px: int
    samples: int
    border: tuple[int, int, int, int] | None = None


def to_world(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Figures' axes (decimetres, y up, z forward) to Blender's (metres, z up, -y forward)."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.stack([x, -z, y], -1) * METRES_PER_DM


def clear(*, quick_denoise: bool = False) -> None:
    """An empty scene with the render settings of the project."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    if quick_denoise:
        cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "BALANCED"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 5, 2, 2
    cycles.transmission_bounces, cycles.transparent_max_bounces = 3, 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_adaptive_sampling = False
    scene.cycles_curves.shape = "RIBBONS"
    scene.render.threads_mode = "FIXED"
    scene.render.threads = int(os.environ.get("THREADS", "2"))
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    scene.render.image_settings.file_format = "PNG"


def _link(name: str, data: bpy.types.ID, place: Point) -> bpy.types.Object:
    made = bpy.data.objects.new(name, data)
    made.location = place
    bpy.context.scene.collection.objects.link(made)
    return made


def add_mesh(name: str, surface: Surface, material: bpy.types.Material, place: Point) -> None:
    """A smooth mesh with its values as attributes."""
    mesh = bpy.data.meshes.new(name)
    vertices = to_world(surface.vertices).astype(np.float32)
    quads = surface.quads.astype(np.int32)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.ravel())
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", quads.ravel())
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(0, quads.size, 4, dtype=np.int32))
    mesh.update(calc_edges=True)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(quads), bool))
    for key, values in surface.values.items():
        _set_attribute(mesh, key, np.asarray(values, np.float32))
    mesh.materials.append(material)
    _link(name, mesh, place)


def _set_attribute(mesh: bpy.types.Mesh, key: str, values: NDArray[np.float32]) -> None:
    if values.ndim == 1:
        mesh.attributes.new(key, "FLOAT", "POINT").data.foreach_set("value", values)
    elif key == "col":
        rgba = np.concatenate([values, np.ones((len(values), 1), np.float32)], 1)
        mesh.attributes.new(key, "FLOAT_COLOR", "POINT").data.foreach_set("color", rgba.ravel())
    else:
        vectors = mesh.attributes.new(key, "FLOAT_VECTOR", "POINT")
        vectors.data.foreach_set("vector", values.ravel())


def add_strands(name: str, hair: Strands, material: bpy.types.Material, place: Point) -> None:
    """Hairs that taper to a third of their radius."""
    count, steps, _ = hair.lines.shape
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([steps] * count)
    curves.position_data.foreach_set("vector", to_world(hair.lines).astype(np.float32).ravel())
    taper = hair.radius_dm * METRES_PER_DM * np.linspace(1, 0.35, steps)
    radii = taper[None].repeat(count, 0).astype(np.float32).ravel()
    attribute = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    attribute.data.foreach_set("value", radii)
    curves.materials.append(material)
    _link(name, curves, place)


def add_figure(figure: Figure, place: Point = (0.0, 0.0, 0.0)) -> None:
    """A person, with the middle of the eyes at `place`."""
    looks = {
        "skin": materials.skin(),
        "cloth": materials.cloth(figure.who.cloth_rgb),
        "eye": materials.eye(),
        "teeth": materials.flat((0.62, 0.56, 0.48), 0.3),
        "tongue": materials.flat((0.35, 0.12, 0.11), 0.45),
        "lower": materials.painted(),
    }
    for name, surface in figure.surfaces.items():
        add_mesh(name, surface, looks[name], place)
    brow = materials.hair(figure.who.brow_hair)
    hairs = {"hair": materials.hair(figure.who.hair), "brow": brow, "beard": brow}
    hairs["lash"] = materials.hair("black")
    for name, parts in figure.strands.items():
        for part in parts:
            add_strands(name, part, hairs[name], place)


def _aim(made: bpy.types.Object, target: Point) -> None:
    direction = Vector(target) - made.location
    made.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()


def add_light(place: Point, target: Point, size_m: float, watts: float, colour: Colour) -> None:
    """A square lamp."""
    lamp = bpy.data.lights.new("lamp", "AREA")
    lamp.size, lamp.energy, lamp.color = size_m, watts, colour
    _aim(_link("lamp", lamp, place), target)


def set_ambient(strength: float, colour: Colour | None = None) -> None:
    """Even light from everywhere."""
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    if colour:
        background.inputs[0].default_value = materials.opaque(colour)
    background.inputs[1].default_value = strength


def set_camera(place: Point, target: Point, lens_mm: float) -> None:
    """A camera on a 36 mm wide sensor."""
    camera = bpy.data.cameras.new("camera")
    camera.lens, camera.sensor_width = lens_mm, SENSOR_MM
    made = _link("camera", camera, place)
    _aim(made, target)
    bpy.context.scene.camera = made


def on_circle(azimuth_deg: float, elevation_deg: float, distance_m: float) -> Point:
    """A place around the origin; azimuth 0 is in front of a face, positive to the image's right."""
    a, e = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = distance_m * math.cos(e)
    return flat * math.sin(a), -flat * math.cos(a), distance_m * math.sin(e)


def render(path: Path, picture: Picture) -> None:
    """Write a PNG; with a border, only that part, on a transparent ground."""
    scene = bpy.context.scene
    settings = scene.render
    width, height = picture.width_px, picture.height_px
    settings.resolution_x, settings.resolution_y = width, height
    settings.resolution_percentage = 100
    scene.cycles.samples = picture.samples
    settings.filepath = str(path)
    if picture.border:
        x0, y0, x1, y1 = (v + 0.25 for v in picture.border)  # Blender rounds down, in float32
        settings.film_transparent, settings.image_settings.color_mode = True, "RGBA"
        settings.use_border = settings.use_crop_to_border = True
        settings.border_min_x, settings.border_max_x = x0 / width, x1 / width
        settings.border_min_y = (height - y1 + 0.5) / height
        settings.border_max_y = (height - y0 + 0.5) / height
    bpy.ops.render.render(write_still=True)
