"""The names on a list, for the operator: asked for on the record, and gone after minutes.

Names are on the box only of lists that tell them. The page's process cannot read the list: it
leaves a wish, the recogniser writes a line in its audit log and lays the names into memory for a
few minutes. Here they are read, shown to the operator alone, and not kept; what was read from a
list that is in force no more is not shown. No answer may be stored by a browser.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.runtime.answer_file import NAMES_WISH, Answer, names
from edge.status import words
from edge.status.access.roles import Access
from edge.status.answer_desk import AnswerDesk
from edge.status.context import Entry, PageContext, see_other, session_of, text_of
from edge.status.run_files import ListScope, read_list
from edge.values.names import NamesOnList

ENTRIES: tuple[Entry, ...] = ()
_PATH = "/watchlist/names"
_NAMES: TypeAdapter[NamesOnList] = TypeAdapter(NamesOnList)


@dataclass(frozen=True, slots=True)
class NameRow:
    """One person on a list, in words."""

    label: str
    entry: str
    until: str


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""
    desk = AnswerDesk("list", context.run_dir / NAMES_WISH, names(context.settings.box.run_dir))

    def show(request: Request) -> Response:
        scope = _scope(context, request.query_params.get("list", ""))
        return _page(context, request, scope, _read(context, desk.opened(scope.list_id)))

    def ask(request: Request) -> Response:
        scope = _scope(context, text_of(request, "list"))
        context.door.record(session_of(request).role, "names-asked", {"list": scope.list_id})
        answer = desk.ask(scope.list_id)
        if answer.problem:
            return _page(context, request, scope, None, answer)
        return see_other(f"{_PATH}?list={scope.list_id}")

    return [
        context.page(_PATH, Access.OPERATOR, show),
        context.form(_PATH, Access.OPERATOR, ask),
    ]


def lists_with_names(context: PageContext) -> tuple[ListScope, ...]:
    """The lists in force that tell names."""
    found = read_list(context.settings.box.run_dir)
    return tuple(one for one in found.lists if one.show_label) if found else ()


def _scope(context: PageContext, list_id: str) -> ListScope:
    for one in lists_with_names(context):
        if one.list_id == list_id:
            return one
    raise HTTPException(404, "There is no such list with names on this box")


def _read(context: PageContext, data: bytes) -> NamesOnList | None:
    """What was opened, if it is of the list in force; None when it was put away."""
    found = read_list(context.settings.box.run_dir)
    try:
        told = _NAMES.validate_json(data) if data else None
    except ValidationError:
        return None
    return told if told and found and told.version == found.version else None


def _page(
    context: PageContext,
    request: Request,
    scope: ListScope,
    told: NamesOnList | None,
    refusal: Answer | None = None,
) -> Response:
    now = context.observer.look().taken_at
    rows = [
        NameRow(one.label, one.entry_id, words.moment(one.expires_at, now, context.zone))
        for one in (told.entries if told else ())
    ]
    return context.render(
        "names.html",
        request,
        status=503 if refusal else 200,
        scope=scope,
        told=told,
        rows=rows,
        total=words.count(told.total, "entry", "entries") if told else "",
        problem=refusal.problem if refusal else "",
        remedy=refusal.remedy if refusal else "",
    )
