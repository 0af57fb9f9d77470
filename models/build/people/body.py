"""An identity and a pose become meshes and strands, ready to be placed in a scene.

Out: decimetres in MakeHuman's axes (x = the person's left, y up, z forward), with the origin
midway between the eyes of the unposed head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from models.build.people import assets, clothes, pose, skin, template
from models.build.people.eyes import eyeballs
from models.build.people.face_hair import beard, brows, lashes
from models.build.people.hair import Strands, head_hair
from models.build.people.identity import Identity, identity
from models.build.people.pose import Pose
from models.build.people.surface import Floats, Ints, smoothstep

EXPRESSIONS = {
    "neutral": {"mouth-corner-puller": 0.12},
    "slight": {"mouth-corner-puller": 0.35},
    "smile": {
        "mouth-corner-puller": 0.75,
        "eye-left-slit": 0.25,
        "eye-right-slit": 0.25,
        "mouth-elevation": 0.1,
    },
    "frown": {"eyebrows-left-down": 0.6, "eyebrows-right-down": 0.6, "mouth-compression": 0.35},
    "talk": {"mouth-open": 0.35},
}
METRES_PER_DM = 0.1


@dataclass(frozen=True, slots=True)
class Surface:
    """A mesh: vertices (N, 3), quads (F, 4), and values at the vertices by name."""

    vertices: Floats
    quads: Ints
    values: dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Figure:
    """A posed person: surfaces and strands by part."""

    who: Identity
    surfaces: dict[str, Surface]
    strands: dict[str, list[Strands]]
    eye_height_m: float

    def corners(self) -> Floats:
        """All points (N, 3) that can be seen, for a bounding box."""
        seen = [s.vertices for s in self.surfaces.values()]
        seen += [s.lines.reshape(-1, 3) for s in self.strands["hair"]]
        return np.concatenate(seen)

    def eyes(self) -> Floats:
        """The middles (2, 3) of the eyeballs, the person's right one first."""
        both = self.surfaces["eye"].vertices
        half = len(both) // 2
        return np.stack([both[half:].mean(0), both[:half].mean(0)])

    def head(self) -> Floats:
        """The skin of the head (N, 3), without hair."""
        return self.surfaces["skin"].vertices[template.bust().head > 0.9]


@dataclass(frozen=True, slots=True)
class _Unposed:
    vertices: Floats
    colour: Floats
    rough: Floats
    hair: list[Strands]
    brows: Strands
    beard: Strands | None


@lru_cache(maxsize=6)
def _unposed(seed: int, sex: str, ancestry: str) -> _Unposed:
    who, data = identity(seed, sex, ancestry), assets.load()
    vertices = data.morph(data.vertices, who.targets)
    colour, rough = skin.paint(who)
    return _Unposed(
        vertices,
        colour,
        rough,
        head_hair(who, vertices),
        brows(who, vertices),
        beard(who, vertices),
    )


class _Placer:
    """Moves points of the unposed person to their final place."""

    def __init__(self, unposed: Floats, how: Pose) -> None:
        data = assets.load()
        self._pose = how
        neck = data.joint(unposed, "neck")
        self._pivot = neck + np.array([0, 0.15, 0.0])
        self._neck_height = neck[1]
        self.origin = (data.joint(unposed, "l-eye") + data.joint(unposed, "r-eye")) / 2
        self._turn = pose.rotation(0, how.body_yaw, 0)

    def body(self, points: Floats) -> Floats:
        """Turn with the body and move to the origin."""
        return (points - self.origin) @ self._turn.T

    def with_head(self, points: Floats, share: Floats | None = None) -> Floats:
        """Turn with the head, by a share (...) or wholly."""
        share = np.ones(points.shape[:-1]) if share is None else share
        return pose.turn_head(points, share, self._pivot, self._pose.head)

    def rigid(self, strands: Strands) -> Strands:
        """Strands that keep to the head."""
        return Strands(self.body(self.with_head(strands.lines)), strands.radius_dm)

    def hanging(self, strands: Strands) -> Strands:
        """Hair that follows the head less, the lower it hangs."""
        low, high = self._neck_height - 0.3, self._neck_height + 0.9
        share = smoothstep(low, high, strands.lines[..., 1])
        return Strands(self.body(self.with_head(strands.lines, share)), strands.radius_dm)


def _express(who: Identity, vertices: Floats, expression: str) -> Floats:
    weights = {
        f"expression/units/{ancestry}/{unit}": weight * share
        for unit, weight in EXPRESSIONS[expression].items()
        for ancestry, share in who.blend.items()
    }
    return assets.load().morph(vertices, weights)


def _follower(before: Floats, after: Floats) -> Callable[[Strands], Strands]:
    """Move each hair with the skin vertex nearest to its root."""
    tree, moved = cKDTree(before), after - before

    def follow(strands: Strands) -> Strands:
        _, nearest = tree.query(strands.lines[:, 0])
        return Strands(strands.lines + moved[nearest][:, None], strands.radius_dm)

    return follow


def build(who: Identity, how: Pose, *, walking: bool = False) -> Figure:
    """Pose a person; `walking` adds everything below the chest."""
    base, b = _unposed(who.seed, who.sex, who.ancestry), template.bust()
    face = _express(who, base.vertices, how.expression)
    follow = _follower(b.skin.of(base.vertices), b.skin.of(face))
    place = _Placer(base.vertices, how)
    limbs = pose.hang_arms(face, how.arms)
    if walking:
        limbs = pose.stride(limbs, how.legs, how.knees)
    posed = place.with_head(limbs, pose.weights().head)
    draped, line = clothes.drape(posed), clothes.collar_line(who)
    quads, rest = b.skin.quads, {"rest": b.points}
    painted = {"col": base.colour, "rough": base.rough} | rest
    eye, eye_quads, eye_colour = eyeballs(who, face, how.gaze)
    bare, covered = (line[quads] > -0.12).any(1), (line[quads] < 0.05).any(1)
    shirt = clothes.shirt(draped, line)
    surfaces = {
        "skin": Surface(place.body(b.skin.of(posed)), quads[bare], painted),
        "cloth": Surface(place.body(shirt), quads[covered], {"mask": -line} | rest),
        "eye": Surface(place.body(place.with_head(eye)), eye_quads, {"col": eye_colour}),
    }
    for name, part in (("teeth", template.teeth()), ("tongue", template.tongue())):
        surfaces[name] = Surface(place.body(part.of(posed)), part.quads, {})
    if walking:
        low, colour = clothes.below_waist(who, draped)
        quads = template.lower_body().quads
        surfaces["lower"] = Surface(place.body(low), quads, {"col": colour})
    strands = {
        "hair": [place.hanging(h) for h in base.hair],
        "brow": [place.rigid(follow(base.brows))],
        "lash": [place.rigid(lashes(who, face))],
        "beard": [place.rigid(follow(base.beard))] if base.beard else [],
    }
    body = np.unique(assets.load().groups["body"])
    height = float(place.origin[1] - base.vertices[body, 1].min()) * METRES_PER_DM
    return Figure(who, surfaces, strands, height)
