"""What an identification measurement says, for people and as JSON.

In: plan, trials, curve, times. Out: text lines or one JSON object. Always: people are counted,
never named; no path, picture or template appears.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edge.errors import ConfigError
from edge.eval.det_curve import TARGETS, Point, curve, fnir_at, fpir_at, levels, rank_one
from edge.eval.identify import Trials
from edge.eval.look import Times
from edge.eval.protocol import Plan

NOTE = (
    "Measured on these people only. Error rates differ between groups of people, cameras and "
    "light; see docs/accuracy.md for what numbers like these do not cover."
)


@dataclass(frozen=True, slots=True)
class Setup:
    """How a measurement was made.

    Attributes:
        pack: ``id@version``.
        seed: of the bootstrap and of degradations.
        gates: whether the pack's quality limits refused looks.
        degraded: what was done to the probes, as given.
        threshold: the pack's shipped threshold.
    """

    pack: str
    seed: int
    gates: bool
    degraded: tuple[str, ...]
    threshold: float


@dataclass(frozen=True, slots=True)
class Report:
    """A finished identification measurement."""

    setup: Setup
    plan: Plan
    trials: Trials
    points: tuple[Point, ...]
    times: Times

    def at(self, rate: float) -> Point:
        """The point at one of the target rates."""
        return next(point for point in self.points if point.fpir == rate)

    def as_json(self) -> dict[str, Any]:
        """The whole report; keys of rates are "0.1", "0.01" and "0.003"."""
        trials, strangers = self.trials, self._strangers
        targets = {format(rate, "g"): self.at(rate) for rate in TARGETS}
        return {
            "schema": 1,
            **self._conditions(),
            "gallery": trials.gallery,
            "probes": {"mated": len(trials.own), "non_mated": len(trials.stranger)},
            "fte": {"people": trials.failed_to_enrol},
            "fta": self._acquisition(),
            "rank1": rank_one(trials),
            "fnir_at_fpir": {key: point.fnir for key, point in targets.items()},
            "fnir_band_at_fpir": {key: [p.low, p.high] for key, p in targets.items()},
            "threshold_at_fpir": {key: point.threshold for key, point in targets.items()},
            "unresolved_fpir": [key for key, p in targets.items() if p.fpir * strangers < 1],
            "at_pack_threshold": {
                "threshold": self.setup.threshold,
                "fnir": fnir_at(trials, self.setup.threshold),
                "fpir": fpir_at(trials, self.setup.threshold),
            },
            "det": [asdict(point) for point in self.points],
            "ms_a_face": self._durations(),
            "note": NOTE,
        }

    def lines(self) -> list[str]:
        """The report for people."""
        tree = self.as_json()
        fta, ms = tree["fta"], tree["ms_a_face"]
        gates = "on" if self.setup.gates else "off"
        degraded = ", ".join(self.setup.degraded) or "no"
        rows = [
            f"Pack {self.setup.pack}; {self.plan.enrol} photos enrolled, {self.plan.frames} "
            f"fused to a probe; quality gates {gates}; probes degraded: {degraded}; seed "
            f"{self.setup.seed}.",
            f"Gallery {tree['gallery']} people, {tree['probes']['mated']} mated probes, "
            f"{tree['probes']['non_mated']} non-mated; {tree['unused_pictures']} pictures left "
            "over and not used.",
            f"Failures to enrol: {tree['fte']['people']} people. Failures to acquire: "
            f"{fta['mated_probes']} mated and {fta['non_mated_probes']} non-mated probes "
            f"({fta['pictures']} of {self.trials.pictures} pictures).",
            f"Rank 1: {tree['rank1']:.4f}",
            f"{'FPIR':>8} {'threshold':>10} {'FNIR':>8}   95 % band",
        ]
        rows += [self._row(self.at(rate)) for rate in TARGETS]
        shipped = tree["at_pack_threshold"]
        rows += [
            f"At the pack's threshold {shipped['threshold']:.3f}: FNIR {shipped['fnir']:.4f}, "
            f"FPIR {shipped['fpir']:.4f}.",
            f"ms a face: detect {ms['detect']:.1f}, align {ms['align']:.1f}, embed "
            f"{ms['embed']:.1f}.",
            NOTE,
        ]
        return rows

    @property
    def _strangers(self) -> int:
        return int(np.sum(self.trials.stranger_acquired))

    def _row(self, point: Point) -> str:
        few = point.fpir * self._strangers < 1
        note = f"  (fewer than {1 / point.fpir:.0f} non-mated probes)" if few else ""
        return (
            f"{point.fpir:8.3%} {point.threshold:10.4f} {point.fnir:8.4f}   "
            f"{point.low:.4f} to {point.high:.4f}{note}"
        )

    def _conditions(self) -> dict[str, Any]:
        return {
            "pack": self.setup.pack,
            "enrol": self.plan.enrol,
            "frames": self.plan.frames,
            "seed": self.setup.seed,
            "gates": self.setup.gates,
            "degraded": list(self.setup.degraded),
            "unused_pictures": self.plan.unused,
            "upsampled_pictures": self.trials.upsampled,
        }

    def _acquisition(self) -> dict[str, Any]:
        trials = self.trials
        failed = sum(trials.failures.values())
        return {
            "mated_probes": int(np.sum(~trials.acquired)),
            "non_mated_probes": int(np.sum(~trials.stranger_acquired)),
            "pictures": failed,
            "rate": failed / max(1, trials.pictures),
            "by_reason": {str(kind): count for kind, count in trials.failures.items()},
            "outside_quality_limits": trials.refused,
        }

    def _durations(self) -> dict[str, float]:
        faces, pictures = max(1, self.times.faces), max(1, self.times.pictures)
        return {
            "detect": 1000 * self.times.detect_s / pictures,
            "align": 1000 * self.times.align_s / faces,
            "embed": 1000 * self.times.embed_s / faces,
        }


def make_report(setup: Setup, plan: Plan, trials: Trials, times: Times) -> Report:
    """Draw the curve and put everything together.

    Raises:
        ConfigError: no stranger gave a template, so that there is no FPIR.
    """
    strangers = int(np.sum(trials.stranger_acquired))
    if strangers == 0:
        raise ConfigError(
            f"None of the {len(trials.stranger)} non-mated probes gave a template.",
            "Without them there is no rate of false positives; check the pictures.",
        )
    points = curve(trials, levels(strangers), setup.seed)
    return Report(setup, plan, trials, tuple(points), times)
