"""Turns snapshots into the pages' HTML.

In: an :class:`~edge.status.snapshot.Observer`. Out: text of whole pages and of the live part
alone. Always: every value is escaped by the template engine, and the live part is rendered
once for all who watch it.
"""

from __future__ import annotations

import threading
from datetime import tzinfo
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from edge.status import texts, words
from edge.status.cards import make_card, make_row
from edge.status.snapshot import Observer, Snapshot
from edge.status.verdict import hits_today, judge

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
ROWS = 20


class Pages:
    """Renders the pages.

    Args:
        observer: takes snapshots.
        zone: time zone of the moments shown; None means the machine's own.
    """

    def __init__(self, observer: Observer, zone: tzinfo | None = None) -> None:
        self._observer = observer
        self._zone = zone
        self._engine = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._engine.filters["coded"] = coded
        self._lock = threading.Lock()
        self._rendered: tuple[Snapshot, str] | None = None

    def home(self) -> str:
        """The whole status page."""
        return self._render("home.html", self._observer.look())

    def live(self) -> str:
        """The part of the status page that changes."""
        snapshot = self._observer.look()
        with self._lock:
            if self._rendered is None or self._rendered[0] is not snapshot:
                self._rendered = (snapshot, self._render("live.html", snapshot))
            return self._rendered[1]

    def notice(self) -> str:
        """The public notice."""
        snapshot = self._observer.look()
        return self._engine.get_template("notice.html").render(
            title=texts.NOTICE_TITLE,
            sections=texts.NOTICE,
            identity=snapshot.identity,
            camera=snapshot.recognise.fact("camera") or "",
            privacy=texts.PRIVACY,
        )

    def error(self, problem: str, remedy: str) -> str:
        """A page that says what went wrong and what to do."""
        return self._engine.get_template("error.html").render(problem=problem, remedy=remedy)

    def _render(self, template: str, snapshot: Snapshot) -> str:
        now, zone = snapshot.taken_at, self._zone
        return self._engine.get_template(template).render(
            identity=snapshot.identity,
            camera=snapshot.recognise.fact("camera") or "",
            pack=snapshot.recognise.fact("pack") or "not known yet",
            verdict=judge(snapshot, zone),
            cards=[make_card(view, now, zone) for view in snapshot.processes],
            rows=[make_row(hit, now, zone) for hit in snapshot.hits[:ROWS]],
            counts=snapshot.counts,
            today=hits_today(snapshot, zone),
            store_problem=snapshot.store_problem,
            store_remedy=snapshot.store_remedy,
            taken=words.moment(now, now, zone),
            privacy=texts.PRIVACY,
        )


def coded(text: str) -> Markup:
    """Escape a text and set what stands between two backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part
        for index, part in enumerate(parts)
    )
