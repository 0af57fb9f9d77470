"""One's own account: change the password."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.errors import ConfigError
from edge.status.access.accounts import MAX_LENGTH, MIN_LENGTH
from edge.status.access.door import Refused
from edge.status.access.roles import Access
from edge.status.context import Entry, PageContext, address_of, session_of, text_of

ENTRIES = (Entry("Account", "/account", Access.SIGNED_IN),)


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""

    def show(request: Request) -> Response:
        return _page(context, request)

    def change(request: Request) -> Response:
        old, new = text_of(request, "old", 1024), text_of(request, "new", 1024)
        if new != text_of(request, "again", 1024):
            return _page(context, request, "The two new passwords differ.", "Type both again.", 422)
        try:
            context.door.change_password(session_of(request), old, new, address_of(request))
        except (Refused, ConfigError) as error:
            return _page(context, request, error.problem, error.remedy, 422)
        return _page(context, request, done="The password is changed.")

    return [
        context.page("/account", Access.SIGNED_IN, show),
        context.form("/account/password", Access.SIGNED_IN, change),
    ]


def _page(
    context: PageContext,
    request: Request,
    problem: str = "",
    remedy: str = "",
    status: int = 200,
    *,
    done: str = "",
) -> Response:
    return context.render(
        "account.html",
        request,
        status=status,
        problem=problem,
        remedy=remedy,
        done=done,
        min_length=MIN_LENGTH,
        max_length=MAX_LENGTH,
    )
