"""The page's one verdict in words, made from a snapshot and what the checks found.

In: a :class:`~edge.status.snapshot.Snapshot`. Out: a :class:`BoxVerdict`. Always: it says
"Working." only when no check found anything, and otherwise names the first thing to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from edge.status import words
from edge.status.checks import Finding, Severity, run_checks
from edge.status.snapshot import HITS_KEPT, Snapshot


class Level(StrEnum):
    """How the box is as a whole."""

    GOOD = "good"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class BoxVerdict:
    """How the box is, in words.

    Attributes:
        level: see :class:`Level`.
        headline: a few words.
        details: the rest of the sentence: hits today and the watchlist when all is well,
            else cause and effect.
        remedy: the first thing to do, or "".
        findings: all that is wrong, the one told in the headline first.
    """

    level: Level
    headline: str
    details: str
    remedy: str
    findings: tuple[Finding, ...]

    @property
    def others(self) -> tuple[Finding, ...]:
        """What the headline does not tell."""
        return self.findings[1:]


def judge(snapshot: Snapshot, zone: tzinfo | None = None) -> BoxVerdict:
    """Say how the box is.

    Args:
        snapshot: what is known.
        zone: the time zone whose midnight begins "today"; None means the machine's own.
    """
    findings = run_checks(snapshot)
    if not findings:
        details = " ".join(filter(None, (hits_today(snapshot, zone), _watchlist(snapshot))))
        return BoxVerdict(Level.GOOD, "Working.", details, "", ())
    findings = tuple(sorted(findings, key=lambda one: one.severity is not Severity.FAILURE))
    first = findings[0]
    level = Level.FAILURE if first.severity is Severity.FAILURE else Level.WARNING
    details = f"{first.problem} {first.effect}"
    return BoxVerdict(level, first.headline, details, first.remedy, findings)


def hits_today(snapshot: Snapshot, zone: tzinfo | None = None) -> str:
    """``2 hits today.``, or "" when the store cannot be read."""
    if snapshot.counts is None:
        return ""
    today = snapshot.taken_at.astimezone(zone).date()
    hits = sum(one.decided_at.astimezone(zone).date() == today for one in snapshot.hits)
    if hits == HITS_KEPT:
        return f"At least {words.count(hits, 'hit')} today."
    text = words.count(hits, "hit")
    return f"{text[:1].upper()}{text[1:]} today."


def _watchlist(snapshot: Snapshot) -> str:
    age_s = snapshot.report.figure("watchlist_age_s")
    people = snapshot.recognise.figure("watchlist_people")
    age = f"{words.duration(age_s)} old" if age_s is not None else ""
    size = words.count(int(people), "person", "people") if people is not None else ""
    parts = ", ".join(filter(None, (age, size)))
    return f"Watchlist {parts}." if parts else ""
