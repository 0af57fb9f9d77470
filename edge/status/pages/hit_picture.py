"""A hit with its picture, for the operator who reviews it.

Pictures exist only of people on lists whose policy keeps them. The operator gives the password
again, which holds for ten minutes; the recogniser opens each picture, and each is a line in both
audit logs. No answer may be stored by a browser.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.runtime.answer_file import PICTURE_WISH, Answer, pictures
from edge.status.access.door import Refused
from edge.status.access.roles import Access
from edge.status.answer_desk import AnswerDesk
from edge.status.cards import make_row
from edge.status.context import (
    Entry,
    PageContext,
    address_of,
    see_other,
    session_of,
    text_of,
)
from edge.status.ports import HitLine
from edge.status.unlocking import UNLOCKED_S, Unlocking

ENTRIES: tuple[Entry, ...] = ()
_PATH = "/hits/picture"


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""
    answers = pictures(context.settings.box.run_dir)
    desk = AnswerDesk("hit", context.run_dir / PICTURE_WISH, answers)
    unlocking = Unlocking(context.clock)

    def show(request: Request) -> Response:
        hit = _hit(context, request.query_params.get("hit", ""))
        if not hit.pictured or not unlocking.is_unlocked(session_of(request)):
            return _page(context, request, hit)
        facts = {"hit": hit.hit_id}
        context.door.record(session_of(request).role, "hit-picture-asked", facts)
        return _page(context, request, hit, desk.ask(hit.hit_id))

    def picture(request: Request) -> Response:
        if not unlocking.is_unlocked(session_of(request)):
            raise HTTPException(403, "Give the password again to see pictures")
        found = desk.opened(request.query_params.get("hit", ""))
        if not found:
            raise HTTPException(404, "This picture was put away again")
        return Response(found, media_type="image/jpeg")

    def unlock(request: Request) -> Response:
        hit = _hit(context, text_of(request, "hit"))
        session, address = session_of(request), address_of(request)
        try:
            context.door.confirm(session.role, text_of(request, "password", 1024), address)
            context.door.record(session.role, "hit-pictures-unlocked", {"address": address})
        except Refused as error:
            said = Answer(b"", error.problem, error.remedy)
            return _page(context, request, hit, said, status=422)
        unlocking.unlock(session)
        return see_other(f"{_PATH}?hit={hit.hit_id}")

    return [
        context.page(_PATH, Access.OPERATOR, show),
        context.page(f"{_PATH}.jpg", Access.OPERATOR, picture),
        context.form(_PATH, Access.OPERATOR, unlock),
    ]


def _hit(context: PageContext, hit_id: str) -> HitLine:
    for one in context.observer.look().hits:
        if one.hit_id == hit_id:
            return one
    raise HTTPException(404, "This hit is not among the newest of this box any more")


def _page(
    context: PageContext,
    request: Request,
    hit: HitLine,
    answer: Answer | None = None,
    *,
    status: int = 200,
) -> Response:
    now = context.observer.look().taken_at
    return context.render(
        "hit_picture.html",
        request,
        status=status,
        hit=hit,
        row=make_row(hit, now, context.zone, by_receiver=context.by_receiver),
        seen=answer is not None and bool(answer.data),
        locked=hit.pictured and (answer is None or status != 200),
        problem=answer.problem if answer else "",
        remedy=answer.remedy if answer else "",
        minutes=int(UNLOCKED_S // 60),
    )
