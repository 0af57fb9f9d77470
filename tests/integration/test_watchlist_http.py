"""Fetching over a real HTTP connection from a real server."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from edge.errors import WatchlistError
from edge.watchlist import bundle
from edge.watchlist.store import ListStore
from edge.watchlist.sync import HttpSource, Synchroniser
from tests.fakes.watchlists import KEY, PACK, StillClock, entry, watchlist


class Server(ThreadingHTTPServer):
    """Serves one body; the path chooses how it behaves."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = b""
        self.etag = ""
        self.answers: list[int] = []

    def address(self, path: str = "/list") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        if self.path == "/list" and server.etag and self.headers["If-None-Match"] == server.etag:
            self._head(304, {})
        elif self.path == "/drip":
            self._head(200, {"Content-Length": "1000"})
            self._drip()
        elif self.path == "/short":
            self._head(200, {"Content-Length": "1000"})
            self.wfile.write(b"x" * 10)
            self.close_connection = True
        elif self.path == "/endless":
            self._head(200, {"Connection": "close"})
            self.wfile.write(b"x" * 100_000)
            self.close_connection = True
        elif self.path.startswith("/to/"):
            self._head(302, {"Location": self.path[4:], "Content-Length": "0"})
        elif self.path == "/gone":
            self._head(404, {"Content-Length": "0"})
        else:
            extra = {"ETag": server.etag} if server.etag else {}
            self._head(200, {"Content-Length": str(len(server.body)), **extra})
            self.wfile.write(server.body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.server.answers.append(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _drip(self) -> None:
        try:
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def source(address: str, **changes: float) -> HttpSource:
    return HttpSource(address, 50_000, **changes)  # type: ignore[arg-type]


def refused(address: str, **changes: float) -> str:
    with pytest.raises(WatchlistError) as caught:
        source(address, **changes).fetch()
    return caught.value.problem


def test_a_list_goes_from_a_web_server_into_the_store_and_a_revocation_follows(
    server: Server, tmp_path: Path
) -> None:
    server.body = bundle.encode(watchlist(entry(1), entry(2)), KEY)
    server.etag = '"one"'
    store = ListStore(tmp_path, (KEY.public_key(),), PACK)
    sync = Synchroniser(
        source(server.address()), store, StillClock(), timedelta(minutes=5), random.Random(0)
    )
    assert sync.step()
    assert not sync.sync_now()
    assert server.answers == [200, 304]
    server.body = bundle.encode(watchlist(entry(2), version=2), KEY)
    server.etag = '"two"'
    assert sync.sync_now()
    loaded = store.load()
    assert loaded is not None
    assert [one.entry_id for one in loaded.entries] == ["entry-0002"]


def test_a_forgotten_list_is_fetched_whole_again(server: Server) -> None:
    server.body, server.etag = b"list", '"one"'
    fetching = source(server.address())
    assert fetching.fetch() == b"list"
    assert fetching.fetch() is None
    fetching.forget()
    assert fetching.fetch() == b"list"


def test_a_server_without_etag_is_asked_for_the_whole_list_each_time(server: Server) -> None:
    server.body = b"list"
    fetching = source(server.address())
    assert [fetching.fetch(), fetching.fetch()] == [b"list", b"list"]


def test_an_error_status_is_told(server: Server) -> None:
    assert "the server answered 404" in refused(server.address("/gone"))


def test_a_list_over_the_bound_is_refused_announced_or_not(server: Server) -> None:
    server.body = b"x" * 50_001
    assert "more than 50000 bytes" in refused(server.address())
    assert "more than 50000 bytes" in refused(server.address("/endless"))


def test_a_connection_that_ends_early_is_refused(server: Server) -> None:
    assert "too early" in refused(server.address("/short"))


def test_a_server_that_drips_is_given_up(server: Server) -> None:
    began = time.monotonic()
    assert "longer than 0.3 s" in refused(server.address("/drip"), whole_s=0.3)
    assert time.monotonic() - began < 2.0


def test_a_silent_server_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/list"
        assert "silent" in refused(address, wait_s=0.2)


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}/list"
    assert "refused" in refused(address)


def test_a_redirect_within_the_scheme_is_followed(server: Server) -> None:
    server.body = b"list"
    assert source(server.address("/to/" + server.address())).fetch() == b"list"


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1/list", "ftp://host/list", "file:///etc/hosts"]
)
def test_a_redirect_to_another_scheme_is_refused(server: Server, target: str) -> None:
    assert "cannot be fetched" in refused(server.address("/to/" + target))


def test_an_endless_redirect_is_given_up(server: Server) -> None:
    assert "cannot be fetched" in refused(server.address("/to//to//to//to//to//to//to//list"))


def test_an_answer_that_is_not_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def answer() -> None:
            connection, _ = odd.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-hello\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert "cannot be fetched" in refused(f"http://127.0.0.1:{odd.getsockname()[1]}/list")
        thread.join()
