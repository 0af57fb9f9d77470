"""The guard knows the box's own names, the forms there are, and how large they may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from edge.status.guard import SECURITY_HEADERS, Guard, host_of

Content = bytes | AsyncIterator[bytes]

FORM = "application/x-www-form-urlencoded"
OWN = {"origin": "http://localhost", "content-type": FORM}


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(b"inside" + body)(scope, receive, send)


async def _ask(
    guard: Guard, method: str, path: str, headers: dict[str, str], body: Content
) -> httpx.Response:
    transport = httpx.ASGITransport(app=guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
        return await client.request(method, path, headers=headers, content=body)


def ask(guard: Guard, host: str, method: str = "GET") -> httpx.Response:
    return asyncio.run(_ask(guard, method, "/", {"host": host}, b""))


def post(body: Content = b"a=1", path: str = "/form", **headers: str) -> httpx.Response:
    sent = {"host": "localhost", **OWN, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return asyncio.run(_ask(LOOPBACK, "POST", path, sent, body))


INSIDE = ExceptionMiddleware(_echo)
LOOPBACK = Guard(INSIDE, "127.0.0.1", ("box",), {"/form": 10})
EVERYWHERE = Guard(INSIDE, "0.0.0.0", ("box", "box.local"))  # noqa: S104 - not bound


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8087", "LOCALHOST:1", "[::1]:8087"])
def test_the_boxs_own_names_pass(host: str) -> None:
    assert ask(LOOPBACK, host).text == "inside"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "192.168.0.9", "box", "[::2]", "", "a@b"]
)
def test_a_foreign_name_is_refused(host: str) -> None:
    answer = ask(LOOPBACK, host)
    assert answer.status_code == 421
    assert set(answer.json()) == {"problem", "remedy"}


@pytest.mark.parametrize("host", ["192.168.0.9:8087", "[fe80::1]", "box", "box.local:8087"])
def test_bound_to_every_address_the_boxs_numbers_and_names_pass(host: str) -> None:
    assert ask(EVERYWHERE, host).text == "inside"


def test_bound_to_every_address_a_foreign_name_is_still_refused() -> None:
    assert ask(EVERYWHERE, "evil.example").status_code == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading_passes(method: str) -> None:
    answer = ask(LOOPBACK, "localhost", method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_every_answer_carries_the_headers(host: str) -> None:
    headers = ask(LOOPBACK, host).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert headers["cache-control"] == "no-store"
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("header", "host"), [("Box:80", "box"), ("[::1]:80", "::1"), ("", ""), ("[::1", "::1")]
)
def test_port_and_brackets_are_left_out_of_a_host(header: str, host: str) -> None:
    assert host_of(header) == host


def test_a_form_of_this_box_passes_with_its_body() -> None:
    assert post().text == "insidea=1"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://localhost", "http://localhost:1", "null", ""]
)
def test_a_form_sent_by_a_foreign_page_is_refused(origin: str) -> None:
    assert post(origin=origin).status_code == 403


def test_nothing_can_be_sent_to_where_no_form_is() -> None:
    assert post(path="/").status_code == 405


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_only_forms_can_be_sent(kind: str) -> None:
    assert post(content_type=kind).status_code == 415


@pytest.mark.parametrize("length", ["11", "99999999999999", "-1", "x"])
def test_a_body_that_announces_too_much_is_refused_unread(length: str) -> None:
    assert post(content_length=length).status_code == 413


def test_a_body_that_grows_beyond_its_bound_is_cut_off() -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"abc"

    assert post(drip()).status_code == 413
