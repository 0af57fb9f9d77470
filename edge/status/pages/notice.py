"""The public notice: what this camera does. No sign-in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.status import texts
from edge.status.access.roles import Access
from edge.status.context import Entry, PageContext

ENTRIES = (Entry("Notice", "/notice", Access.PUBLIC),)


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""

    def show(request: Request) -> Response:
        camera = context.observer.look().recognise.fact("camera") or ""
        return context.render(
            "notice.html",
            request,
            title=texts.NOTICE_TITLE,
            sections=texts.NOTICE,
            camera=camera,
        )

    return [context.page("/notice", Access.PUBLIC, show)]
