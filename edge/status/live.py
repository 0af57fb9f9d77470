"""The live parts of pages, rendered once for all who watch them.

In: requests for ``/live/NAME``. Out: the part's HTML inside what stands around it, or None once
its reader may no longer see it. Always: a part is rendered at most once for a snapshot and a
role, however many watch; asking does not keep a session alive.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from edge.status.access.roles import Role
from edge.status.context import LivePart, PageContext
from edge.status.snapshot import Snapshot


class LiveParts:
    """Renders live parts.

    Args:
        context: knows the parts and the sessions.
    """

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._rendered: dict[tuple[str, Role | None], tuple[Snapshot, str]] = {}

    def watch(self, request: Request) -> Callable[[], str | None]:
        """A function that renders what this request asks for, as long as its session lives.

        Raises:
            HTTPException: there is no such part, or it is not for this reader.
        """
        name = request.path_params["name"]
        part = self._context.lives.get(name)
        if part is None:
            raise HTTPException(404)
        if self._look(request, name, part) is None:
            raise HTTPException(401, "Sign in to see this")
        return lambda: self._look(request, name, part)

    def answer(self, request: Request) -> Response:
        """The part once, for browsers that poll."""
        return HTMLResponse(self.watch(request)() or "")

    def _look(self, request: Request, name: str, part: LivePart) -> str | None:
        session = self._context.find(request, touch=False)
        role = session.role if session else None
        return self._html(name, part, role) if part.access.allows(role) else None

    def _html(self, name: str, part: LivePart, role: Role | None) -> str:
        snapshot = self._context.observer.look()
        with self._lock:
            known = self._rendered.get((name, role))
            if known is None or known[0] is not snapshot:
                known = (snapshot, self._render(part, role))
                self._rendered[name, role] = known
            return known[1]

    def _render(self, part: LivePart, role: Role | None) -> str:
        context = self._context
        around = context.renderer.html("_frame.html", **context.frame(role))
        return f'<div id="frame">{around}</div><div id="live">{part.render(role)}</div>'
