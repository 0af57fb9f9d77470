"""A shirt and trousers: the body's surface, smoothed and moved outwards.

The body under cloth is smoothed first so that no anatomy shows through it. Decimetres.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import SuperLU, splu

from models.build.people import assets
from models.build.people.identity import Identity
from models.build.people.surface import Floats, Ints, linear_rgb, smoothstep, vertex_normals
from models.build.people.template import bust, lower_body

ROUNDS, TIP_ROUNDS = 22, 40
TIP_DM = (0.72, 3.75, 1.5)  # of the breast, in the rest pose
SHOE_RGB = 0.02


@dataclass(frozen=True, slots=True)
class Drape:
    """Operators on base-mesh vertices (N, 3): means of neighbours, and where they apply."""

    neighbours: csr_matrix
    chest: Floats  # (N, 1)
    tips: Floats  # (N, 1)
    flat: Ints  # vertices replaced by the flattest surface through those around them
    solve: SuperLU
    around: csr_matrix
    others: Ints


@cache
def _drape() -> Drape:
    data = assets.load()
    body, rest = data.quads("body"), data.vertices
    edges = np.stack([body, np.roll(body, -1, 1)], 2).reshape(-1, 2)
    edges = np.concatenate([edges, edges[:, ::-1]])
    n = len(rest)
    joined = csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (n, n))
    joined.data[:] = 1
    degree = np.maximum(np.asarray(joined.sum(1)).ravel(), 1)
    mean = csr_matrix((1 / degree, (range(n), range(n))), (n, n)) @ joined
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    chest = smoothstep(5.6, 5.1, y) * smoothstep(-0.5, 0.0, y) * smoothstep(2.3, 1.8, x)
    chest = (chest * smoothstep(-0.2, 0.3, z))[:, None]
    away = np.linalg.norm((np.stack([x, y, z], 1) - TIP_DM) * [1, 1, 0.6], axis=1)
    flat = np.intersect1d(np.flatnonzero(away < 0.5), np.unique(body))
    others = np.setdiff1d(np.arange(n), flat)
    laplacian = (identity(n, format="csr") - mean)[flat].tocsc()
    return Drape(
        neighbours=mean,
        chest=chest,
        tips=smoothstep(0.9, 0.5, away)[:, None] * chest,
        flat=flat,
        solve=splu(laplacian[:, flat].tocsc()),
        around=-laplacian[:, others],
        others=others,
    )


def drape(vertices: Floats) -> Floats:
    """The posed base mesh, smoothed where cloth hangs."""
    d, out = _drape(), vertices.copy()
    out[d.flat] = d.solve.solve(d.around @ out[d.others])
    for rounds, share in ((ROUNDS, d.chest), (TIP_ROUNDS, d.tips)):
        for _ in range(rounds):
            out = out * (1 - share) + (0.4 * out + 0.6 * (d.neighbours @ out)) * share
    return out


def _below_neck(line: Floats) -> Floats:
    return np.maximum(line, bust().up - 5.98)


def _crew() -> Floats:
    b = bust()
    radius = np.hypot(b.points[:, 0], b.front - 0.2)
    return _below_neck(np.minimum(b.up - 5.25, 0.72 - radius))


def _vee() -> Floats:
    b = bust()
    radius = np.hypot(b.points[:, 0], b.front - 0.2)
    notch = 0.42 * np.clip((b.up - 4.75) / 0.6, 0, 1) - b.side
    notch = np.where(b.front > 0.2, np.minimum(b.up - 4.75, notch), -0.2)
    return _below_neck(np.maximum(np.minimum(b.up - 5.25, 0.72 - radius), notch))


def _turtle() -> Floats:
    b = bust()
    return b.up - (6.02 - 0.3 * (b.front - 0.1))


COLLARS: dict[str, Callable[[], Floats]] = {"crew": _crew, "v": _vee, "turtle": _turtle}


def collar_line(who: Identity) -> Floats:
    """For each vertex of the bust (M,): positive on bare skin, negative under the shirt."""
    return COLLARS[who.collar]()


def shirt(draped: Floats, line: Floats) -> Floats:
    """The shirt's vertices (M, 3) for a draped base mesh."""
    b = bust()
    surface = b.skin.of(draped)
    out = 0.05 + 0.05 * smoothstep(0, -0.3, line)
    return surface + vertex_normals(surface, b.skin.triangles) * out[:, None]


def below_waist(who: Identity, draped: Floats) -> tuple[Floats, Floats]:
    """Vertices and linear colours of shirt tail, sleeves, hands, trousers and shoes."""
    low = lower_body()
    rest, surface = low.of(assets.load().vertices), low.of(draped)
    hand = smoothstep(3.75, 3.85, np.abs(rest[:, 0]))[:, None]
    foot = smoothstep(-7.4, -7.5, rest[:, 1])[:, None]
    leg = smoothstep(0.75, 0.65, rest[:, 1])[:, None]
    r = np.random.default_rng(who.seed + 77)
    trousers = r.uniform(0.02, 0.2) * r.uniform(0.7, 1, 3)
    colour = np.array(who.cloth_rgb)[None] * (1 - leg) + trousers * leg
    bare = linear_rgb(np.array(who.skin_srgb) / 255.0) * 0.8
    colour = colour * (1 - hand) + bare * hand
    colour = colour * (1 - foot) + SHOE_RGB * foot
    out = (0.09 + 0.12 * leg * (1 - foot)) * (1 - hand)
    return surface + vertex_normals(surface, low.triangles) * out, colour
