"""Pack the part of MakeHuman that the people need into `data/makehuman.npz`.

In: a folder that holds `makehuman/data` (github makehumancommunity/makehuman, commit
a8bc2d54ff0ac92e78ff71431b1023eda42bf482; the data are CC0 1.0, the program is not used), and the
list of targets. Out: one file of integers; positions have four decimals, offsets and weights three.

    python -m models.build.people.pack_assets MAKEHUMAN_PARENT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.build.people.assets import OFFSETS_PER_DM, PACKED, POSITIONS_PER_DM, WEIGHTS_PER_ONE

FOLDERS = ("head", "nose", "eyes", "mouth", "chin", "cheek", "ears", "forehead", "eyebrows", "neck")
FOLDERS += ("asym", "expression")
FACE_GROUPS = ("body", "joint-", "helper-l-eye", "helper-r-eye", "helper-upper", "helper-lower")
FACE_GROUPS += ("helper-tongue",)


def read_mesh(path: Path) -> tuple[NDArray, dict[str, list[list[int]]]]:
    """Vertices (N, 3) as integers and the quads of the groups that are needed."""
    vertices: list[list[int]] = []
    groups: dict[str, list[list[int]]] = {}
    group = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append([round(float(x) * POSITIONS_PER_DM) for x in rest.split()[:3]])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f" and group.startswith(FACE_GROUPS):
            quad = [int(corner.split("/")[0]) - 1 for corner in rest.split()]
            groups.setdefault(group, []).append(quad)
    return np.array(vertices), groups


def read_target(path: Path) -> tuple[list[int], list[list[int]]]:
    """Vertex indices and integer offsets of one `.target` file."""
    rows = [line.split() for line in path.read_text("utf-8").splitlines() if line[:1] not in '#"']
    rows = [r for r in rows if len(r) >= 4]
    offsets = [[round(float(x) * OFFSETS_PER_DM) for x in r[1:4]] for r in rows]
    return [int(r[0]) for r in rows], offsets


def deltas(indices: list[int]) -> NDArray:
    """Steps between indices as wrapping uint16: small numbers, so the file packs well."""
    return np.diff(np.array(indices, np.int64), prepend=0).astype(np.uint16)


def wanted(name: str) -> bool:
    """Whether a target is of use: adults only."""
    if name.startswith("macrodetails/"):
        return "/" not in name[13:] and any(w in name for w in ("young", "old"))
    return name.split("/")[0] in FOLDERS


def starts(parts: list) -> NDArray:
    """Where each part begins in their concatenation, and the end."""
    return np.cumsum([0, *map(len, parts)])


def main(parent: Path) -> None:
    """Write the packed file."""
    data = parent / "makehuman" / "data"
    vertices, groups = read_mesh(data / "3dobjs" / "base.obj")
    root = data / "targets"
    files = sorted(root.rglob("*.target"), key=str)
    names = [f.relative_to(root).as_posix().removesuffix(".target") for f in files]
    read = {n: read_target(f) for n, f in zip(names, files, strict=True) if wanted(n)}
    bones = json.loads((data / "rigs" / "default_weights.mhw").read_text("utf-8"))["weights"]
    bones = {bone: pairs for bone, pairs in bones.items() if pairs}
    np.savez_compressed(
        PACKED,
        vertices=vertices.T.astype(np.int32),
        face_names=list(groups),
        face_starts=starts(list(groups.values())),
        faces=np.concatenate(list(groups.values())).astype(np.uint16),
        target_names=list(read),
        target_starts=starts([i for i, _ in read.values()]),
        target_indices=deltas([k for i, _ in read.values() for k in i]),
        target_offsets=np.concatenate([o for _, o in read.values() if o]).T.astype(np.int16),
        weight_names=list(bones),
        weight_starts=starts(list(bones.values())),
        weight_indices=deltas([i for pairs in bones.values() for i, _ in pairs]),
        weight_values=np.array(
            [round(w * WEIGHTS_PER_ONE) for pairs in bones.values() for _, w in pairs], np.uint16
        ),
    )
    print(len(read), "targets", PACKED.stat().st_size, "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
