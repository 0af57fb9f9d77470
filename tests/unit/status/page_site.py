"""The whole page in memory, asked without a socket."""

from __future__ import annotations

import asyncio
from datetime import UTC
from pathlib import Path

import httpx
from argon2 import PasswordHasher

from edge.runtime.audit import AuditLog
from edge.runtime.setting_tables import BoxSettings, Settings
from edge.status.access.accounts import Accounts
from edge.status.access.door import Door
from edge.status.access.roles import Role
from edge.status.access.sessions import Session, Sessions
from edge.status.app import build_app
from edge.status.context import PageContext
from edge.status.ports import HitLine
from edge.status.rendering import Renderer
from edge.status.snapshot import Observer
from tests.fakes.clock import FakeClock
from tests.unit.status.page_fakes import observe

# As weak as argon2 allows: these tests are not about its strength.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
LIFE_S, IDLE_S = 3600.0, 600.0


class PageSite:
    """A box whose processes run well, and its page.

    Args:
        folder: an empty folder.
        hits: in its store.
        secure: as if served over TLS.
        observer: instead of that box.
    """

    def __init__(
        self,
        folder: Path,
        *hits: HitLine,
        secure: bool = False,
        observer: Observer | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.origin = "https://localhost" if secure else "http://localhost"
        state_dir = folder / "status"
        state_dir.mkdir()
        self.audit = AuditLog(state_dir / "audit.log")
        self.accounts = Accounts(state_dir, QUICK)
        self.passwords = self.accounts.prepare()
        sessions = Sessions(self.clock, life_s=LIFE_S, idle_s=IDLE_S)
        self.context = PageContext(
            observer=observer or observe(folder, self.clock, *hits),
            settings=Settings(box=BoxSettings(state_dir=folder, run_dir=folder)),
            clock=self.clock,
            door=Door(self.accounts, sessions, self.audit, self.clock),
            renderer=Renderer(),
            secure=secure,
            state_dir=state_dir,
            run_dir=folder / "requests",
            support=lambda: b"a support bundle",
            zone=UTC,
        )
        self.app = build_app(self.context, host="127.0.0.1")
        self.cookies: dict[str, str] = {}

    def ask(
        self,
        path: str,
        form: dict[str, str] | None = None,
        *,
        address: str = "192.0.2.7",
        **headers: str,
    ) -> httpx.Response:
        """GET a path, or POST a form as a page of this box does."""
        return asyncio.run(self._ask(path, form, address, headers))

    def sign_in(self, role: Role = Role.OPERATOR) -> Session:
        """Become somebody; later requests carry the cookie."""
        token, session = self.context.door.sign_in(role, self.passwords[role], "192.0.2.7")
        self.cookies = {self.context.cookie: token}
        return session

    def deeds(self) -> list[tuple[str, str]]:
        """Who did what, by the audit log."""
        return [(one["actor"], one["action"]) for one in self.audit.verify().lines]

    async def _ask(
        self, path: str, form: dict[str, str] | None, address: str, headers: dict[str, str]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app.asgi, client=(address, 4711))
        headers = {"origin": self.origin, **headers} if form is not None else headers
        async with httpx.AsyncClient(
            transport=transport, base_url=self.origin, cookies=self.cookies
        ) as client:
            if form is None:
                return await client.get(path, headers=headers)
            return await client.post(path, data=form, headers=headers)
