"""Error rates per group of rendered people, and by how far a head is turned.

    python -m benchmarks.rendered [--pack NAME]

The people are those of the demo: their sex, skin and age are what they were made with. The enrolled
ones are enrolled with their five photos; the probes are single looks: the four other views of each,
and all views of the strangers. With 18 people, a group is a handful: the table shows that nothing
is grossly wrong, and cannot show that groups are alike.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.compose import eval as composed
from edge.demo.truth import DATA
from edge.eval.detect import pasted
from edge.eval.identify import run_trials
from edge.eval.instruments import Instruments
from edge.eval.look import Look, LookTaker
from edge.eval.protocol import Enrolled, Plan

SEED = 1
ENROLMENT_PHOTOS = 5
# The yaw of view_1 to view_4 in degrees, of the enrolled and of the strangers, as in
# models/build/people/views.py, which cannot be imported without the renderer.
ENROLLED_YAWS_DEG = (28, 4, -8, 20)
STRANGER_YAWS_DEG = (0, 14, -18, 28)
AGES = ((0, 40), (40, 60), (60, 120))
YAWS = ((0, 6), (6, 12), (12, 22), (22, 30))


@dataclass(frozen=True, slots=True)
class Probe:
    """One single look: whom and how, and its scores."""

    sex: str
    skin: str
    age: int
    yaw_deg: float
    mated: bool
    found: bool
    own: float
    other: float


def main() -> None:
    """Measure and print the tables as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rendered")
    parser.add_argument("--pack", default="default")
    args = parser.parse_args()
    pack = composed.pack(args.pack)
    instruments = composed.instruments(pack)
    probes = measure(instruments)
    threshold = pack.manifest.decision.threshold
    print(f"Pack {pack.ref}, single looks at the pack's threshold {threshold:g}.\n")
    print("| group | people's looks | not found | least own score | missed | strangers' looks "
          "| highest score | false |\n|" + " --- |" * 8)  # fmt: skip
    _row("all", probes, threshold)
    for name in ("sex", "skin"):
        for value in sorted({getattr(probe, name) for probe in probes}):
            _row(f"{name} {value}", [p for p in probes if getattr(p, name) == value], threshold)
    for low, high in AGES:
        _row(f"age {low} to {high - 1}", [p for p in probes if low <= p.age < high], threshold)
    for low, high in YAWS:
        chosen = [p for p in probes if low <= abs(p.yaw_deg) < high]
        _row(f"head turned {low} to {high - 1}°", chosen, threshold)
    detection(instruments)


def measure(instruments: Instruments) -> list[Probe]:
    """All probes with their groups and scores."""
    tree = tomllib.loads((DATA / "people.toml").read_text("utf-8"))["person"]
    enrolled = [one for one in tree if one["enrolled"]]
    strangers = [one for one in tree if not one["enrolled"]]
    gallery = tuple(
        Enrolled(
            tuple(_photo(one, "enrol", n) for n in range(ENROLMENT_PHOTOS)),
            tuple((_photo(one, "view", n),) for n in range(len(ENROLLED_YAWS_DEG))),
        )
        for one in enrolled
    )
    others = tuple(
        (_photo(one, "view", n),) for one in strangers for n in range(len(STRANGER_YAWS_DEG))
    )
    plan = Plan(ENROLMENT_PHOTOS, 1, gallery, others, 0)
    looks = LookTaker(instruments).all(plan.photos + plan.probes, "", lambda *_: None)
    trials = run_trials(plan, looks, instruments)
    who = [(one, yaw, True) for one in enrolled for yaw in ENROLLED_YAWS_DEG]
    who += [(one, yaw, False) for one in strangers for yaw in STRANGER_YAWS_DEG]
    own = [*trials.own, *([float("nan")] * len(others))]
    other = [*trials.other, *trials.stranger]
    return [
        Probe(
            one["sex"], one["skin"], one["age"], yaw, mated,
            isinstance(looks[picture], Look), float(mine), float(theirs),
        )
        for (one, yaw, mated), picture, mine, theirs in zip(
            who, plan.probes, own, other, strict=True
        )
    ]  # fmt: skip


def _photo(one: dict[str, object], kind: str, number: int) -> Path:
    return DATA / "photos" / str(one["key"]) / f"{kind}_{number + 1}.jpg"


def _row(name: str, probes: Iterable[Probe], threshold: float) -> None:
    chosen = list(probes)
    mated = [p for p in chosen if p.mated]
    strangers = [p for p in chosen if not p.mated and p.found]
    lost = sum(not p.found for p in chosen)
    missed = sum(not (p.own >= threshold and p.own > p.other) for p in mated)
    false = sum(p.other >= threshold for p in strangers)
    least = min((p.own for p in mated if p.found), default=np.nan)
    most = max((p.other for p in strangers), default=np.nan)
    print(
        f"| {name} | {len(mated)} | {lost} | {_said(least)} | {missed} | {len(strangers)} "
        f"| {_said(most)} | {false} |"
    )


def detection(instruments: Instruments) -> None:
    """Print recall of small faces by the skin they were rendered with."""
    tree = tomllib.loads((DATA / "people.toml").read_text("utf-8"))["person"]
    print("\n| skin | photos | found at 28 px, light / dark | 20 px | 14 px | 10 px |")
    print("|" + " --- |" * 6)
    for skin in ("light", "mid", "dark"):
        folders = [DATA / "photos" / one["key"] for one in tree if one["skin"] == skin]
        photos = [photo for folder in folders for photo in sorted(folder.glob("*.jpg"))]
        found = pasted(instruments, photos, [], instruments.input_px, SEED, lambda *_: None)
        cells = [
            " / ".join(f"{r[size].found / r[size].of:.3f}" for r in (found.light, found.dark))
            for size in (28, 20, 14, 10)
        ]
        print(f"| {skin} | {len(photos)} | " + " | ".join(cells) + " |")


def _said(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
