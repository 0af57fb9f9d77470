"""Small geometry: Catmull-Clark subdivision, normals, smooth noise, colour.

Plain arrays in and out; nothing here knows about people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, identity, vstack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def smoothstep(start: float, stop: float, x: ArrayLike) -> Floats:
    """0 at `start`, 1 at `stop`, with level ends; `start` may exceed `stop`."""
    t = np.clip((np.asarray(x) - start) / (stop - start), 0, 1)
    return t * t * (3 - 2 * t)


def linear_rgb(srgb: ArrayLike) -> Floats:
    """IEC 61966-2-1: sRGB values 0..1 to linear light."""
    c = np.asarray(srgb, float)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def unit(vectors: Floats) -> Floats:
    """Vectors (..., 3) at length one."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def noise(points: Floats, per_dm: float, seed: int, waves: int = 48) -> Floats:
    """Smooth noise of unit variance at `points` (N, 3): a sum of sines of random directions."""
    r = np.random.default_rng(seed)
    k = r.normal(size=(waves, 3))
    k *= (per_dm * r.uniform(0.6, 1.6, (waves, 1))) / np.linalg.norm(k, axis=1, keepdims=True)
    phase = r.uniform(0, 6.283, waves)
    return np.sin(points @ k.T * 6.283 + phase).sum(1) / np.sqrt(waves / 2)


def noise3(points: Floats, per_dm: float, first_seed: int) -> Floats:
    """Three independent noises as vectors (N, 3)."""
    return np.stack([noise(points, per_dm, first_seed + k) for k in range(3)], 1)


def triangle_normals(vertices: Floats, triangles: Ints) -> Floats:
    """Normals (T, 3), twice the area long."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def vertex_normals(vertices: Floats, triangles: Ints) -> Floats:
    """Area-weighted unit normals (N, 3)."""
    flat = triangle_normals(vertices, triangles)
    out = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(out, triangles[:, k], flat)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def _incidence(rows: Ints, columns: Ints, shape: tuple[int, int], value: float = 1.0) -> csr_matrix:
    return csr_matrix((np.full(rows.size, value), (rows.ravel(), columns.ravel())), shape)


def _scale(rows: Floats) -> csr_matrix:
    n = len(rows)
    return csr_matrix((rows, (np.arange(n), np.arange(n))), (n, n))


def subdivide(quads: Ints, count: int) -> tuple[Ints, csr_matrix]:
    """One Catmull-Clark step: new quads and the matrix (new vertices, `count`) that makes them."""
    faces = len(quads)
    sides = np.sort(np.stack([quads, np.roll(quads, -1, 1)], 2).reshape(-1, 2), 1)
    edges, side_edge, uses = np.unique(sides, axis=0, return_inverse=True, return_counts=True)
    side_edge = side_edge.reshape(-1)
    border = uses == 1
    of_face = np.repeat(np.arange(faces), 4)
    ends = np.repeat(np.arange(len(edges)), 2)
    face_points = _incidence(of_face, quads, (faces, count), 0.25)
    middles = _incidence(ends, edges, (len(edges), count), 0.5)
    beside = _incidence(side_edge, of_face, (len(edges), faces), 0.5) @ face_points
    edge_points = _scale(np.where(border, 1.0, 0.0)) @ middles
    edge_points = edge_points + _scale(np.where(border, 0, 0.5)) @ (middles + beside)
    corners = _move_corners(quads, count, edges, border, face_points, middles)
    first_edge, first_face = count, count + len(edges)
    at_edge = side_edge.reshape(faces, 4) + first_edge
    centre = np.arange(faces) + first_face
    parts = [np.stack([quads[:, i], at_edge[:, i], centre, at_edge[:, i - 1]], 1) for i in range(4)]
    return np.stack(parts, 1).reshape(-1, 4), vstack([corners, edge_points, face_points]).tocsr()


def _move_corners(
    quads: Ints,
    count: int,
    edges: Ints,
    border: NDArray[np.bool_],
    face_points: csr_matrix,
    middles: csr_matrix,
) -> csr_matrix:
    """The rule for old vertices; those on a border follow the border only."""
    faces, n_edges = len(quads), len(edges)
    around = np.bincount(quads.reshape(-1), minlength=count).astype(float)
    degree = np.bincount(edges.reshape(-1), minlength=count).astype(float)
    on_border = np.zeros(count, bool)
    on_border[edges[border].reshape(-1)] = True
    inside = (around > 0) & ~on_border
    n = np.maximum(around, 1)
    of_face = np.repeat(np.arange(faces), 4)
    near_faces = _incidence(quads, of_face, (count, faces)) @ face_points
    near_edges = _incidence(edges, np.repeat(np.arange(n_edges), 2), (count, n_edges)) @ middles
    rim = edges[border]
    rim_degree = np.bincount(rim.reshape(-1), minlength=count).astype(float)
    rim_edges = _incidence(rim, np.repeat(np.arange(len(rim)), 2), (count, len(rim)))
    return (
        _scale(np.where(inside, 1 / n**2, 0)) @ near_faces
        + _scale(np.where(inside, 2 / (np.maximum(degree, 1) * n), 0)) @ near_edges
        + _scale(np.where(inside, (n - 3) / n, 0))
        + _scale(np.where(on_border, 0.5, 0))
        + _scale(np.where(on_border, 0.5 / np.maximum(rim_degree, 1), 0))
        @ rim_edges
        @ middles[border]
        + _scale(np.where(around > 0, 0.0, 1.0))
    )


class Subdivision:
    """Some faces of a base mesh, subdivided: `matrix @ base` are its vertices."""

    def __init__(self, quads: Ints, count: int, levels: int) -> None:
        """Subdivide `quads` of a mesh of `count` vertices `levels` times."""
        matrix = identity(count, format="csr")
        for _ in range(levels):
            quads, step = subdivide(quads, matrix.shape[0])
            matrix = step @ matrix
        used = np.unique(quads)
        place = np.full(matrix.shape[0], -1)
        place[used] = np.arange(len(used))
        self.quads: Ints = place[quads]
        self.matrix = matrix.tocsr()[used]
        self.triangles: Ints = np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]])

    def of(self, base: Floats) -> Floats:
        """The subdivided form of values on the base mesh (N,) or (N, k)."""
        return np.asarray(self.matrix @ base)
