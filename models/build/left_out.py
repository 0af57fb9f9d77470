"""Measures and calibrates a pack on the people its cohort was made of, each one left out.

In:   a folder of people as `watchpost eval identify` takes it, and a pack with a `[cohort]`.
Out:  error rates of identification, and the tables `[calibration]` for the manifest.
Always: the people are dealt into ten parts; a probe is compared with a cohort made of the nine
      others' people. `watchpost eval identify` and `watchpost models calibrate` compare it with the
      pack's own, in which these very people are mixed, and flatter the pack on them.
Not here: the protocol (`edge/eval`), the calibration (`edge/calibrate`).

Usage: python -m models.build.left_out DIR [--pack NAME] [--write MANIFEST] [--leave-out FOLDER]
           [--plot FILE]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from edge.calibrate.manifest_text import replaced
from edge.calibrate.measure import Options, calibrate
from edge.calibrate.photo_set import Looks, Whole
from edge.calibrate.summary import summary
from edge.compose import eval as composed
from edge.eval.det_curve import TARGETS, Point, curve, fnir_at, fpir_at, levels
from edge.eval.identify import Trials, run_trials
from edge.eval.instruments import Instruments
from edge.eval.look import Look, LookTaker, Result
from edge.eval.people import Pictures, people_in
from edge.eval.plot import draw
from edge.eval.protocol import Plan, make_plan
from edge.recognise.cohort import Cohort
from edge.values import Floats
from models.build.cohort import mixtures

PARTS = 10
PLANS = ((1, 1), (3, 1), (3, 3))


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Cohorts that each lack a tenth of the people, and who belongs to which tenth.

    Attributes:
        cohorts: one for each part, of the people of all other parts.
        part_of: the part of each person, in their order.
    """

    cohorts: tuple[Cohort, ...]
    part_of: Whole

    def parts(self, people: Sequence[Pictures]) -> dict[Path, int]:
        """The part of each picture's person."""
        return {p: int(self.part_of[n]) for n, one in enumerate(people) for p in one}

    def allowance(self, probes: Floats, people: Whole) -> Floats:
        """What is taken off the scores of probes of these people."""
        found = np.zeros(len(probes), np.float32)
        for part, cohort in enumerate(self.cohorts):
            own = self.part_of[people] == part
            if own.any():
                found[own] = cohort.allowance(probes[own])
        return found


def left_out(people: Sequence[Pictures], looks: Mapping[Path, Result], pack: str) -> LeftOut:
    """Deal the people into parts and make their cohorts."""
    stated = composed.pack(pack).manifest.cohort
    if stated is None:
        raise SystemExit(f"the pack {pack} has no [cohort]")
    part_of = np.random.default_rng(7).permutation(len(people)) % PARTS
    firsts = [_first(pictures, looks) for pictures in people]
    cohorts = [
        np.stack(
            [
                row
                for row, own in zip(firsts, part_of, strict=True)
                if row is not None and own != part
            ]
        )
        for part in range(PARTS)
    ]
    return LeftOut(tuple(Cohort(mixtures(rows), stated) for rows in cohorts), part_of)


def _first(pictures: Pictures, looks: Mapping[Path, Result]) -> Floats | None:
    found = (looks[picture] for picture in pictures)
    return next((look.template for look in found if isinstance(look, Look)), None)


def trials(
    plan: Plan,
    looks: Mapping[Path, Result],
    instruments: Instruments,
    folds: LeftOut,
    part_of: Mapping[Path, int],
) -> Trials:
    """The scores of a plan, each probe's from the cohort without its person's part."""
    mated = [part_of[one.photos[0]] for one in plan.gallery for _ in one.probes]
    strangers = [part_of[probe[0]] for probe in plan.strangers]
    found = [
        run_trials(plan, looks, replace(instruments, allowance=cohort.allowance))
        for cohort in folds.cohorts
    ]
    merged = found[0]
    for part, one in enumerate(found):
        ours, theirs = np.array(mated) == part, np.array(strangers) == part
        merged = replace(
            merged,
            own=np.where(ours, one.own, merged.own),
            other=np.where(ours, one.other, merged.other),
            stranger=np.where(theirs, one.stranger, merged.stranger),
        )
    return merged


def _rates(
    people: Sequence[Pictures],
    looks: Mapping[Path, Result],
    instruments: Instruments,
    folds: LeftOut,
    orders: int,
    threshold: float,
) -> dict[str, Sequence[Point]]:
    """Print the rates of each plan; its DET curve by name."""
    curves: dict[str, Sequence[Point]] = {}
    part_of = folds.parts(people)
    for enrol, frames in PLANS:
        by_order = []
        for order in range(orders + 1):
            shuffled = _shuffled(people, order) if order else people
            plan = make_plan(shuffled, enrol, frames)
            scores = trials(plan, looks, instruments, folds, part_of)
            points = curve(scores, TARGETS, 1)
            by_order.append(points[TARGETS.index(0.01)].fnir)
            if not order:
                _tell(enrol, frames, points)
                curves[f"photos enrolled: {enrol}, looks: {frames}"] = curve(
                    scores, levels(len(scores.stranger)), 1
                )
                missed, passed = fnir_at(scores, threshold), fpir_at(scores, threshold)
                print(f"  at the pack's {threshold}: FNIR {missed:.4f}, FPIR {passed:.4f}")
        if orders:
            at = np.array(by_order[1:])
            print(
                f"  at 1 %, {orders} orders of the photos: mean {at.mean():.4f}, standard "
                f"deviation {at.std():.4f}, {at.min():.3f} to {at.max():.3f}",
                flush=True,
            )
    return curves


def _tell(enrol: int, frames: int, points: Sequence[Point]) -> None:
    for one in points:
        print(
            f"{enrol} photos, {frames} looks: FNIR {one.fnir:.3f} ({one.low:.3f} to "
            f"{one.high:.3f}) at FPIR {one.fpir:g}, threshold {one.threshold:.3f}",
            flush=True,
        )


def _shuffled(people: Sequence[Pictures], seed: int) -> tuple[Pictures, ...]:
    draw = Random(seed)
    return tuple(tuple(draw.sample(one, len(one))) for one in people)


def main() -> None:
    """Print rates and the calibration's summary; write the calibration."""
    parser = argparse.ArgumentParser(description="Measure a pack, its cohort's people left out.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--pack", default="default")
    parser.add_argument("--orders", type=int, default=20, help="random orders of the photos (20)")
    parser.add_argument("--leave-out", action="append", default=[], metavar="FOLDER")
    parser.add_argument("--write", type=Path, metavar="MANIFEST", help="put the calibration here")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the DET curves (PNG, SVG)")
    parser.add_argument("--source", default="photos of people, each left out of the cohort")
    arguments = parser.parse_args()
    pack = composed.pack(arguments.pack)
    instruments = composed.instruments(pack)
    people = people_in(arguments.folder, instruments.endings)
    pictures = tuple(picture for one in people for picture in one)
    looks = LookTaker(instruments).all(pictures, "looking", lambda *_: None)
    folds = left_out(people, looks, arguments.pack)
    if arguments.write:
        _calibrated(arguments, people, looks, instruments, folds)
    threshold = pack.manifest.decision.threshold
    curves = _rates(people, looks, instruments, folds, arguments.orders, threshold)
    if arguments.plot is not None:
        draw(curves, arguments.plot)


def _calibrated(
    arguments: argparse.Namespace,
    people: Sequence[Pictures],
    looks: Mapping[Path, Result],
    instruments: Instruments,
    folds: LeftOut,
) -> None:
    used = [
        (number, look)
        for number, pictures in enumerate(people)
        if pictures[0].parent.name not in arguments.leave_out
        for look in (looks[picture] for picture in pictures)
        if isinstance(look, Look) and not look.refused
    ]
    calibrated = Looks(
        np.stack([instruments.store(look.template[None])[0] for _, look in used]),
        np.array([look.quality.weight for _, look in used], np.float32),
        np.array([number for number, _ in used], np.int64),
        folds.allowance,
    )
    measured = calibrate(
        calibrated,
        calibrated,
        lambda rows: instruments.publish(rows)[0],
        arguments.source,
        Options(),
    )
    print(summary(measured, ()))
    text = replaced(arguments.write.read_text("utf-8"), measured.calibration)
    arguments.write.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
