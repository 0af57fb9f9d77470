"""What false alarms cost: the budget, its threshold, and what another budget would do.

The figures are the recogniser's, from the pack's calibration, this gallery and this traffic.
The slider chooses among the budgets it computed; nothing changes until it is saved, and what is
saved is checked again by the recogniser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.errors import ConfigError
from edge.status import words
from edge.status.access.roles import Access
from edge.status.budget_setting import LEAST, MOST, drop_budget, parse_budget, save_budget
from edge.status.context import Entry, PageContext, see_other, session_of, text_of
from edge.status.curve import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH, Place, draw
from edge.status.run_files import BudgetFile, BudgetPoint, read_budget

ENTRIES = (Entry("False alarms", "/false-alarms", Access.SIGNED_IN),)
_PATH = "/false-alarms"


@dataclass(frozen=True, slots=True)
class Choice:
    """One budget in words, and where it lies on the curve."""

    value: str
    alarms: str
    often: str
    at_most: str
    misses: str
    threshold: str
    note: str
    place: Place


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""

    def show(request: Request) -> Response:
        return _page(context, request)

    def save(request: Request) -> Response:
        try:
            wanted = parse_budget(text_of(request, "budget", 32))
        except ConfigError as error:
            return _page(context, request, error)
        role = session_of(request).role
        context.door.record(role, "budget-set", {"false_alarms_per_week": f"{wanted:g}"})
        save_budget(context.state_dir, wanted)
        return see_other(f"{_PATH}?saved={wanted:g}")

    def drop(request: Request) -> Response:
        context.door.record(session_of(request).role, "budget-dropped", {})
        drop_budget(context.state_dir)
        return see_other(f"{_PATH}?saved=settings")

    return [
        context.page(_PATH, Access.SIGNED_IN, show),
        context.form(f"{_PATH}/save", Access.OPERATOR, save),
        context.form(f"{_PATH}/drop", Access.OPERATOR, drop),
    ]


def _page(context: PageContext, request: Request, error: ConfigError | None = None) -> Response:
    found = read_budget(context.settings.box.run_dir)
    return context.render(
        "false_alarms.html",
        request,
        status=422 if error else 200,
        problem=error.problem if error else "",
        remedy=error.remedy if error else "",
        saved=_saved(request, found),
        found=found if found and found.points else None,
        advice=_advice(context),
        least=LEAST,
        most=MOST,
        drawn=_drawing(request, found) if found and found.points else None,
    )


def _drawing(request: Request, found: BudgetFile) -> dict[str, Any]:
    curve = draw(found.points, found.present)
    chosen = _chosen(request, found)
    return {
        "curve": curve,
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": RIGHT,
        "bottom": BOTTOM,
        "present": _choice(found.present, curve.present),
        "choices": [_choice(*one) for one in zip(found.points, curve.places, strict=True)],
        "chosen": chosen,
        "people": words.count(found.people, "person", "people"),
        "traffic": f"{found.tracks_per_week:,.0f}",
        "origin": _origin(found),
    }


def _chosen(request: Request, found: BudgetFile) -> int:
    """Which alternative to preview: the one asked for, else the nearest to the present."""
    asked = request.query_params.get("step", "")
    if asked.isdecimal() and len(asked) < 4 and int(asked) < len(found.points):
        return int(asked)
    budget, alarms = found.present.budget, found.present.false_alarms

    def distance(place: int) -> float:
        one = found.points[place]
        return abs((one.budget or 0) - budget) if budget else abs(one.false_alarms - alarms)

    return min(range(len(found.points)), key=distance)


def _choice(point: BudgetPoint, place: Place) -> Choice:
    return Choice(
        value=f"{point.budget:g}" if point.budget is not None else "",
        alarms=words.rate(point.false_alarms),
        often=words.every(point.false_alarms),
        at_most=words.rate(point.at_most),
        misses=words.share(point.miss_rate),
        threshold=f"{point.threshold:.4f}",
        note=_note(point),
        place=place,
    )


def _note(point: BudgetPoint) -> str:
    if point.budget is not None and point.false_alarms > 1.05 * point.budget:
        return "More than the budget: the pack allows no higher threshold."
    if point.extrapolated:
        return "No stranger that was measured scored so high: an estimate beyond the measurements."
    return ""


def _origin(found: BudgetFile) -> str:
    if found.origin == "page":
        return "set on this page"
    if found.present.budget is None:
        return "no budget: a fixed threshold, from the settings or the pack"
    return "from the settings file"


def _saved(request: Request, found: BudgetFile | None) -> str:
    saved = request.query_params.get("saved", "")
    if saved == "settings":
        return "Saved. The settings hold again within a second or two."
    try:
        value = parse_budget(saved)
    except ConfigError:
        return ""
    return f"Saved: {words.rate(value)} false alarms a week. It holds within a second or two."


def _advice(context: PageContext) -> str:
    view = context.observer.look().recognise
    return " ".join(filter(None, (view.fact("budget"), view.fact("budget_advice"))))
