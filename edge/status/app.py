"""Puts the status page together as one ASGI application.

In: an observer, the bound address and the box's names. Out: a :class:`StatusApp`. Always: the
application only reads, asks nothing of another host, and answers an error with problem and
remedy. Serving it is ``processes/status.py``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from edge.errors import SpoolError
from edge.status.api import make_router
from edge.status.events import EventStream
from edge.status.guard import Guard
from edge.status.pages import STATIC, Pages
from edge.status.snapshot import Observer

_MISSING = "There is no such page on this box."
_MISSING_REMEDY = "Go back to the status page."


_Handlers = dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]]


@dataclass(frozen=True, slots=True)
class StatusApp:
    """The application and its live events, which must be closed before the server ends."""

    asgi: ASGIApp
    events: EventStream


def build_app(
    observer: Observer, *, host: str, names: tuple[str, ...] = (), zone: tzinfo | None = None
) -> StatusApp:
    """Put the application together; opens nothing.

    Args:
        observer: takes snapshots.
        host: the address the page is bound to.
        names: names the box has in its network.
        zone: time zone of the moments shown; None means the machine's own.
    """
    pages = Pages(observer, zone)
    events = EventStream(pages.live)
    app = FastAPI(
        title="watchpost status",
        version=observer.identity.version,
        description="Reads the state of one box. Nothing can be changed here.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their scripts come from another host
        redoc_url=None,
        routes=_routes(pages, events),
        exception_handlers=_error_handlers(pages),
    )
    app.include_router(make_router(observer))
    return StatusApp(Guard(app, host, names), events)


def _routes(pages: Pages, events: EventStream) -> list[BaseRoute]:
    return [
        Route("/", _html(pages.home)),
        Route("/live", _html(pages.live)),
        Route("/notice", _html(pages.notice)),
        Route("/events", events),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _html(render: Callable[[], str]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return HTMLResponse(render())

    return answer


def _error_handlers(pages: Pages) -> _Handlers:
    async def refused(request: Request, error: HTTPException) -> Response:
        problem = _MISSING if error.status_code == 404 else f"{error.detail}."
        if request.url.path.startswith("/api/"):
            return _json(error.status_code, problem, "See /api/v1/openapi.json.")
        page = await run_in_threadpool(pages.error, problem, _MISSING_REMEDY)
        return HTMLResponse(page, status_code=error.status_code)

    async def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][1:])
        problem = f"The value of {name} cannot be used: {first['msg'].lower()}."
        return _json(422, problem, "See /api/v1/openapi.json for the range of each value.")

    async def unreadable(request: Request, error: SpoolError) -> Response:
        return _json(503, error.problem, error.remedy)

    return {HTTPException: refused, RequestValidationError: malformed, SpoolError: unreadable}


def _json(status: int, problem: str, remedy: str) -> JSONResponse:
    return JSONResponse({"problem": problem, "remedy": remedy}, status_code=status)
