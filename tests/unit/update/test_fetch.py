"""A bundle from a file or over HTTPS, within bounds, and nothing left behind."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from edge.errors import UpdateError
from edge.runtime.web import Patience
from edge.update.fetch import INCOMING, Limits, bundle_file
from tests.integration.test_delivery_refusals import make_ca, make_server_certificate

MIB = 1024 * 1024
LIMITS = Limits(MIB, keep_free_bytes=0)


class _Web(ThreadingHTTPServer):
    """Serves one bundle over TLS, and tells lies about it when asked to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        make_ca(folder, "ca")
        make_server_certificate(folder, "ca")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.crt", folder / "server.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.ca = folder / "ca.crt"
        self.body = b""
        self.stated = 0
        self.slowly = False

    def address(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}/new.raucb"


class _Answer(BaseHTTPRequestHandler):
    server: _Web

    def do_GET(self) -> None:
        self.send_response(200)
        if self.server.stated:
            self.send_header("Content-Length", str(self.server.stated))
        self.end_headers()
        size = 1 if self.server.slowly else len(self.server.body)
        with contextlib.suppress(ConnectionError):  # whoever asked gave up
            for at in range(0, len(self.server.body), size or 1):
                self.wfile.write(self.server.body[at : at + size])
                time.sleep(0.02 if self.server.slowly else 0)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Web]:
    server = _Web(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def refused(source: str, folder: Path, limits: Limits = LIMITS) -> str:
    with (
        pytest.raises(UpdateError) as refusal,
        bundle_file(source, folder, limits, lambda text: None),
    ):
        pass
    return refusal.value.problem


def test_a_bundle_is_fetched_over_https_and_not_kept(web: _Web, tmp_path: Path) -> None:
    web.body = b"image" * 100
    said: list[str] = []
    with bundle_file(web.address(), tmp_path / "update", LIMITS, said.append) as path:
        assert path.read_bytes() == web.body
    assert (said, path.name, path.exists()) == (["0 MiB fetched"], INCOMING, False)


@pytest.mark.parametrize(
    ("stated", "body", "told"),
    [
        (2 * MIB, b"", "at most 1048576 are allowed"),
        (0, bytes(2 * MIB), "at most 1048576 are allowed"),
        (MIB, b"half", "bytes too early"),
    ],
)
def test_a_bundle_over_the_bound_or_cut_off_is_refused_and_leaves_nothing(
    web: _Web, tmp_path: Path, stated: int, body: bytes, told: str
) -> None:
    web.stated, web.body = stated, body
    assert told in refused(web.address(), tmp_path / "update")
    assert list((tmp_path / "update").iterdir()) == []


def test_a_server_that_drips_is_given_up(web: _Web, tmp_path: Path) -> None:
    web.body, web.slowly = b"x" * 2000, True
    short = Limits(MIB, keep_free_bytes=0, patience=Patience(wait_s=30, whole_s=0.2))
    assert "took longer than 0.2 s" in refused(web.address(), tmp_path / "update", short)


def test_a_server_that_nobody_vouches_for_is_refused(
    web: _Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "CERTIFICATE_VERIFY_FAILED" in refused(web.address(), tmp_path)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "cannot be fetched from 127.0.0.1" in refused("https://127.0.0.1:9/x", tmp_path)


def test_a_disk_that_would_have_no_room_for_hits_refuses_the_bundle(
    web: _Web, tmp_path: Path
) -> None:
    web.body = b"image"
    assert "for hits" in refused(web.address(), tmp_path, Limits(MIB, keep_free_bytes=2**60))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("http://127.0.0.1/x.raucb", "not fetched over http"),
        ("/nowhere/x.raucb", "cannot be read"),
        ("/tmp", "is no file"),
    ],
)
def test_other_sources_are_refused(tmp_path: Path, source: str, told: str) -> None:
    assert told in refused(source, tmp_path)


def test_a_file_is_taken_where_it_lies_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "a b.raucb"
    file.write_bytes(b"image")
    for source in (str(file), file.as_uri()):
        with bundle_file(source, tmp_path / "update", LIMITS, lambda text: None) as path:
            assert path == file
    file.write_bytes(bytes(MIB + 1))
    assert "at most" in refused(str(file), tmp_path)
    assert file.exists()
