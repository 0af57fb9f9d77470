"""The status process: serves the page on its own thread until the service ends it.

In: settings and what pages are made with. Out: a worker for
:class:`edge.runtime.service.Service`. Always: the address is bound before the server starts, so
that a port in use is an error with a remedy; elsewhere than on loopback it speaks TLS only; on
the first start the passwords made then are told once on the console; the server installs no
signal handlers; and open streams do not delay the end. Camera, broker and gallery are out of
reach.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from edge.errors import ConfigError
from edge.runtime.box_name import box_name, names_to_try
from edge.runtime.service import Report
from edge.runtime.setting_tables import StatusSettings
from edge.status.access.accounts import Accounts
from edge.status.app import StatusApp, build_app
from edge.status.certificate import Certificate, given_certificate, own_certificate
from edge.status.context import PageContext

if TYPE_CHECKING:
    from edge.processes.announcer import Announcer
    from edge.processes.lamp import Lamp

STEP_S = 0.5
END_S = 1.8
MAX_CONNECTIONS = 256
MAX_HEADER_BYTES = 16 * 1024
NICE = 10  # recognition goes before viewers
# Of a network that nobody has (RFC 5737): asking which way leads there sends nothing.
_ELSEWHERE = ("192.0.2.1", 9)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


class _CountingServer(uvicorn.Server):
    """Counts the turns of its event loop, which stands still when a request hangs in it."""

    turns = 0

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second by the server's own loop."""
        self.turns += 1
        return await super().on_tick(counter)


class StatusWorker:
    """Serves the page.

    Args:
        settings: where and how.
        context: what pages are made with.
        accounts: the passwords, made on the first start.
        say: tells a person at the console something that belongs in no log.
        announcer: tells the local network where the page is; None: nobody is told.
        lamp: shows on the board how the box is; None: nothing does.
    """

    def __init__(
        self,
        settings: StatusSettings,
        context: PageContext,
        accounts: Accounts,
        say: Callable[[str], None] = _say,
        announcer: Announcer | None = None,
        lamp: Lamp | None = None,
    ) -> None:
        self._announcer = announcer
        self._lamp = lamp
        self._port = 0
        self._settings = settings
        self._context = context
        self._accounts = accounts
        self._say = say
        self._app: StatusApp | None = None
        self._server: _CountingServer | None = None
        self._thread: threading.Thread | None = None
        self._certificate: Certificate | None = None
        self._address = ""

    def initialize(self) -> None:
        """Make folders, passwords and certificate where missing, bind, and start to serve.

        Raises:
            ConfigError: the address is in use or does not exist on this machine, the folders
                cannot be written, or the given certificate cannot be used.
        """
        with suppress(PermissionError):  # the unit's sandbox forbids it, and does it itself
            os.nice(NICE)
        make_folders(self._context)
        names = own_names(self._settings.host)
        if self._settings.is_secure:
            self._certificate = certificate(self._settings, self._context, names)
        listener = listen(self._settings)
        self._address = address_of(listener, secure=self._settings.is_secure)
        self._port = listener.getsockname()[1]
        self._greet()
        self._app = build_app(self._context, host=self._settings.host, names=names)
        self._server = _CountingServer(_configure(self._app, self._certificate))
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="page", daemon=True
        )
        self._thread.start()

    def step(self, stop: threading.Event) -> bool:
        """Wait a moment; the server works on its own thread.

        Raises:
            RuntimeError: the server ended by itself, so that the process must start afresh.
        """
        stop.wait(STEP_S)
        if self._thread is None or not self._thread.is_alive():
            raise RuntimeError("the page's server ended by itself")
        if self._announcer is not None:
            self._announcer.look_around(self._port, secure=self._settings.is_secure)
        if self._lamp is not None:
            self._lamp.step()
        return True

    def shutdown(self) -> None:
        """End the streams and the server; within two seconds."""
        if self._announcer is not None:
            self._announcer.close()
        if self._lamp is not None:
            self._lamp.close()
        if self._app is not None:
            self._app.events.close()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(END_S)
            self._server.force_exit = True

    def report(self) -> Report:
        """Say where the page is and how much it is used."""
        figures: dict[str, float] = {}
        facts = {"address": self._address}
        if self._announcer is not None and self._announcer.name:
            facts["name"] = self._announcer.name
        if self._server is not None and self._app is not None:
            figures["requests_total"] = self._server.server_state.total_requests
            figures["open_streams"] = self._app.events.open_streams
        if self._certificate is not None:
            facts["certificate"] = self._certificate.fingerprint
        turns = self._server.turns if self._server is not None else 0
        return Report(figures=figures, facts=facts, progress=turns)

    def _greet(self) -> None:
        """Tell the first passwords and a new certificate, on the console only."""
        for role, password in self._accounts.prepare().items():
            self._say(f"First password of the page at {self._address} for {role}: {password}")
        if self._certificate is not None and self._certificate.made:
            self._say(f"The page's new certificate (SHA-256): {self._certificate.fingerprint}")


def make_folders(context: PageContext) -> None:
    """Make the page's two folders.

    Raises:
        ConfigError: they cannot be made.
    """
    for folder, mode in ((context.state_dir, 0o700), (context.run_dir, 0o750)):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=mode)
        except OSError as error:
            raise ConfigError(
                f"The folder {folder} cannot be made ({error.strerror}).",
                "Give the user that runs watchpost the right to write there.",
            ) from error


def certificate(
    settings: StatusSettings, context: PageContext, names: tuple[str, ...]
) -> Certificate:
    """The given certificate, or the box's own.

    Raises:
        ConfigError: it cannot be used or written.
    """
    given: tuple[Path | None, Path | None] = (settings.cert_file, settings.key_file)
    if given[0] is not None and given[1] is not None:
        return given_certificate(given[0], given[1])
    return own_certificate(context.state_dir, names, context.clock.utc())


def own_names(host: str) -> tuple[str, ...]:
    """Names and addresses under which browsers may ask for this box."""
    name = socket.gethostname()
    found = [name, f"{name}.local", "localhost", "127.0.0.1", "::1"]
    found += [f"{one}.local" for one in names_to_try(box_name())]
    if not _is_any(host):
        found.append(host)
    elif address := outward_address():
        found.append(address)
    return tuple(dict.fromkeys(found))


def listen(settings: StatusSettings) -> socket.socket:
    """Bind the configured address; port 0 takes any free one.

    Raises:
        ConfigError: the address is in use or does not exist on this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=64)
    except OSError as error:
        raise ConfigError(
            f"The status page cannot use {settings.host} port {settings.port} ({error.strerror}).",
            "End the program that uses it, or set status.host and status.port "
            "(port 0 takes any free one).",
        ) from error


def address_of(listener: socket.socket, *, secure: bool = False) -> str:
    """What to type into a browser; the box's name when it listens on every address."""
    host, port = listener.getsockname()[:2]
    if _is_any(host):
        host = socket.gethostname()
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def outward_address() -> str | None:
    """The address of this box in its network, or None without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _configure(app: StatusApp, found: Certificate | None) -> uvicorn.Config:
    config = uvicorn.Config(
        app.asgi,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
        ssl_certfile=found.cert_file if found else None,
        ssl_keyfile=found.key_file if found else None,
    )
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config
