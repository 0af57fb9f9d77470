"""Render candidates for the demo's people: small pictures of many seeds, for `screen.py`.

In: a range of seeds. Out: `SEED_VIEW.png`. The seed says the sex (odd: m) and the skin (seed modulo
3: dark, mid, light), so that every group is drawn equally often.

    THREADS=1 python -m models.build.people.candidates FOLDER FIRST LAST [VIEWS]
"""

from __future__ import annotations

import sys
from pathlib import Path

from models.build.people import views
from models.build.people.identity import ANCESTRIES, identity

SIZE_PX, SAMPLES, MANY_VIEWS_SIZE_PX, MANY_VIEWS_SAMPLES = 192, 8, 256, 12


def main(folder: Path, first: int, last: int, count: int) -> None:
    """Render what is missing; several views are rendered in the quality of the photos."""
    folder.mkdir(parents=True, exist_ok=True)
    size = (SIZE_PX, SAMPLES) if count == 1 else (MANY_VIEWS_SIZE_PX, MANY_VIEWS_SAMPLES)
    for seed in range(first, last + 1):
        who = identity(seed, "fm"[seed % 2], ANCESTRIES[seed % 3])
        for number in range(count):
            path = folder / f"{seed:03d}_{number:02d}.png"
            if not path.exists():
                views.render(who, number, path, *size)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int((*sys.argv, "1")[4]))
