"""Puts the status page together as one ASGI application.

In: what every page is made with, the bound address and the box's names. Out: a
:class:`StatusApp`. Always: each page's routes come from its module in ``pages/``; nothing is
asked of another host, and an error is answered with problem and remedy. Serving it is
``processes/status.py``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from edge.errors import WatchpostError
from edge.status.api import make_router
from edge.status.context import PageContext, see_other, sign_in_path
from edge.status.events import EventStream
from edge.status.guard import Guard
from edge.status.live import LiveParts
from edge.status.pages import MODULES, navigation
from edge.status.rendering import STATIC

_MISSING = "There is no such page on this box."
_BACK = "Go back to the status page."
_NOT_PAGES = ("/api/", "/events/", "/live/", "/healthz", "/metrics")

_Handlers = dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]


@dataclass(frozen=True, slots=True)
class StatusApp:
    """The application and its live events, which must be closed before the server ends."""

    asgi: ASGIApp
    events: EventStream


def build_app(context: PageContext, *, host: str, names: tuple[str, ...] = ()) -> StatusApp:
    """Put the application together; opens nothing.

    Args:
        context: what every page is made with.
        host: the address the page is bound to.
        names: names the box has in its network.
    """
    context.entries = navigation()
    parts = LiveParts(context)
    events = EventStream(parts.watch)
    app = FastAPI(
        title="watchpost status",
        version=context.observer.identity.version,
        description="Reads the state of one box.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their scripts come from another host
        redoc_url=None,
        routes=_routes(context, parts, events),
        exception_handlers=_error_handlers(context),
    )
    app.include_router(make_router(context))
    return StatusApp(Guard(app, host, names, context.forms), events)


def _routes(context: PageContext, parts: LiveParts, events: EventStream) -> list[BaseRoute]:
    pages = [route for module in MODULES for route in module.routes(context)]
    return [
        *pages,
        Route("/live/{name}", parts.answer),
        Route("/events/{name}", events),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _error_handlers(context: PageContext) -> _Handlers:
    def page(request: Request, status: int, problem: str, remedy: str) -> Response:
        request.state.session = context.find(request, touch=False)
        return context.render("error.html", request, status=status, problem=problem, remedy=remedy)

    async def refused(request: Request, error: HTTPException) -> Response:
        problem = _MISSING if error.status_code == 404 else f"{error.detail}."
        if request.url.path.startswith(_NOT_PAGES):
            return _json(error.status_code, problem, "See /api/v1/openapi.json.")
        if error.status_code == 401:
            return see_other(sign_in_path(request))
        return await run_in_threadpool(page, request, error.status_code, problem, _BACK)

    async def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][1:])
        problem = f"The value of {name} cannot be used: {first['msg'].lower()}."
        return _json(422, problem, "See /api/v1/openapi.json for the range of each value.")

    async def failed(request: Request, error: WatchpostError) -> Response:
        if request.url.path.startswith(_NOT_PAGES):
            return _json(503, error.problem, error.remedy)
        return await run_in_threadpool(page, request, 503, error.problem, error.remedy)

    return {HTTPException: refused, RequestValidationError: malformed, WatchpostError: failed}


def _json(status: int, problem: str, remedy: str) -> JSONResponse:
    return JSONResponse({"problem": problem, "remedy": remedy}, status_code=status)
