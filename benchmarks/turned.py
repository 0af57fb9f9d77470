"""Detection and identification of rendered heads turned by 0, 15, 30 and 45 degrees.

    python -m models.build.presence.visits edge/demo/data DIR turned   # renders them, needs Blender
    python -m benchmarks.turned DIR [--pack NAME] [--json]

The demo's enrolled people are enrolled with their five photos; the probes are single looks, one a
person and angle, half to the left and half to the right, gates off; the strangers are probes too.
With 12 enrolled people a miss is 0.083: the columns show where it breaks, not a rate.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from edge.compose import eval as composed
from edge.demo.truth import DATA
from edge.eval.look import Failure, Look, LookTaker
from edge.values import Floats

YAWS_DEG = (0, 15, 30, 45)
ENROLMENT_PHOTOS = 5


def main() -> None:
    """Measure and print a table as Markdown, or one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turned")
    parser.add_argument("folder", type=Path, help="what models.build.presence.visits rendered")
    parser.add_argument("--pack", default="default")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = rows_of(args.folder / "turned", args.pack)
    if args.json:
        print(json.dumps(rows))
        return
    print("| yaw | heads | found | refused by the limits | missed of enrolled | least own score "
          "| highest score of a stranger |\n|" + " --- |" * 7)  # fmt: skip
    for row in rows:
        print("| " + " | ".join(str(value) for value in row.values()) + " |")


def rows_of(folder: Path, name: str) -> list[dict[str, object]]:
    """A row for each angle."""
    pack = composed.pack(name)
    instruments = composed.instruments(pack)
    taker = LookTaker(instruments)
    people = tomllib.loads((DATA / "people.toml").read_text("utf-8"))["person"]
    gallery = {
        one["key"]: _template(taker, instruments.publish, one["key"])
        for one in people
        if one["enrolled"]
    }
    threshold = pack.manifest.decision.threshold
    return [
        _row(yaw, [(one["key"], taker.take(_head(folder, one["key"], yaw))) for one in people],
             gallery, threshold, instruments.allowance)
        for yaw in YAWS_DEG
    ]  # fmt: skip


def _head(folder: Path, key: str, yaw_deg: int) -> Path:
    return folder / key / f"yaw_{yaw_deg:02d}.jpg"


def _template(taker: LookTaker, publish: Callable[[Floats], Floats], key: str) -> Floats:
    photos = [DATA / "photos" / key / f"enrol_{n + 1}.jpg" for n in range(ENROLMENT_PHOTOS)]
    looks = [one for photo in photos if isinstance(one := taker.take(photo), Look)]
    return publish(np.stack([one.template for one in looks]))


def _row(
    yaw_deg: int,
    probes: Sequence[tuple[str, Look | Failure]],
    gallery: dict[str, Floats],
    threshold: float,
    allowance: Callable[[Floats], Floats],
) -> dict[str, object]:
    found = [(key, look) for key, look in probes if isinstance(look, Look)]
    own, stranger, missed = [], [], sum(key in gallery for key, _ in probes)
    for key, look in found:
        less = float(allowance(look.template[None])[0])
        scores = {who: float((rows @ look.template).max()) - less for who, rows in gallery.items()}
        best = max(scores, key=lambda who: scores[who])
        if key not in gallery:
            stranger.append(scores[best])
            continue
        own.append(scores[key])
        missed -= best == key and scores[key] >= threshold
    return {
        "yaw_deg": yaw_deg,
        "heads": len(probes),
        "found": len(found),
        "refused": sum(bool(look.refused) for _, look in found),
        "missed": f"{missed} of {sum(key in gallery for key, _ in probes)}",
        "least_own": round(min(own, default=0.0), 3),
        "highest_stranger": round(max(stranger, default=0.0), 3),
    }


if __name__ == "__main__":
    main()
