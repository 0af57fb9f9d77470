"""A web server on this machine that takes GET, PUT, DELETE and MKCOL into a folder (RFC 4918)."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Webdav(ThreadingHTTPServer):
    """Keeps files in a folder, as nginx and Apache do with WebDAV.

    Attributes:
        asked: method and path of each request, in order.
        wants: value of the Authorization header without which it refuses, or "".
        fails_at: a method and the end of a path that get the answer 500.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        folder.mkdir()
        self.folder = folder
        self.asked: list[tuple[str, str]] = []
        self.wants = ""
        self.fails_at = ("", "")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def put(self) -> list[str]:
        """What was sent, in order."""
        return [path for method, path in self.asked if method == "PUT"]


class _Handler(BaseHTTPRequestHandler):
    server: Webdav
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if path := self._allowed():
            data = path.read_bytes() if path.is_file() else None
            self._answer(404 if data is None else 200, data or b"")

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if path := self._allowed():
            if not path.parent.is_dir():
                self._answer(409)
                return
            path.write_bytes(data)
            self._answer(201)

    def do_DELETE(self) -> None:
        if path := self._allowed():
            there = path.is_file()
            path.unlink(missing_ok=True)
            self._answer(204 if there else 404)

    def do_MKCOL(self) -> None:
        if path := self._allowed():
            there = path.is_dir()
            if not there:
                path.mkdir()
            self._answer(405 if there else 201)

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def _allowed(self) -> Path | None:
        self.server.asked.append((self.command, self.path))
        method, end = self.server.fails_at
        if self.server.wants and self.headers.get("Authorization") != self.server.wants:
            self._answer(401)
        elif method == self.command and self.path.endswith(end):
            self._answer(500)
        else:
            return self.server.folder / self.path.strip("/")
        return None

    def _answer(self, status: int, data: bytes = b"") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
