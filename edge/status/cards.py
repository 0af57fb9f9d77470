"""What the page shows, as plain text values the templates only lay out.

In: a snapshot and its verdict. Out: :class:`Card` for each process and :class:`HitRow` for
each hit. Nothing here is HTML; escaping is the template engine's, always on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from edge.status import figures, words
from edge.status.ports import Delivery, HitLine
from edge.status.snapshot import ProcessView, Standing

_ABOUT = {
    "recognise": ("Recogniser", "Looks at the camera and searches the watchlist."),
    "report": ("Reporter", "Sends hits and keeps the watchlist up to date."),
    "status": ("Status page", "Shows this page and nothing else."),
}
_STANDING = {
    Standing.RUNNING: ("Running", "good"),
    Standing.STARTING: ("Starting", "warning"),
    Standing.DEGRADED: ("Needs attention", "failure"),
    Standing.STOPPED: ("Stopped", "failure"),
    Standing.SILENT: ("Not responding", "failure"),
    Standing.ABSENT: ("No report yet", "warning"),
}
_DELIVERY = {
    Delivery.RECORDED: ("Waiting to be sent", "warning"),
    Delivery.SENT: ("Sent, not confirmed", "plain"),
    Delivery.ACKNOWLEDGED: ("At the broker", "good"),
}
_FACT_LABELS = {"last_problem": "Last problem"}
_AS_LAST_HEARD = "Figures as last heard, not as of now:"
_OLD = {
    Standing.SILENT: _AS_LAST_HEARD,
    Standing.STOPPED: _AS_LAST_HEARD,
    # A process that tries again and again has no new figures to tell.
    Standing.DEGRADED: "Figures may be from before the problem:",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One process on the page.

    Attributes:
        name: "recognise", "report" or "status".
        title: its name for people.
        purpose: what it does, one sentence.
        standing: its state in words.
        tone: "good", "warning" or "failure".
        since: since when, in words, or "".
        caution: how far the figures can be trusted, or "".
        problem, remedy: what it said, or "".
        key, more: figures; the few that matter and the rest.
        facts: (label, words).
    """

    name: str
    title: str
    purpose: str
    standing: str
    tone: str
    since: str
    caution: str
    problem: str
    remedy: str
    key: list[figures.Figure]
    more: list[figures.Figure]
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HitRow:
    """One hit on the page; ``who`` is a label only where the list allows labels."""

    when: str
    when_iso: str
    camera: str
    who: str
    list_id: str
    sureness: str
    percent: str
    looks: str
    delivery: str
    tone: str


def make_card(view: ProcessView, now: datetime, zone: tzinfo | None = None) -> Card:
    """Lay out one process."""
    title, purpose = _ABOUT[view.name]
    standing, tone = _STANDING[view.standing]
    state = view.state
    key, more = figures.split(view.name, state.figures if state else {})
    return Card(
        name=view.name,
        title=title,
        purpose=purpose,
        standing=standing,
        tone=tone,
        since=_since(view, now, zone),
        caution=_OLD.get(view.standing, ""),
        problem=state.problem if state else f"The {title.lower()} has not reported yet.",
        remedy=state.remedy if state else "",
        key=key,
        more=more,
        facts=[
            (_fact_label(name), words) for name, words in (state.facts if state else {}).items()
        ],
    )


def make_row(hit: HitLine, now: datetime, zone: tzinfo | None = None) -> HitRow:
    """Lay out one hit."""
    delivery, tone = _DELIVERY[hit.delivery]
    sure = words.sureness(hit.probability)
    return HitRow(
        when=words.moment(hit.decided_at, now, zone),
        when_iso=hit.decided_at.isoformat(),
        camera=hit.camera,
        who=hit.label or f"Entry {hit.entry_id}",
        list_id=hit.list_id,
        sureness=sure[:1].upper() + sure[1:],
        percent=words.percent(hit.probability),
        looks=words.count(hit.frames, "look"),
        delivery=delivery,
        tone=tone,
    )


def _since(view: ProcessView, now: datetime, zone: tzinfo | None) -> str:
    if view.state is None:
        return ""
    if view.standing in (Standing.SILENT, Standing.STOPPED):
        heard = view.state.updated_at
        return f"Last heard at {words.moment(heard, now, zone)}, {_ago(heard, now)}"
    started = view.state.started_at
    return f"Since {words.moment(started, now, zone)}, {_ago(started, now)}"


def _ago(then: datetime, now: datetime) -> str:
    return f"{words.duration(max(0.0, (now - then).total_seconds()))} ago"


def _fact_label(name: str) -> str:
    return _FACT_LABELS.get(name) or name.replace("_", " ").capitalize()
