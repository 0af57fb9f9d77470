"""Numbers and moments in plain words, for people who did not build the box.

In: seconds, moments, probabilities. Out: short English text. Always: a probability is never
rounded up to certainty, and a moment is told in the time zone it is asked for.
"""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

_SURENESS = (
    (0.999, "practically certain"),
    (0.99, "almost certain"),
    (0.95, "very likely"),
    (0.8, "likely"),
    (0.5, "more likely than not"),
    (0.0, "unlikely"),
)
_LONGER = ((86400, "day"), (3600, "hour"), (60, "minute"))


def count(number: int, one: str, many: str = "") -> str:
    """``1 hit``, ``2 hits``, ``12,000 hits``, ``no hits``."""
    if number == 0:
        return f"no {many or one + 's'}"
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A length of time by its largest unit: ``4 minutes``; under one: ``less than a minute``."""
    for size_s, unit in _LONGER:
        if seconds >= size_s:
            return count(int(seconds // size_s), unit)
    return "less than a minute"


def moment(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """``14:02:31`` today, ``3 Oct, 14:02`` within a year, else with the year.

    Args:
        at: the moment, with a time zone.
        now: the present, with a time zone.
        zone: where the reader is; None means the machine's own zone.
    """
    there, here = at.astimezone(zone), now.astimezone(zone)
    if there.date() == here.date():
        return f"{there:%H:%M:%S}"
    year = f" {there.year}" if there.year != here.year else ""
    return f"{there.day} {there:%b}{year}, {there:%H:%M}"


def sureness(probability: float) -> str:
    """A probability, 0..1, in words: ``almost certain``."""
    return next(words for least, words in _SURENESS if probability >= least)


def percent(probability: float) -> str:
    """A probability, 0..1, as a percentage, rounded down: ``99.4 %``, ``over 99.9 %``."""
    if probability > 0.999:
        return "over 99.9 %"
    return f"{math.floor(probability * 1000 + 1e-9) / 10:.1f} %"


def size(size_bytes: float) -> str:
    """An amount of storage: ``512 MiB``, ``27.4 GiB``."""
    gibibytes = size_bytes / 2**30
    return f"{gibibytes:.1f} GiB" if gibibytes >= 1 else f"{size_bytes / 2**20:.0f} MiB"


def number(value: float) -> str:
    """A figure with as many digits as help: ``12,345``, ``10.4``, ``0.25``."""
    if not math.isfinite(value):
        return "not a number"
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


def rate(per_week: float) -> str:
    """A rate with two digits at most: ``0.015``, ``1``, ``12``, ``1,000``."""
    if per_week >= 10:
        return f"{per_week:,.0f}"
    return f"{per_week:.2g}" if per_week >= 0.001 else "under 0.001"


def share(value: float) -> str:
    """A share, 0..1, as a percentage with few digits: ``0 %``, ``0.5 %``, ``12 %``."""
    if 0 < value < 0.001:
        return "under 0.1 %"
    return f"{100 * value:.2g} %" if value < 0.1 else f"{100 * value:.0f} %"


def every(per_week: float) -> str:
    """How often something happens that happens so many times a week: ``one in 3 weeks``."""
    if per_week <= 0:
        return "never"
    if per_week >= 14:
        return f"{per_week / 7:,.0f} a day"
    if per_week >= 1.5:
        return f"{per_week:.2g} a week"
    weeks = 1 / per_week
    if weeks < 8:
        return "one a week" if weeks < 1.5 else f"one in {weeks:.0f} weeks"
    return (
        f"one in {weeks / 4.345:.0f} months"
        if weeks < 104
        else f"one in {weeks / 52.18:,.0f} years"
    )
