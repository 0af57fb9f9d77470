"""The first page: one verdict, then the parts of the box.

Signed out it says only how the box is, without causes, figures or hits: those tell a stranger
in the network who came when, and where broker and camera are.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.status.access.roles import Access, Role
from edge.status.cards import make_row
from edge.status.context import Entry, PageContext, role_of
from edge.status.pages.sign_in import welcome
from edge.status.tiles import make_tiles
from edge.status.verdict import hits_today, judge

ENTRIES = (Entry("Overview", "/", Access.SIGNED_IN),)
ROWS = 5


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""

    def live(role: Role | None) -> str:
        return render_live(context, role)

    def show(request: Request) -> Response:
        if role_of(request) is None:
            return welcome(context, request, "/")
        return context.render("overview.html", request, live="overview")

    context.live("overview", Access.SIGNED_IN, live)
    return [context.page("/", Access.PUBLIC, show)]


def render_live(context: PageContext, role: Role | None) -> str:
    """The part of the overview that changes."""
    snapshot, zone = context.observer.look(), context.zone
    now, verdict = snapshot.taken_at, judge(snapshot, zone)
    names = role is Role.OPERATOR
    return context.renderer.html(
        "_overview.html",
        verdict=verdict,
        tiles=make_tiles(snapshot, verdict.findings, zone),
        rows=[make_row(hit, now, zone, names=names) for hit in snapshot.hits[:ROWS]],
        counts=snapshot.counts,
        today=hits_today(snapshot, zone),
        store_problem=snapshot.store_problem,
        store_remedy=snapshot.store_remedy,
    )
