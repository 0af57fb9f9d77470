"""The camera page: the live picture with every face hidden, and help to aim the camera.

Of several cameras one is shown at a time; ``?camera=NAME`` says which. Pictures come only while a
signed-in browser looks. To see faces the installer gives the password again; the wish goes to
the recogniser, which grants it for ten minutes at most, on all cameras.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
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
    form_of,
    role_of,
    see_other,
    session_of,
    text_of,
)
from edge.status.picture_stream import Pictures, PictureStream, Viewers
from edge.status.preview import UNBLUR_FOR, PreviewWindow, blur, unblur, unblurred_until
from edge.values.preview import COVERAGE_COLUMNS, COVERAGE_ROWS

ENTRIES = (Entry("Camera", "/camera", Access.SIGNED_IN),)
_PATH = "/camera"


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""
    windows = _windows(context)
    viewers = Viewers()
    pictures = {name: Pictures(window) for name, window in windows.items()}

    def show(request: Request) -> Response:
        return _page(context, request, _chosen(request, windows))

    def picture(request: Request) -> Response:
        found = windows[_chosen(request, windows)].look()
        if found is None:
            return Response(status_code=503, headers={"retry-after": "1"})
        return Response(found.jpeg, media_type="image/jpeg")

    def stream(request: Request) -> Response:
        shown = pictures[_chosen(request, windows)]
        return PictureStream(shown, viewers, lambda: context.find(request, touch=False) is not None)

    def ask_to_see(request: Request) -> Response:
        return _ask_to_see(context, request, _chosen(request, windows))

    def hide(request: Request) -> Response:
        blur(context.run_dir)
        context.door.record(session_of(request).role, "preview-blur", {})
        return see_other(_path(_chosen(request, windows)))

    def live(role: Role | None) -> str:
        until = unblurred_until(context.observer.look(), context.zone)
        return context.renderer.html("camera_live.html", until=until)

    context.live("camera", Access.SIGNED_IN, live)
    return [
        context.page(_PATH, Access.SIGNED_IN, show),
        context.page(f"{_PATH}/picture.jpg", Access.SIGNED_IN, picture),
        context.page(f"{_PATH}/stream", Access.SIGNED_IN, stream),
        context.form(f"{_PATH}/unblur", Access.INSTALLER, ask_to_see),
        context.form(f"{_PATH}/blur", Access.SIGNED_IN, hide),
    ]


def _windows(context: PageContext) -> dict[str, PreviewWindow]:
    run_dir, requests, clock = context.settings.box.run_dir, context.run_dir, context.clock
    names = [camera.name for camera in context.settings.all_cameras]
    return {name: PreviewWindow(name, run_dir, requests, clock) for name in names}


def _chosen(request: Request, windows: dict[str, PreviewWindow]) -> str:
    """The camera that was asked for, in the address or in a form; else the first.

    Raises:
        HTTPException: 404 there is no such camera.
    """
    asked = form_of(request) if request.method == "POST" else request.query_params
    name = asked.get("camera") or next(iter(windows))
    if not isinstance(name, str) or name not in windows:
        raise HTTPException(404)
    return name


def _path(camera: str) -> str:
    return f"{_PATH}?camera={camera}"  # a name by the settings needs no quoting


def _ask_to_see(context: PageContext, request: Request, camera: str) -> Response:
    role, address = session_of(request).role, address_of(request)
    try:
        context.door.confirm(role, text_of(request, "password", 1024), address)
        context.door.record(role, "preview-unblur", {"address": address})
        unblur(context.run_dir, role, context.clock.utc())
    except (Refused, ConfigError) as error:
        return _page(context, request, camera, error.problem, error.remedy, 422)
    return see_other(_path(camera))


def _page(
    context: PageContext,
    request: Request,
    camera: str,
    problem: str = "",
    remedy: str = "",
    status: int = 200,
) -> Response:
    return context.render(
        "camera.html",
        request,
        live="camera",
        status=status,
        problem=problem,
        remedy=remedy,
        camera=camera,
        cameras=[(one.name, _path(one.name)) for one in context.settings.all_cameras],
        is_installer=role_of(request) is Role.INSTALLER,
        minutes=int(UNBLUR_FOR.total_seconds() // 60),
        columns=COVERAGE_COLUMNS,
        rows=COVERAGE_ROWS,
        meters=(("size", "Size of faces"), ("focus", "Focus"), ("exposure", "Exposure")),
    )
