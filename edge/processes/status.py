"""The status process: serves the page on its own thread until the service ends it.

In: settings, a hit log, time. Out: a worker for :class:`edge.runtime.service.Service`. Always:
the address is bound before the server starts, so that a port in use is an error with a
remedy; the server installs no signal handlers; and open streams do not delay the end. Camera,
broker and gallery are out of reach.
"""

from __future__ import annotations

import socket
import threading

import uvicorn

from edge import __version__
from edge.errors import ConfigError
from edge.runtime.clock import Clock
from edge.runtime.service import Report
from edge.runtime.setting_tables import Settings, StatusSettings
from edge.status.app import StatusApp, build_app
from edge.status.ports import HitLog
from edge.status.snapshot import Identity, Observer

STEP_S = 0.5
END_S = 1.8
MAX_CONNECTIONS = 128
MAX_HEADER_BYTES = 16 * 1024


class StatusWorker:
    """Serves the page.

    Args:
        settings: the box's settings.
        hit_log: the store of hits, read only.
        clock: time.
    """

    def __init__(self, settings: Settings, hit_log: HitLog, clock: Clock) -> None:
        self._settings = settings.status
        box = settings.box
        identity = Identity(box=box.id, site=box.site, version=__version__)
        self._observer = Observer(identity, box.run_dir, hit_log, clock)
        self._app: StatusApp | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._address = ""

    def initialize(self) -> None:
        """Bind the address and start to serve.

        Raises:
            ConfigError: the address is in use or does not exist on this machine.
        """
        listener = listen(self._settings)
        self._address = address_of(listener)
        name = socket.gethostname()
        self._app = build_app(
            self._observer, host=self._settings.host, names=(name, f"{name}.local")
        )
        self._server = uvicorn.Server(_configure(self._app))
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
        return True

    def shutdown(self) -> None:
        """End the streams and the server; within two seconds."""
        if self._app is not None:
            self._app.events.close()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(END_S)
            self._server.force_exit = True

    def report(self) -> Report:
        """Say where the page is and how much it is used."""
        figures: dict[str, float] = {}
        if self._server is not None and self._app is not None:
            figures["requests_total"] = self._server.server_state.total_requests
            figures["open_streams"] = self._app.events.open_streams
        return Report(figures=figures, facts={"address": self._address})


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


def address_of(listener: socket.socket) -> str:
    """What to type into a browser; the box's name when it listens on every address."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared with, never bound here
        host = socket.gethostname()
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _configure(app: StatusApp) -> uvicorn.Config:
    return uvicorn.Config(
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
    )
