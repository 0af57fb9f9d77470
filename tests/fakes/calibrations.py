"""A calibration whose tails are exactly known."""

from __future__ import annotations

from edge.recognise.calibration import MATED_SHARES, Calibration, LooksCalibration


def tail(looks: int, start: float = 0.93, scale: float = 0.006) -> LooksCalibration:
    """A tail with its end at a score of 1, mated scores spread evenly over 0.96 to 1."""
    return LooksCalibration(
        looks=looks,
        tail_from=start,
        tail_share=0.005,
        tail_scale=scale,
        tail_shape=-scale / (1 - start),
        measured_to=0.97,
        band=((0.94, 1e-4, 2e-3), (0.99, 1e-8, 1e-6)),
        mated=tuple(0.96 + 0.04 * share for share in MATED_SHARES),
    )


def calibration(retests: float = 1.0) -> Calibration:
    """Tails for 1, 3 and 5 looks, each a little higher."""
    tails = (tail(1), tail(3, 0.94), tail(5, 0.942))
    return Calibration(slope=440, offset=-425, source="a test", retests=retests, looks=tails)
