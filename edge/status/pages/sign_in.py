"""Sign-in and sign-out."""

from __future__ import annotations

import math

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.status.access.door import Refused
from edge.status.access.roles import Access, Role
from edge.status.context import (
    Entry,
    PageContext,
    address_of,
    role_of,
    see_other,
    session_of,
    text_of,
)
from edge.status.verdict import judge

ENTRIES: tuple[Entry, ...] = ()
_MAX_PATH = 128


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""

    def show(request: Request) -> Response:
        after = _own_path(request.query_params.get("next", "/"))
        if role_of(request) is not None:
            return see_other(after)
        return welcome(context, request, after)

    def sign_in(request: Request) -> Response:
        after = _own_path(text_of(request, "next", 1024))
        try:
            role = Role(text_of(request, "role"))
        except ValueError as error:
            raise HTTPException(422, "There is no such account") from error
        try:
            token, _ = context.door.sign_in(
                role, text_of(request, "password", 1024), address_of(request)
            )
        except Refused as error:
            return welcome(context, request, after, error)
        answer = see_other(after)
        answer.set_cookie(
            context.cookie, token, path="/", secure=context.secure, httponly=True, samesite="strict"
        )
        return answer

    def sign_out(request: Request) -> Response:
        context.door.sign_out(session_of(request))
        answer = see_other("/")
        answer.delete_cookie(
            context.cookie, path="/", secure=context.secure, httponly=True, samesite="strict"
        )
        return answer

    return [
        context.page("/sign-in", Access.PUBLIC, show),
        context.form("/sign-in", Access.PUBLIC, sign_in),
        context.form("/sign-out", Access.SIGNED_IN, sign_out),
    ]


def welcome(
    context: PageContext, request: Request, after: str, refusal: Refused | None = None
) -> Response:
    """What somebody sees who is not signed in: how the box is in a few words, and the form.

    Args:
        context: what pages are made with.
        request: who asks.
        after: where to go once signed in.
        refusal: why the last try failed.
    """
    verdict = judge(context.observer.look(), context.zone)
    wait_s = refusal.wait_s if refusal else 0.0
    answer = context.render(
        "welcome.html",
        request,
        status=200 if refusal is None else 429 if wait_s else 403,
        headline=verdict.headline,
        effect=verdict.findings[0].effect if verdict.findings else "",
        after=after,
        refusal=refusal,
        roles=tuple(Role),
    )
    if wait_s:
        answer.headers["retry-after"] = str(math.ceil(wait_s))
    return answer


def _own_path(wanted: str) -> str:
    """A path of this box to go on to; anything else means the first page."""
    plain = wanted.startswith("/") and not wanted.startswith("//") and wanted.isascii()
    return wanted if plain and "\\" not in wanted and len(wanted) <= _MAX_PATH else "/"
