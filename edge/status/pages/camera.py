"""The camera page: the live picture with every face hidden, and help to aim the camera.

Pictures come only while a signed-in browser looks. To see faces the installer gives the
password again; the wish goes to the recogniser, which grants it for ten minutes at most.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.errors import ConfigError
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
from edge.status.picture_stream import Pictures, PictureStream
from edge.status.preview import UNBLUR_FOR, PreviewWindow, unblurred_until
from edge.values.preview import COVERAGE_COLUMNS, COVERAGE_ROWS

ENTRIES = (Entry("Camera", "/camera", Access.SIGNED_IN),)
_PATH = "/camera"


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""
    window = PreviewWindow(context.settings.box.run_dir, context.run_dir, context.clock)
    pictures = Pictures(window)

    def show(request: Request) -> Response:
        return _page(context, request)

    def picture(request: Request) -> Response:
        found = window.look()
        if found is None:
            return Response(status_code=503, headers={"retry-after": "1"})
        return Response(found.jpeg, media_type="image/jpeg")

    def stream(request: Request) -> Response:
        return PictureStream(pictures, lambda: context.find(request, touch=False) is not None)

    def unblur(request: Request) -> Response:
        return _unblur(context, window, request)

    def blur(request: Request) -> Response:
        window.blur()
        context.door.record(session_of(request).role, "preview-blur", {})
        return see_other(_PATH)

    def live(role: Role | None) -> str:
        return context.renderer.html("camera_live.html", **_values(context, role))

    context.live("camera", Access.SIGNED_IN, live)
    return [
        context.page(_PATH, Access.SIGNED_IN, show),
        context.page(f"{_PATH}/picture.jpg", Access.SIGNED_IN, picture),
        context.page(f"{_PATH}/stream", Access.SIGNED_IN, stream),
        context.form(f"{_PATH}/unblur", Access.INSTALLER, unblur),
        context.form(f"{_PATH}/blur", Access.SIGNED_IN, blur),
    ]


def _unblur(context: PageContext, window: PreviewWindow, request: Request) -> Response:
    role, address = session_of(request).role, address_of(request)
    try:
        context.door.confirm(role, text_of(request, "password", 1024), address)
        context.door.record(role, "preview-unblur", {"address": address})
        window.unblur(role)
    except (Refused, ConfigError) as error:
        return _page(context, request, error.problem, error.remedy, 422)
    return see_other(_PATH)


def _page(
    context: PageContext, request: Request, problem: str = "", remedy: str = "", status: int = 200
) -> Response:
    return context.render(
        "camera.html",
        request,
        live="camera",
        status=status,
        problem=problem,
        remedy=remedy,
        is_installer=role_of(request) is Role.INSTALLER,
        minutes=int(UNBLUR_FOR.total_seconds() // 60),
        columns=COVERAGE_COLUMNS,
        rows=COVERAGE_ROWS,
        meters=(("size", "Size of faces"), ("focus", "Focus"), ("exposure", "Exposure")),
    )


def _values(context: PageContext, role: Role | None) -> dict[str, object]:
    snapshot = context.observer.look()
    return {
        "until": unblurred_until(snapshot, context.zone),
        "camera": snapshot.recognise.fact("camera") or "",
    }
