"""What a page is given, and how it is put before its visitors.

In: requests. Out: rendered pages, guarded routes, live parts. Always: a route made with
:meth:`PageContext.page` or :meth:`PageContext.form` knows who asks before its endpoint runs; a
form carries its session's token (CSRF), has a bound on its size, and lies at a fixed path,
which the guard before the application knows. A page of its own is a module in ``pages/`` with
``routes(context)`` and, for the navigation, ``ENTRIES``.
"""

from __future__ import annotations

import hmac
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from edge.runtime.clock import Clock
from edge.runtime.setting_tables import Settings
from edge.status import texts
from edge.status.access.door import Door
from edge.status.access.roles import Access, Role
from edge.status.access.sessions import Session
from edge.status.preview import unblurred_until
from edge.status.rendering import Renderer
from edge.status.snapshot import Observer
from edge.status.verdict import judge

COOKIE = "watchpost"
SECURE_COOKIE = "__Host-watchpost"  # browsers take this name over TLS only
MAX_FORM_BYTES = 16 * 1024
MAX_FIELDS = 64

Endpoint = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]
Live = Callable[[Role | None], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the navigation.

    Attributes:
        title: what it is called.
        path: where it is.
        access: who sees it there.
    """

    title: str
    path: str
    access: Access


@dataclass(frozen=True, slots=True)
class LivePart:
    """The part of a page that changes; rendered for a role."""

    access: Access
    render: Live


@dataclass(slots=True)
class PageContext:
    """What a page is made with.

    Attributes:
        observer: looks at the box.
        settings: the box's settings.
        clock: time.
        door: sign-in, sessions, audit lines.
        renderer: the template engine.
        secure: whether the page is served over TLS.
        state_dir: STATE/status, the one folder that the page may write to and keep.
        run_dir: RUN/status, requests to other processes; in RAM.
        support: makes the support bundle, as far as the page can see: a ``.tar.gz``.
        zone: time zone of the moments shown; None means the machine's own.
        entries: the navigation, filled by the application.
        forms: largest body by path, filled by ``form``.
        lives: live parts by name, filled by ``live``.
    """

    observer: Observer
    settings: Settings
    clock: Clock
    door: Door
    renderer: Renderer
    secure: bool
    state_dir: Path
    run_dir: Path
    support: Callable[[], bytes]
    zone: tzinfo | None = None
    entries: tuple[Entry, ...] = ()
    forms: dict[str, int] = field(default_factory=dict)
    lives: dict[str, LivePart] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return SECURE_COOKIE if self.secure else COOKIE

    @property
    def by_receiver(self) -> bool:
        """Whether a receiver's word releases a hit from the box, not the broker's."""
        return self.settings.mqtt.ack == "receiver"

    def page(self, path: str, access: Access, endpoint: Endpoint) -> Route:
        """A page to look at (GET and HEAD)."""
        return Route(path, self.needs(access, endpoint), methods=["GET"])

    def form(
        self,
        path: str,
        access: Access,
        endpoint: Endpoint,
        *,
        max_bytes: int = MAX_FORM_BYTES,
        max_files: int = 0,
    ) -> Route:
        """A form to send (POST), whose fields the endpoint finds by :func:`form_of`.

        Args:
            path: where it goes; without parameters.
            access: who may send it.
            endpoint: what answers; redirect with 303 after a change.
            max_bytes: largest body, files included.
            max_files: how many files it may hold.
        """
        self.forms[path] = max_bytes
        guarded = self.needs(access, endpoint, max_files=max_files)
        return Route(path, guarded, methods=["POST"])

    def live(self, name: str, access: Access, render: Live) -> None:
        """Register a part that ``/events/NAME`` and ``/live/NAME`` keep fresh."""
        self.lives[name] = LivePart(access, render)

    def needs(
        self, access: Access, endpoint: Endpoint, *, max_files: int = 0
    ) -> Callable[[Request], Awaitable[Response]]:
        """Wrap an endpoint: who is not allowed in is refused, a form without its token too."""

        async def guarded(request: Request) -> Response:
            self.admit(request, access)
            if request.method == "POST":
                request.state.form = await request.form(max_files=max_files, max_fields=MAX_FIELDS)
                if access is not Access.PUBLIC:
                    self._check_token(request)
            if inspect.iscoroutinefunction(endpoint):
                answer: Response = await endpoint(request)
                return answer
            return await run_in_threadpool(endpoint, request)  # type: ignore[arg-type]

        return guarded

    def gate(self, access: Access) -> Callable[[Request], None]:
        """The same as a dependency of FastAPI, for the JSON interface."""

        def admit(request: Request) -> None:
            self.admit(request, access)

        return admit

    def admit(self, request: Request, access: Access) -> Session | None:
        """Find out who asks; pages then ask :func:`session_of`.

        Raises:
            HTTPException: 401 nobody is signed in, 403 the wrong role is.
        """
        session = self.find(request)
        request.state.session = session
        if access.allows(session.role if session else None):
            return session
        if session is None:
            raise HTTPException(401, "Sign in to see this")
        raise HTTPException(403, f"This is for the {access.value} of the box only")

    def find(self, request: Request, *, touch: bool = True) -> Session | None:
        """The session of a request's cookie, or None.

        Args:
            request: the request.
            touch: False for what a page asks by itself, which keeps nobody signed in.
        """
        token = request.cookies.get(self.cookie, "")
        return self.door.sessions.find(token, touch=touch) if token else None

    def render(
        self,
        template: str,
        request: Request,
        *,
        live: str = "",
        status: int = 200,
        **values: object,
    ) -> HTMLResponse:
        """A whole page that extends ``base.html``.

        Args:
            template: its file.
            request: who asks.
            live: name of the page's live part, rendered where the page says ``live_html``.
            status: HTTP status.
            values: what the template needs beside that.
        """
        role = role_of(request)
        html = self.renderer.html(
            template,
            **{
                **self.frame(role),
                "path": request.url.path,
                "session": getattr(request.state, "session", None),
                "entries": [one for one in self.entries if one.access.allows(role)],
                "live": live,
                "live_html": Markup(self.lives[live].render(role)) if live else "",  # noqa: S704
                **values,
            },
        )
        return HTMLResponse(html, status_code=status)

    def frame(self, role: Role | None) -> dict[str, Any]:
        """What every page shows around its content."""
        snapshot = self.observer.look()
        return {
            "identity": snapshot.identity,
            "role": role,
            "unblurred": unblurred_until(snapshot, self.zone) if role else "",
            "level": judge(snapshot, self.zone).level,
            "privacy": texts.PRIVACY,
        }

    def _check_token(self, request: Request) -> None:
        sent = form_of(request).get("csrf")
        session = session_of(request)
        if not isinstance(sent, str) or not hmac.compare_digest(
            sent.encode(), session.csrf.encode()
        ):
            raise HTTPException(403, "This form is too old; open the page again and repeat it")


def session_of(request: Request) -> Session:
    """Who asks, behind a route that is not public.

    Raises:
        HTTPException: 401 nobody is signed in.
    """
    session: Session | None = getattr(request.state, "session", None)
    if session is None:
        raise HTTPException(401, "Sign in to see this")
    return session


def role_of(request: Request) -> Role | None:
    """The role of who asks, or None."""
    session: Session | None = getattr(request.state, "session", None)
    return session.role if session else None


def form_of(request: Request) -> FormData:
    """The fields of a form's request."""
    form: FormData = request.state.form
    return form


def text_of(request: Request, name: str, max_length: int = 256) -> str:
    """One field of a form.

    Raises:
        HTTPException: 422 it is missing, is a file, or is too long.
    """
    value = form_of(request).get(name)
    if not isinstance(value, str) or len(value) > max_length:
        raise HTTPException(422, f"The field {name} is missing or too long")
    return value


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else "unknown"


def see_other(path: str) -> RedirectResponse:
    """Go on to a page after a form."""
    return RedirectResponse(path, status_code=303)


def sign_in_path(request: Request) -> str:
    """Where to sign in before going on to what was asked for."""
    return f"/sign-in?next={quote(request.url.path, safe='/')}"
