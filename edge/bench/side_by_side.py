"""Times several arms in turn, A B C A B C …, so that a machine's drift hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(
    arms: Mapping[str, Callable[[], object]], rounds: int, warmup: int = 3, *, cpu: bool = False
) -> dict[str, list[float]]:
    """Seconds of each arm in each round, after some rounds that do not count.

    With ``cpu`` it is this process's processor time, which other programs disturb less.
    """
    now_s = time.process_time if cpu else time.perf_counter
    taken: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(warmup + rounds):
        for name, arm in arms.items():
            begin_s = now_s()
            arm()
            if number >= warmup:
                taken[name].append(now_s() - begin_s)
    return taken


def median_ms(times_s: list[float]) -> float:
    """Median, milliseconds."""
    return 1000 * statistics.median(times_s)


def median_ratio(one: list[float], other: list[float]) -> float:
    """Median over the rounds of one arm's time by another's of the same round."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))
