"""Settings with their origins, the broker, newest log lines, a new box's bundle, a support bundle.

Settings are read only: they live in a file that an installer keeps. Logs, uploads, trials of the
broker and the support bundle are for the installer.
"""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from edge.errors import ConfigError
from edge.runtime.log_file import newest_lines
from edge.status.access.roles import Access, Role
from edge.status.broker_panel import ask_for_trial, broker_of
from edge.status.context import (
    Entry,
    PageContext,
    form_of,
    role_of,
    see_other,
    session_of,
    text_of,
)
from edge.status.inbox import MAX_UPLOAD_BYTES, take_bundle, waits
from edge.status.run_files import read_budget
from edge.status.settings_view import SettingRow, setting_rows
from edge.status.snapshot import PROCESSES

ENTRIES = (Entry("System", "/system", Access.SIGNED_IN),)
LOG_LINES = 200


def routes(context: PageContext) -> list[BaseRoute]:
    """See :class:`edge.status.pages.PageModule`."""

    def show(request: Request) -> Response:
        return _page(context, request)

    async def upload(request: Request) -> Response:
        file = form_of(request).get("bundle")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, "No file was sent")
        data = await file.read()
        try:
            bundle = take_bundle(context.state_dir, data, text_of(request, "passphrase"))
        except ConfigError as error:
            return _page(context, request, error)
        role = session_of(request).role
        context.door.record(role, "bundle-taken", {"site": bundle.site, "box": bundle.box})
        return see_other("/system#bundle")

    def try_broker(request: Request) -> Response:
        context.door.record(session_of(request).role, "broker-tried", {})
        try:
            ask_for_trial(context)
        except ConfigError as error:
            return _page(context, request, error)
        return see_other("/system#broker-heading")

    def support(request: Request) -> Response:
        context.door.record(session_of(request).role, "support-bundle-made", {})
        name = f"watchpost-support-{context.clock.utc():%Y%m%dT%H%M%S}.tar.gz"
        return Response(
            context.support(),
            media_type="application/gzip",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    def live(role: Role | None) -> str:
        may_try = role is Role.INSTALLER
        return context.renderer.html("system_live.html", broker=broker_of(context), may_try=may_try)

    context.live("system", Access.SIGNED_IN, live)
    return [
        context.page("/system", Access.SIGNED_IN, show),
        context.page("/system/support-bundle", Access.INSTALLER, support),
        context.form("/system/broker", Access.INSTALLER, try_broker),
        context.form(
            "/system/bundle", Access.INSTALLER, upload, max_bytes=MAX_UPLOAD_BYTES, max_files=1
        ),
    ]


def settings_of(context: PageContext) -> dict[str, list[SettingRow]]:
    """The settings in force, by table, each with its origin."""
    found = read_budget(context.settings.box.run_dir)
    chosen = {}
    if found is not None and found.origin == "page" and found.present.budget is not None:
        chosen["decision.false_alarms_per_week"] = found.present.budget
    return setting_rows(context.settings, from_page=chosen)


def log_lines(context: PageContext) -> dict[str, list[str]]:
    """The newest log lines of each process, newest last."""
    run_dir = context.settings.box.run_dir
    return {name: newest_lines(run_dir, name, LOG_LINES) for name in PROCESSES}


def _page(context: PageContext, request: Request, error: ConfigError | None = None) -> Response:
    installer = role_of(request) is Role.INSTALLER
    return context.render(
        "system.html",
        request,
        live="system",
        status=422 if error else 200,
        problem=error.problem if error else "",
        remedy=error.remedy if error else "",
        tables=settings_of(context),
        bundle_waits=waits(context.state_dir),
        logs=log_lines(context) if installer else {},
        installer=installer,
    )
