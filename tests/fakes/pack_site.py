"""A web server on this machine that serves a folder's files; some paths misbehave."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Site(ThreadingHTTPServer):
    """Serves a folder's files; some paths misbehave."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path[1:]
        if name.startswith("to/"):
            self._head(302, {"Location": name[3:], "Content-Length": "0"})
        elif name == "loop":
            self._head(302, {"Location": "/loop", "Content-Length": "0"})
        elif name == "drip":
            self._head(200, {"Content-Length": "1000"})
            self._drip()
        elif name == "short":
            self._head(200, {"Content-Length": "1000", "Connection": "close"})
            self.wfile.write(b"x" * 10)
            self.close_connection = True
        elif (path := self.server.folder / name).is_file():
            data = path.read_bytes()
            self._head(200, {"Content-Length": str(len(data))})
            self.wfile.write(data)
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

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
