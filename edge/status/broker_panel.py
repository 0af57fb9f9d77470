"""The connection to the broker in words, and the page's wish to try it afresh.

In: what the report process told last, and what came of the last trial. Out: a :class:`Broker`;
``RUN/status/broker.json``, which the report process looks for. Always: the page itself reaches no
broker; a trial that nobody answers is told as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge.runtime.wish_file import leave_wish
from edge.status import words
from edge.status.context import PageContext
from edge.status.run_files import TrialFile, read_trial
from edge.status.snapshot import Standing

REQUEST = "broker.json"
PATIENCE_S = 25.0  # longer than a trial may take
SHOWN_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying the broker.

    Attributes:
        tone: "good", "plain" while it is tried, or "failure".
        said: a sentence.
        remedy: what to do, or "".
    """

    tone: str
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Broker:
    """The connection to the broker, in words.

    Attributes:
        address: host and port.
        standing: whether there is a connection.
        tone: of that.
        last_problem: what it was refused with last, or "".
        ack: when a hit is done.
        trial: what came of trying it lately, or None.
    """

    address: str
    standing: str
    tone: str
    last_problem: str
    ack: str
    trial: Trial | None


def ask_for_trial(context: PageContext) -> None:
    """Have the broker tried afresh.

    Raises:
        ConfigError: the request cannot be written.
    """
    leave_wish(context.run_dir / REQUEST, {})


def broker_of(context: PageContext) -> Broker:
    """The connection to the broker, as the report process told it last."""
    view = context.observer.look().report
    connected = view.figure("connected")
    standing, tone = {None: ("Not known", "warning"), 1.0: ("Connected", "good")}.get(
        connected, ("Not connected", "failure")
    )
    if view.standing is not Standing.RUNNING and view.standing is not Standing.DEGRADED:
        standing, tone = "Not known: the reporter does not run", "warning"
    by = "a receiver has stored it" if context.by_receiver else "the broker has taken it"
    said = view.fact("last_problem") or ""
    return Broker(view.fact("broker") or "not known", standing, tone, said, by, _trial(context))


def _trial(context: PageContext) -> Trial | None:
    asked_ns = _written_ns(context.run_dir / REQUEST)
    found = read_trial(context.settings.box.run_dir)
    now = context.clock.utc()
    if asked_ns is not None and (found is None or found.asked_ns < asked_ns):
        waited_s = now.timestamp() - asked_ns / 1e9
        if 0 <= waited_s < PATIENCE_S:
            return Trial("plain", "Trying the broker now…")
        if waited_s < SHOWN_FOR.total_seconds():
            return Trial(
                "failure",
                "The reporter has not tried the broker.",
                "Look at the overview whether it runs, and try again.",
            )
    recent = found is not None and abs(now - found.ended_at) < SHOWN_FOR
    return _told(context, found) if found is not None and recent else None


def _told(context: PageContext, found: TrialFile) -> Trial:
    when = words.moment(found.ended_at, context.clock.utc(), context.zone)
    if found.problem:
        return Trial("failure", f"Tried {when}: {found.problem}", found.remedy)
    took = words.number(found.took_s)
    return Trial("good", f"Tried {when}: the broker took this box and its credentials in {took} s.")


def _written_ns(path: Path) -> int | None:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return None
