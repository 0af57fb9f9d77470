"""Brows, beards and lashes: strands (N, 5, 3) in decimetres on the unposed base mesh."""

from __future__ import annotations

import numpy as np

from models.build.people import assets
from models.build.people.hair import Strands
from models.build.people.identity import Identity
from models.build.people.surface import Floats, noise3, smoothstep, unit, vertex_normals
from models.build.people.template import at, beard_mask, brow_band, bust, scatter

BEARDS = {"stubble": (0.025, 7000), "full": (0.17, 8000), "goatee": (0.14, 3500)}  # length, count
UPPER, LOWER = "2", "1"  # MakeHuman's numbers of the lash rows


def brows(who: Identity, vertices: Floats) -> Strands:
    """The eyebrows."""
    r, b = np.random.default_rng(7000 + who.seed), bust()
    mask, along = brow_band(who)
    count = int(900 * who.brows.dense * (0.6 + 0.4 * who.brows.thick))
    places = scatter(mask, count, r)
    skin = b.skin.of(vertices)
    roots = at(places, skin)
    out = unit(at(places, vertex_normals(skin, b.skin.triangles)))
    t = at(places, along[:, None])[:, 0]
    side = np.sign(at(places, b.points)[:, 0])
    up = np.interp(t, [0, 0.25, 0.6, 1], [1.1, 0.55, 0.1, -0.45])
    lie = np.stack([side * (0.35 + 0.65 * smoothstep(0, 0.3, t)), up, 0 * t], 1)
    lie = unit(lie + 0.25 * r.normal(size=(count, 3)))
    lie = unit(lie - out * (lie * out).sum(1, keepdims=True))
    length = r.uniform(0.05, 0.1, count)[:, None]
    steps = np.linspace(0, 1, 5)
    lines = [roots + lie * length * x + out * (0.012 * np.sin(x * 2.6)) for x in steps]
    return Strands(np.stack(lines, 1), 0.0028)


def beard(who: Identity, vertices: Floats) -> Strands | None:
    """The beard, if any."""
    if who.beard == "none":
        return None
    r, b = np.random.default_rng(7500 + who.seed), bust()
    mask = beard_mask(who.beard)
    longest, count = BEARDS[who.beard]
    places = scatter(mask, count, r)
    skin = b.skin.of(vertices)
    roots = at(places, skin)
    out = unit(at(places, vertex_normals(skin, b.skin.triangles)))
    rest = at(places, b.points)
    side = np.sign(rest[:, 0]) * 0.25
    lie = np.stack([side, -np.ones(count), 0.15 * np.ones(count)], 1)
    lie = unit(lie + 0.3 * noise3(rest, 12, who.seed * 41) + 0.3 * r.normal(size=(count, 3)))
    lie = unit(lie - 0.8 * out * (lie * out).sum(1, keepdims=True))
    length = longest * r.uniform(0.6, 1.1, count)[:, None]
    length = length * (0.6 + 0.4 * at(places, mask[:, None]))
    steps = np.linspace(0, 1, 5)
    lines = [roots + (out * 0.55 * x + lie * x * (0.45 + 0.5 * x)) * length for x in steps]
    return Strands(np.stack(lines, 1), 0.0026)


def _root_to_tip(corners: Floats, eye: Floats) -> tuple[int, int, int, int]:
    """Order a lash card's corners: two at the lid (nearest the eye's centre), the two tips."""
    away = np.linalg.norm(corners - eye, axis=1)
    ends, sides = away[[0, 1]].sum() - away[[2, 3]].sum(), away[[1, 2]].sum() - away[[3, 0]].sum()
    if abs(ends) > abs(sides):
        return (0, 1, 3, 2) if ends < 0 else (3, 2, 0, 1)
    return (1, 2, 0, 3) if sides < 0 else (0, 3, 1, 2)


def lashes(who: Identity, vertices: Floats) -> Strands:
    """Lashes in MakeHuman's lash cards."""
    r, data = np.random.default_rng(7700 + who.seed), assets.load()
    steps = np.linspace(0, 1, 5)[:, None]
    lines = []
    for side in "lr":
        eye = data.joint(vertices, side + "-eye")
        for row in (LOWER, UPPER):
            upper = row == UPPER
            reach = (0.7 if who.male else 1.0) * (1 if upper else 0.6)
            for card in data.groups[f"helper-{side}-eyelashes-{row}"]:
                corners = vertices[card]
                a, b, c, d = _root_to_tip(corners, eye)
                for u in r.uniform(0, 1, 5 if upper else 3):
                    root = corners[a] * (1 - u) + corners[b] * u
                    tip = corners[c] * (1 - u) + corners[d] * u
                    tip = root + (tip - root) * reach
                    bow = np.array([0, 0.18 if upper else -0.1, 0]) * np.linalg.norm(tip - root)
                    lines.append(root + (tip - root) * steps + bow * (steps**2 - steps))
    return Strands(np.array(lines), 0.0021)
