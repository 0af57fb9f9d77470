"""The page as a process of its own, asked over real sockets."""

from __future__ import annotations

import asyncio
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from edge.runtime.state_file import read_state
from edge.status.access.roles import Role
from edge.status.certificate import fingerprint_of
from edge.status.events import MAX_STREAMS
from edge.status.guard import SECURITY_HEADERS
from edge.values import Condition
from tests.integration.status_box import PROCESS, RECOGNISE, Box, make_hit, wait_until

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    one = Box(tmp_path)
    one.start_page()
    yield one
    one.close()


@pytest.fixture
def client(box: Box) -> Iterator[httpx.Client]:
    with signed_in(box) as one:
        yield one


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A page for tests that change nothing."""
    one = Box(tmp_path_factory.mktemp("still"))
    one.start_page()
    with signed_in(one) as client:
        yield client
    one.close()


@contextmanager
def signed_in(box: Box, role: Role = Role.OPERATOR) -> Iterator[httpx.Client]:
    """A client that has signed in; over TLS it takes any certificate."""
    with httpx.Client(base_url=box.address, timeout=60, verify=False) as client:  # noqa: S501
        form = {"role": role.value, "password": box.password(role), "next": "/"}
        origin = {"origin": box.address.rstrip("/")}
        assert client.post("/sign-in", data=form, headers=origin).status_code == 303
        yield client


def connect(address: str) -> socket.socket:
    """A bare connection, for requests that no honest client would make."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def failing(client: httpx.Client) -> list[str]:
    return [one["check"] for one in client.get("/healthz").json()["failing"]]


def test_an_empty_box_is_told_as_not_reported_and_never_as_an_error(still: httpx.Client) -> None:
    page = still.get("/")
    assert page.status_code == 200
    assert "The recogniser has not reported yet." in page.text
    assert "The store of hits has not reported yet" in page.text
    assert still.get("/api/v1/state").json()["counts"] is None
    answer = still.get("/api/v1/hits")
    assert answer.status_code == 503
    assert set(answer.json()) == {"problem", "remedy"}


def test_health_follows_the_box(box: Box, client: httpx.Client) -> None:
    assert client.get("/healthz").status_code == 503
    assert failing(client) == ["recogniser", "store", "reporter"]
    box.record(make_hit(1))
    box.healthy()
    wait_until(lambda: client.get("/healthz").status_code == 200, 60)
    box.healthy(frame_age_s=7.0)
    wait_until(lambda: failing(client) == ["frames"], 60)
    box.healthy()
    box.silence("report", age_s=6)
    wait_until(lambda: failing(client) == ["reporter"], 60)
    answer = client.get("/healthz").json()["failing"][0]
    assert "has not responded for" in answer["problem"]
    assert answer["remedy"]
    box.healthy()
    (box.state_dir / "spool.db").write_bytes(b"not a database " * 1000)
    wait_until(lambda: failing(client) == ["store"], 60)


def test_a_camera_that_is_gone_is_told_with_its_remedy(box: Box, client: httpx.Client) -> None:
    box.record(make_hit(1))
    box.healthy()
    box.beat(
        "recognise",
        RECOGNISE,
        {"source": "rtsp://admin:secret@10.0.0.9/stream"},
        condition=Condition.DEGRADED,
        problem="The camera does not answer.",
        remedy="Check its cable.",
    )
    wait_until(lambda: "The camera does not answer." in client.get("/").text, 60)
    page = client.get("/").text
    assert "Check its cable." in page
    assert "secret" not in page + client.get("/api/v1/state").text


def test_markup_in_a_label_is_shown_and_not_obeyed(box: Box, client: httpx.Client) -> None:
    box.record(make_hit(1, label=EVIL))
    page = client.get("/").text
    assert EVIL not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert client.get("/api/v1/hits").json()["hits"][0]["label"] == EVIL


def test_the_interface_gives_the_newest_hits_within_its_bound(
    box: Box, client: httpx.Client
) -> None:
    box.record(*(make_hit(number, age=timedelta(hours=1)) for number in range(1, 6)))
    box.deliver(sent=[2], acknowledged=[1])
    hits = client.get("/api/v1/hits", params={"limit": 2}).json()["hits"]
    assert [one["entry_id"] for one in hits] == ["e0000005", "e0000004"]
    assert set(hits[0]) == {
        *("hit_id", "decided_at", "camera", "list_id", "entry_id", "pictured"),
        *("label", "probability", "frames", "delivery", "opinion"),
    }
    counts = client.get("/api/v1/state").json()["counts"]
    assert counts.pop("oldest_at") is not None
    assert counts == {"recorded": 3, "sent": 1, "acknowledged": 1, "total": 5}
    for limit in ("0", "201", "-1", "x", "1e3"):
        answer = client.get("/api/v1/hits", params={"limit": limit})
        assert answer.status_code == 422
        assert set(answer.json()) == {"problem", "remedy"}


def test_the_interface_describes_itself_and_shows_no_page_from_elsewhere(
    still: httpx.Client,
) -> None:
    paths = still.get("/api/v1/openapi.json").json()["paths"]
    assert {"/api/v1/hits", "/api/v1/state", "/healthz"} <= set(paths)
    assert all(list(methods) == ["get"] for methods in paths.values())
    assert still.get("/docs").status_code == still.get("/redoc").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/", "/live/overview", "/notice", "/healthz", "/api/v1/state", "/static/status.css", "/nope"],
)
def test_every_answer_carries_the_security_headers(still: httpx.Client, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = still.request(method, path)
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert "server" not in answer.headers
    assert answer.content == b""


def test_a_foreign_host_header_and_a_write_are_refused(still: httpx.Client) -> None:
    assert still.get("/", headers={"host": "evil.example"}).status_code == 421
    assert still.get("/", headers={"host": "localhost"}).status_code == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert still.request(method, "/api/v1/state").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/static/....//app.py",
        "/static/",
    ],
)
def test_no_path_leads_out_of_the_folder(still: httpx.Client, path: str) -> None:
    with connect(str(still.base_url)) as raw:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        raw.sendall(request.encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split()[1] == b"404"


def test_an_endless_header_is_refused(still: httpx.Client) -> None:
    with connect(str(still.base_url)) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        with suppress(ConnectionError):
            for _ in range(100):
                raw.sendall(b"x" * 100_000)
            raw.sendall(b"\r\n\r\n")
        with suppress(ConnectionError):
            assert raw.recv(65536).split()[1] == b"400"
    assert still.get("/").status_code == 200


async def _open_streams(address: str, cookies: httpx.Cookies, wanted: int) -> tuple[list[int], int]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=address, timeout=120, limits=limits, cookies=cookies
    ) as client:
        opened = [client.stream("GET", "/events/overview") for _ in range(wanted)]
        answers = await asyncio.gather(*(one.__aenter__() for one in opened))
        page = (await client.get("/")).status_code
        codes = [one.status_code for one in answers]
        await asyncio.gather(*(one.__aexit__(None, None, None) for one in opened))
    return codes, page


def test_a_hundred_watchers_are_bounded_and_the_page_still_answers(
    box: Box, client: httpx.Client
) -> None:
    codes, page = asyncio.run(_open_streams(box.address, client.cookies, 100))
    assert page == 200
    assert sorted(codes) == [200] * MAX_STREAMS + [503] * (100 - MAX_STREAMS)
    # When they have gone, their places are free again.
    wait_until(lambda: client.stream("GET", "/events/overview").__enter__().status_code == 200, 60)


def test_a_stream_tells_a_change_by_itself(box: Box, client: httpx.Client) -> None:
    box.record(make_hit(1))
    box.healthy()
    with client.stream("GET", "/events/overview") as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = answer.iter_lines()
        assert next(line for line in lines if "<h1" in line)
        box.healthy(frame_age_s=9.0)
        assert next(line for line in lines if "The newest picture is 9 s old" in line)


def test_open_streams_do_not_delay_the_end(box: Box, client: httpx.Client) -> None:
    with (
        client.stream("GET", "/events/overview") as one,
        client.stream("GET", "/events/overview") as other,
    ):
        assert one.status_code == other.status_code == 200
        box.end_page()  # of itself, or this fails
    assert box.page is not None
    assert box.page.returncode == 0


def test_a_port_in_use_is_an_error_with_a_remedy(box: Box) -> None:
    port = box.address.rstrip("/").rpartition(":")[2]
    arguments = [str(box.state_dir), str(box.run_dir), port, "127.0.0.1"]
    command = [sys.executable, str(PROCESS), *arguments]
    second = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert second.returncode == 2
    assert f"cannot use 127.0.0.1 port {port}" in second.stderr
    assert "status.port" in second.stderr
    assert "Traceback" not in second.stderr


def test_the_public_notice_says_whom_to_ask(still: httpx.Client) -> None:
    assert "care-home-7" in still.get("/notice").text


def test_a_second_start_makes_no_new_passwords_and_ends_all_sessions(tmp_path: Path) -> None:
    first = Box(tmp_path)
    first.start_page()
    password = first.password()
    first.end_page()
    assert first.page is not None
    assert first.page.stderr is not None
    assert password in first.page.stderr.read()
    first.close()
    second = Box(tmp_path)
    (tmp_path / "run" / "status.json").unlink()
    second.start_page()
    assert second.password() == password
    second.end_page()
    assert second.page is not None
    assert second.page.stderr is not None
    assert password not in second.page.stderr.read()
    second.close()


def test_elsewhere_than_on_loopback_the_page_speaks_tls_only(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.start_page(host="0.0.0.0")  # noqa: S104 - what is tested
    try:
        assert box.address.startswith("https://")
        port = box.address.rstrip("/").rpartition(":")[2]
        box.address = f"https://127.0.0.1:{port}/"
        with signed_in(box) as client:
            assert client.get("/account").status_code == 200
            assert [one.secure for one in client.cookies.jar] == [True]
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/", timeout=60)
        own = box.state_dir / "status"
        assert stat.S_IMODE((own / "page-key.pem").stat().st_mode) == 0o600
        state = read_state(box.run_dir, "status")
        assert state is not None
        assert state.facts["certificate"] == fingerprint_of(own / "page-cert.pem")
    finally:
        box.close()
