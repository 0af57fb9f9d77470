"""The degradation table of a pack's card: misses and failures as probes get worse.

    python -m benchmarks.degradation DIR [--pack NAME] [--looks FILE.csv] [--only WORD ...]
                                         [--left-out]

DIR as for ``watchpost eval identify``. Three photos enrolled, as they are; the probes are made
worse, of strangers too. Two plans are scored from the same looks: single looks (M = 1) and three
fused (M = 3). ``FNIR`` is at the threshold that gives the *undegraded* strangers an FPIR of 1 %,
since a box cannot set its threshold anew for every shadow; ``FPIR`` is what that threshold gives
the degraded strangers. A line is printed as soon as it is measured. ``--looks`` writes scores and
measures of every single look, without names, for the error-versus-reject curves
(``benchmarks/gates.py``). ``--left-out`` is for the people of whom the pack's cohort was made: each
probe is compared with a cohort without its person (``models/build/left_out.py``).
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.compose import eval as composed
from edge.eval.degrade import Degradation
from edge.eval.det_curve import curve, fnir_at, fpir_at
from edge.eval.identify import Trials, run_trials
from edge.eval.instruments import Instruments
from edge.eval.look import Look, LookTaker, Result
from edge.eval.people import people_in
from edge.eval.protocol import Plan, make_plan
from edge.eval.reject import MEASURES, Looks, looks_of
from models.build.left_out import left_out, trials

ENROL, TARGET, SEED = 3, 0.01, 1
CONDITIONS = (
    "", "inter-eye=80", "inter-eye=60", "inter-eye=40", "inter-eye=28", "inter-eye=20",
    "inter-eye=14", "blur=1.5", "blur=3", "noise=8", "noise=20", "gain=0.12 noise=4", "jpeg=30",
    "occlude=mask", "occlude=glasses", "inter-eye=28 noise=8 jpeg=30", "occlude=sunglasses",
    "gain=0.25 noise=4", "gamma=2", "gamma=0.5", "blur=2", "jpeg=10",
)  # fmt: skip
Scores = Callable[[Plan, Mapping[Path, Result], Instruments], Trials]
COLUMNS = ("condition", "mated", "own", "other", *MEASURES)
HEAD = (
    "| probes | enlarged | no face found | px between the eyes, median | "
    "M=1: FNIR | FPIR | FNIR at own 1 % | M=3: FNIR | FPIR | FNIR at own 1 % |"
)


def main() -> None:
    """Measure and print the table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.degradation")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--pack", default="default")
    parser.add_argument("--looks", type=Path, metavar="FILE")
    parser.add_argument(
        "--only", default=[""], nargs="+", help="only conditions that begin with one of these"
    )
    parser.add_argument("--left-out", action="store_true", help="DIR made the pack's cohort")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    instruments = composed.instruments(composed.pack(args.pack))
    people = people_in(args.folder, instruments.endings)
    scores: Scores = run_trials
    if args.left_out:
        photos = [photo for one in people for photo in one]
        folds = left_out(people, LookTaker(instruments).all(photos, "", _quiet), args.pack)
        scores = partial(trials, folds=folds, part_of=folds.parts(people))
    table = Table(instruments, [make_plan(people, ENROL, frames) for frames in (1, 3)], scores)
    print(HEAD + "\n|" + " --- |" * 10, flush=True)
    for condition in CONDITIONS:
        if condition == "" or condition.startswith(tuple(args.only)):
            row, looks = table.measure(condition)
            print("| " + " | ".join(row) + " |", flush=True)
            if args.looks is not None:
                _append(args.looks, condition, looks)
    print(f"\nThresholds: {[round(t, 4) for t in table.thresholds]}; pack {instruments.pack}.")


class Table:
    """Measures conditions one after the other against the same enrolled people.

    Args:
        instruments: the pack's stages.
        plans: of single looks first.
        scores: compares a plan's probes with its gallery.

    Attributes:
        thresholds: for each plan, that of the undegraded probes at the target FPIR.
    """

    def __init__(self, instruments: Instruments, plans: list[Plan], scores: Scores) -> None:
        self._with = instruments
        self._scores = scores
        self._plans = plans
        self.thresholds: list[float] = []
        photos = sorted({photo for plan in plans for photo in plan.photos})
        self._enrolled = LookTaker(instruments).all(photos, "", _quiet)
        self._probes = sorted({probe for plan in plans for probe in plan.probes})

    def measure(self, condition: str) -> tuple[list[str], Looks]:
        """A row of the table and the single looks behind it; the undegraded ones come first."""
        degradations = [Degradation.parse(word) for word in condition.split()]
        taker = LookTaker(self._with, degradations=degradations, seed=SEED)
        looks = taker.all(self._probes, condition, _quiet)
        row = [condition or "as they are", *_facts(looks)]
        single: Looks | None = None
        for number, plan in enumerate(self._plans):
            seen = {p: self._enrolled[p] for p in plan.photos} | {p: looks[p] for p in plan.probes}
            found = self._scores(plan, seen, self._with)
            own = curve(found, [TARGET], SEED)[0]
            if condition == "":
                self.thresholds.append(own.threshold)
            limit = self.thresholds[number]
            rates = (fnir_at(found, limit), fpir_at(found, limit), own.fnir)
            row += [f"{rate:.3f}" for rate in rates]
            single = single or looks_of(plan, seen, found)
        assert single is not None  # noqa: S101 - there is at least one plan
        return row, single


def _facts(looks: Mapping[Path, Result]) -> list[str]:
    found = [look for look in looks.values() if isinstance(look, Look)]
    lost = len(looks) - len(found)
    apart = np.median([look.quality.inter_eye_px for look in found]) if found else float("nan")
    enlarged = sum(look.upsampled for look in found) / max(1, len(found))
    return [f"{enlarged:.0%}", f"{lost} of {len(looks)}", f"{apart:.0f}"]


def _append(path: Path, condition: str, looks: Looks) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        out = csv.writer(file)
        if new:
            out.writerow(COLUMNS)
        for n in range(len(looks.own)):
            row: list[Any] = [condition or "clean", int(looks.mated[n])]
            row += [f"{looks.own[n]:.5f}", f"{looks.other[n]:.5f}"]
            out.writerow(row + [f"{looks.measures[name][n]:.4f}" for name in MEASURES])


def _quiet(said: str, done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{said} {done}/{of}", end="", file=sys.stderr)


if __name__ == "__main__":
    main()
