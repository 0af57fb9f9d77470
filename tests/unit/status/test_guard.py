"""The guard knows the box's own names and no others."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from edge.status.guard import SECURITY_HEADERS, Guard, host_of


async def _send(guard: Guard, host: str, method: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://box") as client:
        return await client.request(method, "/", headers={"host": host})


def ask(guard: Guard, host: str, method: str = "GET") -> httpx.Response:
    return asyncio.run(_send(guard, host, method))


LOOPBACK = Guard(PlainTextResponse("inside"), "127.0.0.1", ("box",))
EVERYWHERE = Guard(PlainTextResponse("inside"), "0.0.0.0", ("box", "box.local"))  # noqa: S104 - not bound


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
