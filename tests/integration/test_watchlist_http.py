"""Fetching a repository's files over a real HTTP connection from a real server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError

from edge.errors import WatchlistError
from edge.runtime.web import Patience
from edge.watchlist.fetcher import PATIENCE, BoundedFetcher
from tests.fakes.list_box import ListBox
from tests.fakes.repository import SimulatedRepository
from tests.fakes.watchlists import entry

BOUND = 50_000


class Server(ThreadingHTTPServer):
    """Serves files from memory; some paths choose how it misbehaves."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.endless: set[str] = set()

    def address(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.removeprefix("/")
        if path == "drip":
            self._head(200, {"Content-Length": "1000"})
            self._drip()
        elif path == "short":
            self._head(200, {"Content-Length": "1000"})
            self.wfile.write(b"x" * 10)
            self.close_connection = True
        elif path in self.server.endless or path == "endless":
            self._head(200, {"Connection": "close"})
            self._without_end()
        elif path.startswith("to/"):
            self._head(302, {"Location": path[3:], "Content-Length": "0"})
        elif path in self.server.files:
            body = self.server.files[path]
            self._head(200, {"Content-Length": str(len(body))})
            self.wfile.write(body)
        else:
            self._head(404, {"Content-Length": "0"})

    def _head(self, status: int, headers: dict[str, str]) -> None:
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

    def _without_end(self) -> None:
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b"x" * 10_000)
        except OSError:
            return

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


def fetched(address: str, patience: Patience = PATIENCE) -> bytes:
    return BoundedFetcher(patience).download_bytes(address, BOUND)


def refused(address: str, patience: Patience = PATIENCE) -> str:
    with pytest.raises(DownloadError) as caught:
        fetched(address, patience)
    return str(caught.value)


def test_a_list_goes_from_a_web_server_to_the_box_and_a_withdrawal_follows(
    server: Server, tmp_path: Path
) -> None:
    repository = SimulatedRepository()
    group = [entry(1), entry(2)]
    repository.publish(group)
    server.files = repository.files
    box = ListBox(tmp_path, repository, fetcher=BoundedFetcher(), url=server.address())
    assert box.sync.step()
    assert not box.sync.sync_now()
    repository.publish(group, revoked=[(group[0], group)])
    server.files = repository.files
    assert box.sync.sync_now()
    assert box.entries() == ["entry-0002"]


@pytest.mark.parametrize("part", ["timestamp", "2.snapshot", "2.targets", "watchlist", "segment"])
def test_an_endless_file_of_a_repository_is_cut_off_and_the_old_list_stays(
    server: Server, tmp_path: Path, part: str
) -> None:
    repository = SimulatedRepository()
    repository.publish([entry(1)])
    server.files = repository.files
    box = ListBox(tmp_path, repository, fetcher=BoundedFetcher(), url=server.address())
    assert box.sync.sync_now()
    repository.publish([entry(2)])
    server.files = repository.files
    server.endless = {name for name in repository.files if part in name}
    with pytest.raises(WatchlistError, match="sends more than was signed"):
        box.sync.sync_now()
    assert box.entries() == ["entry-0001"]


def test_a_repository_in_a_folder_is_read_as_from_a_server(tmp_path: Path) -> None:
    repository = SimulatedRepository()
    repository.publish([entry(1)])
    folder = tmp_path / "a stick"
    repository.write(folder)
    box = ListBox(tmp_path / "box", repository, fetcher=BoundedFetcher(), url=folder.as_uri())
    assert box.sync.sync_now()
    assert box.entries() == ["entry-0001"]


def test_a_missing_file_is_told_as_such_by_server_and_folder(
    server: Server, tmp_path: Path
) -> None:
    for address in (server.address("/gone"), (tmp_path / "gone").as_uri()):
        with pytest.raises(DownloadHTTPError) as caught:
            fetched(address)
        assert caught.value.status_code == 404


def test_a_file_over_the_bound_is_refused_announced_or_not(server: Server) -> None:
    server.files["big"] = b"x" * (BOUND + 1)
    for path in ("/big", "/endless"):
        with pytest.raises(DownloadLengthMismatchError, match="more than 50000 bytes"):
            fetched(server.address(path))


def test_a_connection_that_ends_early_is_refused(server: Server) -> None:
    assert "too early" in refused(server.address("/short"))


def test_a_server_that_drips_is_given_up(server: Server) -> None:
    assert "longer than 0.3 s" in refused(server.address("/drip"), Patience(15, 0.3))


def test_a_silent_server_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/list"
        assert "silent" in refused(address, Patience(0.2, 60))


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}/list"
    assert "refused" in refused(address)


def test_a_redirect_within_the_scheme_is_followed(server: Server) -> None:
    server.files["list"] = b"list"
    assert fetched(server.address("/to/" + server.address("/list"))) == b"list"


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1/list", "ftp://host/list", "file:///etc/hosts"]
)
def test_a_redirect_to_another_scheme_is_refused(server: Server, target: str) -> None:
    assert refused(server.address("/to/" + target))


def test_an_endless_redirect_is_given_up(server: Server) -> None:
    assert refused(server.address("/to//to//to//to//to//to//to//list"))


def test_an_answer_that_is_not_http_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def answer() -> None:
            connection, _ = odd.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-hello\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert refused(f"http://127.0.0.1:{odd.getsockname()[1]}/list")
        thread.join()
