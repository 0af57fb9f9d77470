"""Makes the cohort of the default pack: mixtures of people that tell how common a face is.

In:   a folder of people as `watchpost eval identify` takes it, and a pack, whose stages are used.
Out:  `models/<pack>/cohort.npz`, int8 (500, 128): each row is the mean of the templates of six
      people, drawn from the twelve nearest to somebody. Nobody's name is looked at.
Always: no row is anybody's template, and there are fewer rows than people, so that theirs cannot
      be solved for; only the first usable photo of each person counts.
Not here: what a box does with it (`edge/recognise/cohort.py`), and how good it is on people it
      has not seen (`left_out`).

Usage: python -m models.build.cohort DIR [--pack NAME]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from edge.compose import eval as composed
from edge.eval.instruments import Instruments
from edge.eval.look import Look, LookTaker
from edge.eval.people import people_in
from edge.recognise.cohort import Cohort
from edge.recognise.pack import CohortManifest
from edge.values import Floats
from edge.watchlist.quantise import quantise, restore

ROWS = 500
MIXED, NEIGHBOURS = 6, 12
PACKS = Path(__file__).parents[1]


def mixtures(people: Floats, rows: int = ROWS, seed: int = 1) -> Floats:
    """Mixtures of neighbouring people, as a box has them.

    Args:
        people: (n, dimensions) float32, a template of length 1 for each person.
        rows: how many; at most half as many as there are people.
        seed: of the draw.
    """
    generator = np.random.default_rng(seed)
    nearest = np.argsort(-(people @ people.T), axis=1, kind="stable")[:, :NEIGHBOURS]
    around = nearest[generator.integers(len(people), size=min(rows, len(people) // 2))]
    mixed = [people[generator.choice(one, MIXED, replace=False)].mean(axis=0) for one in around]
    return restore(quantise(np.stack(mixed).astype(np.float32)))


def level(rows: Floats, people: Floats, stated: CohortManifest) -> float:
    """The level at which these people's allowances are nothing on average."""
    plain = Cohort(rows, stated.model_copy(update={"weight": 1.0, "level": 0.0}))
    return round(float(plain.allowance(people).mean()), 3)


def templates(folder: Path, instruments: Instruments) -> Floats:
    """The first usable photo's template of each person who has one."""
    taker, found = LookTaker(instruments, gates=True), []
    for pictures in people_in(folder, instruments.endings):
        looks = (taker.take(picture) for picture in pictures)
        first = next((look for look in looks if isinstance(look, Look)), None)
        found += [first.template] if first else []
    return np.stack(found)


def main() -> None:
    """Make the file; print the level that belongs into the manifest."""
    parser = argparse.ArgumentParser(description="Make a pack's cohort of mixtures of people.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--pack", default="default", help="whose stages and manifest are used")
    arguments = parser.parse_args()
    pack = composed.pack(arguments.pack)
    stated = pack.manifest.cohort
    if stated is None:
        parser.error(f"the manifest of {pack.ref} has no [cohort]")
    people = templates(arguments.folder, composed.instruments(pack))
    rows = mixtures(people)
    target = PACKS / arguments.pack / stated.file
    np.savez_compressed(target, rows=quantise(rows))
    print(
        f"{target}: {len(rows)} mixtures of {len(people)} people; level = "
        f"{level(rows, people, stated)}. Run `python -m models.build.manifest` now."
    )


if __name__ == "__main__":
    main()
