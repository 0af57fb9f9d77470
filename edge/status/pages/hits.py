"""The hits, newest first, and what the operator says of them.

A review goes to the hub as an event and into the figures on this page; it never changes a
threshold. Labels are for the operator alone, and only where a list shows them.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.status import words
from edge.status.access.roles import Access, Role
from edge.status.cards import HitRow, make_row
from edge.status.context import Entry, PageContext, form_of, see_other, session_of
from edge.status.ports import HitLine
from edge.status.reviews import ReviewBook, Tally, total
from edge.status.verdict import hits_today
from edge.values import Opinion, Review

ENTRIES = (Entry("Hits", "/hits", Access.SIGNED_IN),)
ROWS = 100
_ACTIONS = {Opinion.CONFIRMED: "hit-confirmed", Opinion.NOT_THIS_PERSON: "hit-dismissed"}


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """A hit, what was said of it ("" when nothing was), and whether a picture of it is kept."""

    hit_id: str
    row: HitRow
    opinion: str
    pictured: bool


@dataclass(frozen=True, slots=True)
class PrecisionRow:
    """How often the reviewed hits of a list were right, in words."""

    name: str
    share: str
    counts: str
    band: str


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""
    book = ReviewBook(context.state_dir)

    def live(role: Role | None) -> str:
        return _render(context, book, role)

    def show(request: Request) -> Response:
        return context.render("hits.html", request, live="hits")

    def review(request: Request) -> Response:
        opinion, hit_id = _said(request)
        hit = _find(context, hit_id)
        said = Review(hit.hit_id, opinion, context.clock.utc())
        context.door.record(session_of(request).role, _ACTIONS[opinion], {"hit": hit.hit_id})
        book.add(said, hit.list_id)
        return see_other(f"/hits#hit-{hit.hit_id}")

    context.live("hits", Access.SIGNED_IN, live)
    return [
        context.page("/hits", Access.SIGNED_IN, show),
        context.form("/hits/review", Access.OPERATOR, review),
    ]


def precision_row(name: str, tally: Tally) -> PrecisionRow:
    """Put a tally into words."""
    share = tally.precision
    low, high = tally.band
    return PrecisionRow(
        name,
        words.percent(share) if share is not None and share < 1 else "100 %" if share else "–",
        f"{tally.confirmed:,} of {tally.reviewed:,} reviewed",
        f"{words.percent(low)} to {words.percent(high)}" if tally.reviewed else "not known",
    )


def _said(request: Request) -> tuple[Opinion, str]:
    """Which button was pressed: its name is the opinion, its value the hit."""
    for opinion in Opinion:
        value = form_of(request).get(opinion.value)
        if isinstance(value, str) and value:
            return opinion, value
    raise HTTPException(422, "The form says neither confirmed nor not this person")


def _find(context: PageContext, hit_id: str) -> HitLine:
    for one in context.observer.look().hits:
        if one.hit_id == hit_id:
            return one
    raise HTTPException(404, "This hit is not among the newest of this box any more")


def _render(context: PageContext, book: ReviewBook, role: Role | None) -> str:
    snapshot, zone = context.observer.look(), context.zone
    verdicts, tallies = book.verdicts(), book.tallies()
    rows = [
        ReviewedRow(
            hit.hit_id,
            make_row(
                hit,
                snapshot.taken_at,
                zone,
                names=role is Role.OPERATOR,
                by_receiver=context.by_receiver,
            ),
            verdicts.get(hit.hit_id, ""),
            hit.pictured,
        )
        for hit in snapshot.hits[:ROWS]
    ]
    precision = [precision_row(name, one) for name, one in tallies.items()]
    if len(precision) > 1:
        precision.append(precision_row("All lists", total(tallies)))
    return context.renderer.html(
        "hits_live.html",
        rows=rows,
        precision=precision,
        may_review=role is Role.OPERATOR,
        today=hits_today(snapshot, zone),
        counts=snapshot.counts,
        by_receiver=context.by_receiver,
        store_problem=snapshot.store_problem,
        store_remedy=snapshot.store_remedy,
    )
