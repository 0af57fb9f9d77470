"""The MakeHuman base mesh, morph targets and bone weights (CC0 1.0), from one packed file.

In: `data/makehuman.npz`, written by `pack_assets.py`; integers, so that nothing is lost.
Out: read-only arrays. Lengths in decimetres; x = the person's left, y up, z forward.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PACKED = Path(__file__).with_name("data") / "makehuman.npz"
POSITIONS_PER_DM = 10_000
OFFSETS_PER_DM = 1_000
WEIGHTS_PER_ONE = 1_000


@dataclass(frozen=True, slots=True)
class Assets:
    """Everything taken from MakeHuman: vertices (N, 3), quads by group, targets, bone weights."""

    vertices: Floats
    groups: dict[str, Ints]  # name -> (F, 4) vertex indices
    targets: dict[str, tuple[Ints, Floats]]  # name -> vertex indices (K,), offsets (K, 3)
    weights: dict[str, tuple[Ints, Floats]]  # bone -> vertex indices (K,), weights (K,)

    def quads(self, *names: str) -> Ints:
        """The faces of some groups, in the order given."""
        return np.concatenate([self.groups[n] for n in names])

    def joint(self, vertices: Floats, name: str) -> Floats:
        """The centre of a joint marker, for base-mesh `vertices` (N, 3) of any shape."""
        return vertices[np.unique(self.groups["joint-" + name])].mean(0)

    def morph(self, vertices: Floats, weights: dict[str, float]) -> Floats:
        """A copy of `vertices` with targets added, each by its weight."""
        out = vertices.copy()
        for name, weight in weights.items():
            if abs(weight) > 1e-4:
                index, offset = self.targets[name]
                np.add.at(out, index, weight * offset)
        return out

    def bone_sum(self, bones: list[str]) -> Floats:
        """The sum (N,) of the weights of some bones."""
        out = np.zeros(len(self.vertices))
        for bone in bones:
            index, weight = self.weights[bone]
            out[index] += weight
        return out

    def influence(self, *targets: str) -> Floats:
        """How strongly targets move each vertex (N,), 1 at the vertex that each moves most."""
        out = np.zeros(len(self.vertices))
        for name in targets:
            index, offset = self.targets[name]
            length = np.linalg.norm(offset, axis=1)
            out[index] = np.maximum(out[index], length / length.max())
        return out


def _split(data: dict[str, NDArray], kind: str, values: list[NDArray]) -> dict[str, tuple]:
    names, starts = data[kind + "_names"], data[kind + "_starts"]
    return {
        str(name): tuple(v[a:b] for v in values)
        for name, a, b in zip(names, starts[:-1], starts[1:], strict=True)
    }


def _ascending(deltas: NDArray) -> Ints:
    """Undo the delta coding of `pack_assets.deltas`: uint16 steps, wrapping at 65,536."""
    return np.cumsum(deltas.astype(np.int64)) % 65_536


@cache
def load() -> Assets:
    """Read the packed assets.

    Raises:
        OSError: The file is missing or cannot be read.
    """
    with np.load(PACKED) as packed:
        data = dict(packed)
    offsets = data["target_offsets"].T.astype(np.float64) / OFFSETS_PER_DM
    weights = data["weight_values"].astype(np.float64) / WEIGHTS_PER_ONE
    faces = data["faces"].astype(np.int64)
    return Assets(
        vertices=data["vertices"].T.astype(np.float64) / POSITIONS_PER_DM,
        groups={n: f for n, (f,) in _split(data, "face", [faces]).items()},
        targets=_split(data, "target", [_ascending(data["target_indices"]), offsets]),
        weights=_split(data, "weight", [_ascending(data["weight_indices"]), weights]),
    )
