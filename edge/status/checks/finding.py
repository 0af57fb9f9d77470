"""What a health check says when something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is: a failure means that nobody is recognised or no hit can arrive."""

    FAILURE = "failure"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong and what to do about it; every text is whole sentences.

    Attributes:
        check: short name of the check.
        severity: see :class:`Severity`.
        headline: what the box does or does not do, a few words: ``Not watching.``
        problem: the cause.
        effect: what it means for people.
        remedy: what to do now.
    """

    check: str
    severity: Severity
    headline: str
    problem: str
    effect: str
    remedy: str
