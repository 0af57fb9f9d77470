"""What the checks of the two processes share: how a process that does not run well is told."""

from __future__ import annotations

from dataclasses import dataclass

from edge.status import words
from edge.status.checks.finding import Finding, Severity
from edge.status.snapshot import ProcessView, Standing

_RESTART = "Start watchpost again, or restart the box if it stays like this."


@dataclass(frozen=True, slots=True)
class Role:
    """What a process is for.

    Attributes:
        check: name of its check.
        title: for people.
        headline: when it does not work.
        effect: of that.
        effect_in_part: when it works in part.
        told_elsewhere: parts of the box whose trouble has a check of its own.
    """

    check: str
    title: str
    headline: str
    effect: str
    effect_in_part: str
    told_elsewhere: tuple[str, ...] = ()


def check_process(view: ProcessView, role: Role) -> Finding | None:
    """A process must run."""
    if view.standing is Standing.RUNNING or any(map(view.trouble_with, role.told_elsewhere)):
        return None
    problem, remedy = _words(view, role.title)
    headline, effect = role.headline, role.effect
    if view.standing is Standing.STARTING:
        headline = f"{role.title} is starting."
    elif view.standing is Standing.DEGRADED:
        headline, effect = f"{role.title} needs attention.", role.effect_in_part
    return Finding(role.check, Severity.FAILURE, headline, problem, effect, remedy)


def _words(view: ProcessView, title: str) -> tuple[str, str]:
    said = view.state
    match view.standing:
        case Standing.ABSENT:
            return f"{title} has not reported yet.", _RESTART
        case Standing.STARTING:
            return f"{title} is getting ready.", "Wait half a minute."
        case Standing.STOPPED:
            return f"{title} was stopped.", "Start watchpost again."
        case Standing.SILENT:
            silence = words.duration(view.age_s) if view.age_s >= 60 else f"{view.age_s:.0f} s"
            last = f" It last said: {said.problem}" if said and said.problem else ""
            remedy = said.remedy if said and said.remedy else _RESTART
            return f"{title} has not responded for {silence}.{last}", remedy
        case _:
            problem = said.problem if said else ""
            remedy = said.remedy if said else ""
            return problem or f"{title} reports a problem.", remedy or _RESTART
