"""The live parts of pages, rendered once for all who watch them.

In: requests for ``/live/NAME`` and ``/events/NAME``. Out: the part's HTML inside what stands
around it, for as long as its reader may see it. Always: a part is rendered at most once for a
snapshot and a role, however many watch; asking does not keep a session alive.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from edge.status.access.roles import Role
from edge.status.context import LivePart, PageContext
from edge.status.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Watched:
    """A live part for one reader; see :class:`edge.status.events.Watched`."""

    parts: LiveParts
    request: Request
    name: str
    part: LivePart
    role: Role | None

    @property
    def key(self) -> Hashable:
        """The same for all readers of this part with this role."""
        return self.name, self.role

    def is_allowed(self) -> bool:
        """Whether the reader's session still lives, with the same role."""
        return self.parts.role_of(self.request, self.part) == (True, self.role)

    def render(self) -> str:
        """The part's HTML inside what stands around it."""
        return self.parts.html(self.name, self.part, self.role)


class LiveParts:
    """Renders live parts.

    Args:
        context: knows the parts and the sessions.
    """

    def __init__(self, context: PageContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._rendered: dict[tuple[str, Role | None], tuple[Snapshot, str]] = {}

    def watch(self, request: Request) -> Watched:
        """What this request asks for, as long as its session lives.

        Raises:
            HTTPException: there is no such part, or it is not for this reader.
        """
        name = request.path_params["name"]
        part = self._context.lives.get(name)
        if part is None:
            raise HTTPException(404)
        allowed, role = self.role_of(request, part)
        if not allowed:
            raise HTTPException(401, "Sign in to see this")
        return Watched(self, request, name, part, role)

    def answer(self, request: Request) -> Response:
        """The part once, for browsers that poll."""
        return HTMLResponse(self.watch(request).render())

    def role_of(self, request: Request, part: LivePart) -> tuple[bool, Role | None]:
        """Whether a request may see a part now, and as whom."""
        session = self._context.find(request, touch=False)
        role = session.role if session else None
        return part.access.allows(role), role

    def html(self, name: str, part: LivePart, role: Role | None) -> str:
        """A part, rendered at most once for a snapshot and a role."""
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
