"""Blender materials: skin, cloth, hair, plain and wall paint. All procedural.

Colours are linear RGB. `col`, `rough`, `mask` and `rest` are mesh attributes set by `scene.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import bpy

Tree = bpy.types.NodeTree
Node = bpy.types.Node
Socket = bpy.types.NodeSocket

# (melanin, redness of the melanin) of Blender's principled hair
MELANIN = {
    "black": (0.95, 0.3),
    "dark": (0.8, 0.45),
    "brown": (0.6, 0.55),
    "auburn": (0.5, 0.9),
    "blond": (0.27, 0.4),
    "grey": (0.2, 0.05),
    "white": (0.05, 0.02),
}


def material(name: str, shader: Callable[[Tree], Node]) -> bpy.types.Material:
    """A material whose surface is what `shader` builds."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shader(tree).outputs[0], output.inputs[0])
    return made


def _node(tree: Tree, kind: str, inputs: dict[str | int, object], **settings: object) -> Node:
    """A node; inputs are values or sockets to link."""
    made = tree.nodes.new("ShaderNode" + kind)
    for name, value in settings.items():
        setattr(made, name, value)
    for name, value in inputs.items():
        if isinstance(value, bpy.types.NodeSocket):
            tree.links.new(value, made.inputs[name])
        else:
            made.inputs[name].default_value = value
    return made


def _attribute(tree: Tree, name: str, output: str = "Color") -> Socket:
    return _node(tree, "Attribute", {}, attribute_name=name).outputs[output]


def opaque(colour: Sequence[float]) -> tuple[float, ...]:
    """RGB with an alpha of one."""
    return (*(float(c) for c in colour), 1.0)


def skin() -> bpy.types.Material:
    """Skin with subsurface light and pores."""

    def shader(tree: Tree) -> Node:
        rest = _attribute(tree, "rest", "Vector")
        pores = _node(tree, "TexVoronoi", {"Vector": rest, "Scale": 75})
        uneven = _node(tree, "TexNoise", {"Vector": rest, "Scale": 28, "Detail": 4})
        height = {0: pores.outputs["Distance"], 1: uneven.outputs[0]}
        total = _node(tree, "Math", height, operation="ADD")
        relief = {"Strength": 0.12, "Distance": 0.0012, "Height": total.outputs[0]}
        surface = {
            "Base Color": _attribute(tree, "col"),
            "Roughness": _attribute(tree, "rough", "Fac"),
            "Subsurface Weight": 0.35,
            "Subsurface Scale": 0.006,
            "Subsurface Radius": (1, 0.35, 0.2),
            "Specular IOR Level": 0.42,
            "Normal": _node(tree, "Bump", relief).outputs[0],
        }
        return _node(tree, "BsdfPrincipled", surface)

    return material("skin", shader)


def cloth(colour: Sequence[float]) -> bpy.types.Material:
    """Woven cloth, cut away where the mask is negative."""

    def shader(tree: Tree) -> Node:
        rest = _attribute(tree, "rest", "Vector")
        weave = _node(tree, "TexNoise", {"Vector": rest, "Scale": 40, "Detail": 6})
        folds = _node(tree, "TexNoise", {"Vector": rest, "Scale": 2.2})
        height = {0: folds.outputs[0], 1: 6, 2: weave.outputs[0]}
        total = _node(tree, "Math", height, operation="MULTIPLY_ADD")
        relief = {"Strength": 0.5, "Distance": 0.006, "Height": total.outputs[0]}
        bump = _node(tree, "Bump", relief).outputs[0]
        surface = {"Base Color": opaque(colour), "Roughness": 0.85, "Sheen Weight": 0.2}
        fabric = _node(tree, "BsdfPrincipled", surface | {"Normal": bump})
        mask = _attribute(tree, "mask", "Fac")
        inside = _node(tree, "Math", {0: mask, 1: 0}, operation="GREATER_THAN")
        nothing = _node(tree, "BsdfTransparent", {})
        parts = {0: inside.outputs[0], 1: nothing.outputs[0], 2: fabric.outputs[0]}
        return _node(tree, "MixShader", parts)

    return material("cloth", shader)


def hair(colour: str) -> bpy.types.Material:
    """Hair of a named colour."""
    melanin, redness = MELANIN[colour]
    inputs = {"Melanin": melanin, "Melanin Redness": redness, "Random Color": 0.25}
    inputs |= {"Roughness": 0.35, "Radial Roughness": 0.45}
    return material(
        "hair", lambda tree: _node(tree, "BsdfHairPrincipled", inputs, parametrization="MELANIN")
    )


def eye() -> bpy.types.Material:
    """A wet eyeball."""
    inputs = {"Roughness": 0.12, "Coat Weight": 0.6, "Coat Roughness": 0.02}
    inputs |= {"Subsurface Weight": 0.0}
    return material(
        "eye",
        lambda tree: _node(
            tree, "BsdfPrincipled", inputs | {"Base Color": _attribute(tree, "col")}
        ),
    )


def painted() -> bpy.types.Material:
    """Matt, in the colours of the mesh."""
    return material(
        "painted",
        lambda t: _node(
            t, "BsdfPrincipled", {"Base Color": _attribute(t, "col"), "Roughness": 0.85}
        ),
    )


def flat(colour: Sequence[float], rough: float = 0.7) -> bpy.types.Material:
    """One colour."""
    inputs = {"Base Color": opaque(colour), "Roughness": rough}
    return material("flat", lambda tree: _node(tree, "BsdfPrincipled", inputs))


def wall(colour: Sequence[float]) -> bpy.types.Material:
    """Slightly uneven paint."""

    def shader(tree: Tree) -> Node:
        place = _node(tree, "TexCoord", {}).outputs["Object"]
        noise = _node(tree, "TexNoise", {"Vector": place, "Scale": 1.5, "Detail": 8})
        dark, light = ([float(min(1, c * f)) for c in colour] for f in (0.85, 1.1))
        shades = {0: noise.outputs[0], 6: opaque(dark), 7: opaque(light)}
        mixed = _node(tree, "Mix", shades, data_type="RGBA")
        return _node(tree, "BsdfPrincipled", {"Roughness": 0.8, "Base Color": mixed.outputs[2]})

    return material("wall", shader)
