"""Head hair: strands that grow from the scalp, step by step, in the way of a style.

In: an identity and its unposed base mesh. Out: strands (N, K, 3) in decimetres with a radius.
A strand is steered each step by its style's wish for a direction, then kept off the skin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from models.build.people import assets
from models.build.people.identity import Identity
from models.build.people.surface import Floats, noise3, smoothstep, unit, vertex_normals
from models.build.people.template import at, bust, scalp_mask, scatter


@dataclass(frozen=True, slots=True)
class Strands:
    """Hairs as polylines (N, K, 3) and their radius at the root."""

    lines: Floats
    radius_dm: float


@dataclass(frozen=True, slots=True)
class Style:
    """How long (decimetres), how many, how many steps, how thick."""

    length_dm: float
    count: int
    steps: int = 18
    radius_dm: float = 0.0042
    turn: float = 0.75  # how fast a strand follows the wish
    clearance: float = 1.0  # factor of the distance kept from the skin; 0: not kept


STYLES = {
    "buzz": Style(0.06, 16000, steps=4, radius_dm=0.0026, clearance=0.0),
    "bald": Style(0.05, 3500, steps=3, radius_dm=0.0024, clearance=0.0),
    "crew": Style(0.22, 14000, steps=6, radius_dm=0.003, clearance=0.25),
    "short": Style(0.5, 12000, turn=0.5),
    "side": Style(0.75, 11000, turn=0.5),
    "pixie": Style(0.8, 11000, turn=0.5),
    "bob": Style(2.3, 9000, turn=0.7, clearance=1.2),
    "long": Style(4.2, 9000, turn=0.7, clearance=1.2),
    "tied": Style(2.2, 10000, clearance=0.25),
    "afro": Style(1.1, 11000),
    "afro_s": Style(0.4, 12000),
}
CURLY = ("afro", "afro_s")


@dataclass(slots=True)
class Growth:
    """The strands while they grow; arrays are one row a strand."""

    scalp: Floats  # root places in the rest pose
    outwards: Floats  # skin normals at the roots
    backwards: Floats  # away from the crown
    slow: Floats  # smooth noise
    fine: Floats  # less smooth noise
    rough: Floats  # white noise
    part: float  # place of the parting
    centre: Floats  # of the head
    tips: Floats
    heading: Floats
    above: Floats  # height over the skin
    skin_normal: Floats  # of the nearest skin
    alive: Floats
    fraction: float = 0.0  # of the length grown

    @property
    def side(self) -> Floats:
        """1 left of the parting, -1 right of it."""
        return np.where(self.scalp[:, 0] > self.part, 1.0, -1.0)

    def pressed(self, wish: Floats, near: Floats, share: float) -> Floats:
        """Take most of the part across the skin out of a wish, near the skin."""
        across = (wish * self.skin_normal).sum(1, keepdims=True)
        return wish - self.skin_normal * across * near * share

    def near(self, reach_dm: float) -> Floats:
        """1 at the skin, falling off above it."""
        return np.exp(-((np.maximum(self.above, 0) / reach_dm) ** 2))[:, None]


def _cropped(g: Growth) -> Floats:
    front = np.array([0, 0, 0.25]) * (g.scalp[:, 1:2] > 7.9)
    return g.outwards * 0.8 + g.backwards * 0.35 + front + 0.15 * g.slow + 0.2 * g.rough


def _curly(g: Growth) -> Floats:
    return g.outwards * 1.0 + 0.5 * g.slow * g.fraction + 0.35 * g.fine


def _short(g: Growth) -> Floats:
    f = g.fraction
    wish = g.outwards * 0.45 * (1 - f) + g.backwards * 0.8 + np.array([g.part, -0.25 * f, 0.35])
    return wish + 0.25 * g.slow + 0.25 * g.fine + 0.12 * g.rough


def _side(g: Growth) -> Floats:
    f, near, zero = g.fraction, g.near(0.12), 0 * g.side
    aside = np.stack([g.side * 0.9, zero, zero - 0.25], 1) * (0.25 + 0.75 * near)
    down = np.array([0, -0.35 - 0.5 * f, 0]) * (1 - 0.5 * near)
    wish = g.outwards * 0.35 * (1 - f) + aside + down
    wish = wish + 0.15 * g.slow + 0.15 * g.fine + 0.08 * g.rough
    return g.pressed(wish, near, 0.85)


def _pixie(g: Growth) -> Floats:
    f = g.fraction
    wish = g.outwards * 0.4 * (1 - f) + g.backwards * 0.9
    wish = wish + np.array([g.part * 2, -0.35 * f, 0.2])
    return wish + 0.25 * g.slow + 0.25 * g.fine + 0.1 * g.rough


def _tied(g: Growth) -> Floats:
    knot = np.array([0, g.centre[1] + 0.75, g.centre[2] - 1.15]) - g.tips
    g.alive = g.alive * (np.linalg.norm(knot, axis=1) > 0.12)
    return unit(knot) + 0.06 * g.fine + 0.03 * g.rough


def _falling(g: Growth) -> Floats:
    height, near, zero = g.tips[:, 1:2] - g.centre[1], g.near(0.16), 0 * g.side
    over = np.stack([g.side * 1.0, zero - 0.1, zero - 0.42], 1)
    over = over * smoothstep(0.45, 1.0, height) * near
    down = np.array([0, -1.1, 0]) * (1 - 0.6 * smoothstep(0.7, 1.2, height) * near)
    wish = g.outwards * 0.3 * max(0, 1 - 4 * g.fraction) + over + down
    wish = g.pressed(wish + 0.10 * g.slow + 0.10 * g.fine + 0.04 * g.rough, near, 0.9)
    on_face = (np.abs(g.tips[:, 0]) < 0.72) & (g.tips[:, 2] > g.centre[2] + 0.6)
    on_face &= g.tips[:, 1] < g.centre[1] + 0.9
    wish[:, 0] += g.side * 0.5 * on_face
    return wish


WISHES: dict[str, Callable[[Growth], Floats]] = {
    "buzz": _cropped,
    "bald": _cropped,
    "crew": _cropped,
    "afro": _curly,
    "afro_s": _curly,
    "short": _short,
    "side": _side,
    "pixie": _pixie,
    "tied": _tied,
    "bob": _falling,
    "long": _falling,
}


def head_hair(who: Identity, vertices: Floats) -> list[Strands]:
    """All head hair of a person, for the unposed base mesh (N, 3)."""
    r, b, style = np.random.default_rng(9000 + who.seed), bust(), STYLES[who.style]
    places = scatter(mask := scalp_mask(who), style.count, r)
    skin = b.skin.of(vertices)
    normals = vertex_normals(skin, b.skin.triangles)
    edge = at(places, mask[:, None])[:, 0]
    r.uniform(0, 1)  # a draw of an earlier version, kept so that people stay the same
    wave = r.uniform(0, 0.06) * (r.random() < 0.5)
    part = float(r.choice([-1, 1]) * r.uniform(0.0, 0.3))
    g = _roots(who, at(places, b.points), at(places, skin), unit(at(places, normals)), part)
    g.centre = assets.load().joint(vertices, "head")
    crown = np.array([0.05, skin[b.head > 0.9][:, 1].max() - 0.02, g.centre[2] - 0.25])
    away = g.tips - crown
    away[:, 1] *= 0.3
    g.backwards = unit(away)
    g.rough = r.normal(size=(style.count, 3))
    longer = 0.35 + 0.65 * smoothstep(0.3, 0.95, edge)
    step = (style.length_dm * r.uniform(0.75, 1.1, style.count) * longer)[:, None] / style.steps
    layer = r.uniform(0.0, 1, style.count)
    cut = _cut_height(who.style, vertices, r)
    lines = [g.tips - g.outwards * 0.01]
    tree = cKDTree(skin)
    curl = 0.045 if who.style in CURLY else wave
    for k in range(style.steps):
        g.fraction = (k + 1) / style.steps
        wish = WISHES[who.style](g)
        g.heading = unit(unit(g.heading) * (1 - style.turn) + unit(wish) * style.turn)
        g.tips = g.tips + g.heading * step * g.alive[:, None]
        if style.clearance:
            _keep_off(g, tree, skin, normals, layer, style.clearance)
        if cut is not None:
            g.alive = g.alive * (g.tips[:, 1] > cut + 0.12 * g.slow[:, 0])
        lines.append(_curled(g, who.style, curl))
        if curl:
            r.uniform(0, 1, style.count)  # as above
    out = [Strands(np.stack(lines, 1), style.radius_dm)]
    return [*out, _bun(g.centre, r, style.radius_dm)] if who.style == "tied" else out


def _roots(who: Identity, scalp: Floats, roots: Floats, normals: Floats, part: float) -> Growth:
    count = len(scalp)
    return Growth(
        scalp=scalp,
        outwards=normals,
        backwards=normals,
        slow=noise3(scalp, 3, who.seed * 31),
        fine=noise3(scalp, 14, who.seed * 37),
        rough=normals,
        part=part,
        centre=np.zeros(3),
        tips=roots.copy(),
        heading=normals.copy(),
        above=np.zeros(count),
        skin_normal=normals.copy(),
        alive=np.ones(count),
    )


def _cut_height(style: str, vertices: Floats, r: np.random.Generator) -> float | None:
    """Where hair that falls is cut; draws the same numbers for every style."""
    data = assets.load()
    bob = data.joint(vertices, "jaw")[1] - 0.15 + 0.15 * r.normal()
    long = data.joint(vertices, "neck")[1] - r.uniform(0.3, 1.2)
    return {"bob": bob, "long": long}.get(style)


def _keep_off(
    g: Growth, tree: cKDTree, skin: Floats, normals: Floats, layer: Floats, factor: float
) -> None:
    """Push strands outwards to their layer above the skin."""
    wanted = (0.02 + 0.10 * layer * min(1, 3 * g.fraction)) * factor
    for _ in range(2):
        _, nearest = tree.query(g.tips)
        g.skin_normal = normals[nearest]
        g.above = ((g.tips - skin[nearest]) * g.skin_normal).sum(1)
        push = np.maximum(wanted - g.above, 0) * g.alive
        g.tips = g.tips + g.skin_normal * push[:, None]


def _curled(g: Growth, style: str, amplitude: float) -> Floats:
    """The tips, moved along a helix for curly and wavy hair."""
    if not amplitude:
        return g.tips.copy()
    turns = 9 if style in CURLY else 5
    angle = g.fraction * turns * STYLES[style].length_dm * 2.2 + g.fine[:, 0] * 3
    helix = np.stack([np.cos(angle), 0.3 * np.sin(2 * angle), np.sin(angle)], 1)
    return g.tips + amplitude * min(1, 3 * g.fraction) * helix


def _bun(centre: Floats, r: np.random.Generator, radius_dm: float) -> Strands:
    start = unit(r.normal(size=(2500, 3)))
    axis = unit(r.normal(size=(2500, 3)) * 0.4 + [0, 0, 1])
    across = unit(np.cross(axis, start))
    turn = np.linspace(0, 1.6, 10)[None, :, None]
    knot = np.array([0, centre[1] + 0.8, centre[2] - 1.25])
    ball = start[:, None] * np.cos(turn) + across[:, None] * np.sin(turn)
    return Strands(knot + 0.33 * ball, radius_dm)
