"""The rest-pose bust on which all skin, hair and beard masks are drawn.

Masks are values 0..1 at the vertices of the subdivided skin (`Bust.points`), by place in the rest
pose in decimetres, so that they follow the person whatever the shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.build.people import assets, pose
from models.build.people.identity import Identity
from models.build.people.surface import (
    Floats,
    Ints,
    Subdivision,
    noise,
    smoothstep,
    triangle_normals,
)

Bools = NDArray[np.bool_]

BUST_FROM_DM = 2.6
WAIST_DM = 3.0
HAIRLINE_DEG = [0, 25, 38, 46, 52, 56, 60, 64, 68, 90, 98, 115, 135, 180]
HAIRLINE_DM = [8.03, 8.02, 7.93, 7.76, 7.46, 7.12, 7.02, 7.1, 7.38, 7.4, 7.0, 6.7, 6.5, 6.42]


@dataclass(frozen=True, slots=True)
class Bust:
    """The skin from the chest up, twice subdivided, and what is known about its vertices (M,)."""

    skin: Subdivision
    points: Floats  # (M, 3), rest pose
    head: Floats  # share in the head's moves
    lips: Floats
    ears: Floats
    ear: Bools
    around_deg: Floats  # 0 at the front, 180 at the back of the head

    @property
    def side(self) -> Floats:
        """Distance from the middle plane."""
        return np.abs(self.points[:, 0])

    @property
    def up(self) -> Floats:
        """Height."""
        return self.points[:, 1]

    @property
    def front(self) -> Floats:
        """Depth, forwards."""
        return self.points[:, 2]

    def spot(self, centre: tuple[float, ...], radii: tuple[float, ...]) -> Floats:
        """A soft round spot at one place."""
        return np.exp(-(((self.points - centre) / np.array(radii)) ** 2).sum(1))

    def spots(self, centre: tuple[float, ...], radii: tuple[float, ...]) -> Floats:
        """The same spot on both sides."""
        folded = np.stack([self.side, self.up, self.front], 1)
        return np.exp(-(((folded - centre) / np.array(radii)) ** 2).sum(1))


@cache
def bust() -> Bust:
    """Build the bust once."""
    data = assets.load()
    body, rest = data.quads("body"), data.vertices
    skin = Subdivision(body[rest[body][:, :, 1].min(1) > BUST_FROM_DM], len(rest), 2)
    points = skin.of(rest)
    x, y, z = points.T
    lips = ("mouth/mouth-upperlip-volume-incr", "mouth/mouth-lowerlip-volume-incr")
    ears = ("ears/l-ear-scale-incr", "ears/r-ear-scale-incr")
    in_ear = ((z - 0.53) / 0.215) ** 2 + ((y - 7.06) / 0.36) ** 2 < 1
    return Bust(
        skin=skin,
        points=points,
        head=skin.of(pose.weights().head),
        lips=skin.of(data.influence(*lips)),
        ears=skin.of(data.influence(*ears)),
        ear=in_ear & (np.abs(x) > 0.55),
        around_deg=np.degrees(np.arctan2(np.abs(x), z - 0.35)),
    )


@cache
def teeth() -> Subdivision:
    """Both rows of teeth."""
    data = assets.load()
    quads = data.quads("helper-upper-teeth", "helper-lower-teeth")
    return Subdivision(quads, len(data.vertices), 1)


@cache
def tongue() -> Subdivision:
    """The tongue."""
    data = assets.load()
    return Subdivision(data.quads("helper-tongue"), len(data.vertices), 1)


@cache
def lower_body() -> Subdivision:
    """Everything below the bust."""
    data = assets.load()
    body = data.quads("body")
    low = body[data.vertices[body][:, :, 1].min(1) < WAIST_DM]
    return Subdivision(low, len(data.vertices), 1)


def scatter(mask: Floats, count: int, r: np.random.Generator) -> tuple[Ints, Floats]:
    """`count` random places on the skin, dense where `mask` is high: triangles and weights."""
    b = bust()
    t = b.skin.triangles
    area = np.linalg.norm(triangle_normals(b.points, t), axis=1) * mask[t].mean(1)
    chosen = r.choice(len(t), count, p=area / area.sum())
    return t[chosen], r.dirichlet([1, 1, 1], count)


def at(places: tuple[Ints, Floats], values: Floats) -> Floats:
    """Values (M, k) of the skin's vertices at scattered places."""
    triangles, shares = places
    return (values[triangles] * shares[:, :, None]).sum(1)


def brow_band(who: Identity) -> tuple[Floats, Floats]:
    """The eyebrows as a mask, and the place along them, 0 at the nose to 1 outside."""
    b, brows = bust(), who.brows
    along = (b.side - 0.1) / (0.5 * brows.length)
    centre = np.interp(along, [0, 0.3, 0.65, 1], [7.385, 7.425, 7.45, 7.365])
    centre = centre + brows.up_dm + brows.arch_dm * np.exp(-(((along - 0.65) / 0.3) ** 2))
    width = np.interp(along, [0, 0.12, 0.5, 0.85, 1], [0.75, 1, 0.9, 0.5, 0.15])
    width = 0.045 * brows.thick * width
    mask = smoothstep(1.25, 0.6, np.abs(b.up - centre) / np.maximum(width, 1e-3))
    return mask * (along > 0) * (along < 1) * (b.front > 0.9), along


def beard_mask(style: str) -> Floats:
    """Where a beard of a style grows."""
    b = bust()
    x, y, z = b.side, b.up, b.front
    jaw = smoothstep(6.86, 6.74, y) * smoothstep(0.45, 0.75, z + 0.25 * smoothstep(0.55, 0.75, x))
    jaw = jaw * smoothstep(5.75, 5.95, y + 0.35 * (z - 1.1))
    jaw = jaw * (1 - smoothstep(0.04, 0.15, b.lips)) * ~b.ear
    if style == "goatee":
        return jaw * smoothstep(0.42, 0.34, x)
    sideburn = smoothstep(7.15, 6.95, y) * ((b.around_deg > 47) & (b.around_deg < 63))
    sideburn = sideburn * (y > 6.6) * ~b.ear
    cheek_line = 6.62 + 0.55 * np.clip((x - 0.3) / 0.4, 0, 1)
    moustache = (x < 0.3) & (y < 6.8)
    return np.maximum(
        jaw * np.where(moustache, 1, smoothstep(0.05, -0.08, y - cheek_line)), sideburn * 0.9
    )


def scalp_mask(who: Identity) -> Floats:
    """Where head hair grows."""
    b, phi = bust(), bust().around_deg
    recede = 0.55 if who.style == "bald" else 0.35 * who.old * who.male
    recede = recede + 0.05 * np.sin(who.seed * 7.0)
    line = np.interp(phi, HAIRLINE_DEG, HAIRLINE_DM)
    line = line + recede * np.exp(-(((phi - 38) / 22) ** 2))
    line = line + recede * 0.5 * np.exp(-((phi / 25) ** 2))
    over = b.up - line + 0.02 * noise(b.points, 6, who.seed + 20)
    mask = smoothstep(-0.05, 0.06, over) * ~b.ear
    return mask * smoothstep(7.75, 7.5, b.up) if who.style == "bald" else mask
