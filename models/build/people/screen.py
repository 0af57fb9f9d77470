"""Choose people who look unlike each other to the default pack.

In: a folder of candidates, `SEED_VIEW.png`, one or more views each. Out, on standard output: the
chosen seeds and the nearest pairs. Random faces of one generator lie nearer to each other than real
people do, so the demo's people are chosen; figures on chosen people say nothing about real ones.
Strangers may look alike; a pair with an enrolled person in it may not.

Runs in the project's environment (no Blender). Look at every face before it is used.

    python -m models.build.people.screen FOLDER ENROLLED STRANGERS [SEED,SEED,... to leave out]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.compose import box
from edge.compose.register import PackPhotoReader
from edge.errors import PhotoError

Floats = NDArray[np.float64]

NEAR, STEEP = 0.92, 200.0  # a pair costs exp(STEEP * (cosine - NEAR))
STRANGERS_COUNT = 0.1
STARTS = 100


def templates(folder: Path, left_out: set[int]) -> dict[int, Floats]:
    """Templates (views, 128) by seed; views in which no face is found are left out."""
    reader = PackPhotoReader(box.load("default"), 1)
    out: dict[int, list[Floats]] = {}
    for path in sorted(folder.glob("*_*.png")):
        seed = int(path.stem.split("_")[0])
        if seed in left_out:
            continue
        try:
            out.setdefault(seed, []).append(reader.read(path).template)
        except PhotoError as error:
            print(f"{path.name}: {error}")
    return {seed: np.stack(views) for seed, views in out.items() if views}


def nearest(found: dict[int, Floats]) -> Floats:
    """The highest cosine (n, n) over the views of each pair; 0 on the diagonal."""
    views = list(found.values())
    cosine = np.array([[(a @ b.T).max() for b in views] for a in views])
    np.fill_diagonal(cosine, 0)
    return cosine


def cost(pairs: Floats, enrolled: list[int], strangers: list[int]) -> float:
    """What a choice costs: `pairs` holds the cost of each pair."""
    inside = pairs[np.ix_(enrolled, enrolled)].sum() / 2
    across = pairs[np.ix_(enrolled, strangers)].sum()
    return float(inside + across + STRANGERS_COUNT * pairs[np.ix_(strangers, strangers)].sum())


def swapped(chosen: list[int], place: int, other: int) -> list[int]:
    """The choice with `other` in a place; who was there takes the place `other` had, if any."""
    out = list(chosen)
    if other in out:
        out[out.index(other)] = out[place]
    out[place] = other
    return out


def improve(pairs: Floats, chosen: list[int], enrolled: int) -> tuple[float, list[int]]:
    """Swap as long as a swap helps."""
    best = cost(pairs, chosen[:enrolled], chosen[enrolled:])
    better = True
    while better:
        better = False
        for place in range(len(chosen)):
            for other in range(len(pairs)):
                trial = swapped(chosen, place, other)
                value = cost(pairs, trial[:enrolled], trial[enrolled:])
                if value < best - 1e-9:
                    best, chosen, better = value, trial, True
    return best, chosen


def main(folder: Path, enrolled: int, strangers: int, left_out: set[int]) -> None:
    """Print the best choice of many random starts."""
    found = templates(folder, left_out)
    seeds, cosine = list(found), nearest(found)
    pairs = np.exp(STEEP * (cosine - NEAR))
    np.fill_diagonal(pairs, 0)
    r = np.random.default_rng(0)
    starts = [r.permutation(len(seeds))[: enrolled + strangers].tolist() for _ in range(STARTS)]
    _, chosen = min(improve(pairs, start, enrolled) for start in starts)
    print("enrolled ", sorted(seeds[i] for i in chosen[:enrolled]))
    print("strangers", sorted(seeds[i] for i in chosen[enrolled:]))
    for i in chosen[:enrolled]:
        j = max(chosen, key=lambda k, row=cosine[i]: row[k])
        print(f"{seeds[i]}: nearest is {seeds[j]}, {cosine[i, j]:.3f}")


if __name__ == "__main__":
    banned = {int(s) for s in sys.argv[4].split(",")} if len(sys.argv) > 4 else set()
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), banned)
