"""A live part is rendered once for a snapshot and a role, however many watch."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request

from edge.status.access.roles import Access, Role
from edge.status.context import PageContext
from edge.status.live import LiveParts
from tests.unit.status.page_site import PageSite


def request(context: PageContext, token: str) -> Request:
    cookie = f"{context.cookie}={token}".encode()
    return Request(
        {"type": "http", "headers": [(b"cookie", cookie)], "path_params": {"name": "part"}}
    )


def test_many_watchers_of_a_role_share_one_rendering(tmp_path: Path) -> None:
    site, rendered = PageSite(tmp_path), []

    def render(role: Role | None) -> str:
        rendered.append(role)
        return f"for {role}"

    site.context.live("part", Access.SIGNED_IN, render)
    parts = LiveParts(site.context)
    tokens = [site.context.door.sessions.begin(role)[0] for role in Role for _ in range(5)]
    watchers = [parts.watch(request(site.context, token)) for token in tokens]
    assert {one.key for one in watchers} == {("part", role) for role in Role}
    assert {one.render() for one in watchers} == {
        f'<div id="frame"></div><div id="live">for {role}</div>' for role in Role
    }
    assert rendered == list(Role)
    site.clock.advance(1)
    watchers[0].render()
    assert rendered == [*Role, Role.OPERATOR]
    assert watchers[0].is_allowed()
    site.context.door.sessions.end_all(Role.OPERATOR)
    assert not watchers[0].is_allowed()
