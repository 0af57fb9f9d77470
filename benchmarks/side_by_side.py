"""Times several arms in turn, A B C A B C …, so that a machine's drift hits all alike."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path


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


def machine() -> str:
    """What this runs on, in words."""
    cpu = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.lower().startswith(("model name", "hardware")):
            cpu = line.partition(":")[2].strip()
            break
    cores = len([x for x in Path("/proc/cpuinfo").read_text().splitlines() if x[:9] == "processor"])
    return f"{cores} x {cpu}, Linux {platform.release()}, Python {platform.python_version()}"


def tell(found: Mapping[str, object], *, as_json: bool) -> None:
    """Print what was found on this machine: one JSON object, or a line for each figure."""
    told = {"machine": machine(), **found}
    if as_json:
        print(json.dumps(told, indent=2))
        return
    for name, value in told.items():
        print(f"  {name:44} {f'{value:14,.3f}' if isinstance(value, float) else value}")
