"""The box's side of ``benchmarks/sync.py``: a web server that counts, a report process, a gallery.

The report process is the real one (``watchpost report``) with a broker and the web server as its
world. The gallery stands for the recognise process: it looks at the list in force as often.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

from edge.compose import lists
from edge.processes.recognise import GALLERY_EVERY_S
from edge.runtime.clock import NeverBefore, SystemClock
from edge.runtime.settings import load_settings
from edge.values import Floats
from edge.watchlist.gallery import Gallery
from edge.watchlist.watched import WatchedGallery

PATIENCE_S = 300.0
_BLOCK_BYTES = 256 * 1024


class CountingServer(ThreadingHTTPServer):
    """Serves a folder on a free loopback port and counts the bytes of the bodies.

    Args:
        folder: what to serve.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
        self._counted = 0
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, size: int) -> None:
        """Count bytes."""
        with self._lock:
            self._counted += size

    def take(self) -> int:
        """Bytes since the last call."""
        with self._lock:
            counted, self._counted = self._counted, 0
        return counted


class _Handler(SimpleHTTPRequestHandler):
    server: CountingServer

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:
        while block := source.read(_BLOCK_BYTES):
            outputfile.write(block)
            self.server.add(len(block))

    def log_message(self, *told: object) -> None:
        del told


class Box:
    """A box with a report process of its own.

    Args:
        folder: for its settings and state.
        root: the register's root.json.
        url: of the repository.
        port: of the broker on 127.0.0.1.
        pack: ``id@version`` of the pack it runs.
    """

    def __init__(self, folder: Path, root: Path, url: str, port: int, pack: str) -> None:
        folder.mkdir()
        self._folder = folder
        self._config = folder / "watchpost.toml"
        self._config.write_text(
            f'[box]\nsite = "here"\nid = "box-1"\nstate_dir = "{folder}/state"\n'
            f'run_dir = "{folder}/run"\n'
            f'[watchlist]\nsource = "{url}"\nroot = "{root}"\nmax_bytes = {2**31}\n'
            f'refresh = "1h"\n[mqtt]\nport = {port}\n[clock]\ntrust = "system"\n'
        )
        settings = load_settings(self._config, {})
        clock = NeverBefore(SystemClock(trust_system=True))
        self._gallery = WatchedGallery(lists.store(settings), Gallery("here", clock), pack, clock)

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Run ``watchpost report``."""
        command = [sys.executable, "-m", "edge.cli.main", "report", "--config", str(self._config)]
        with (self._folder / "report.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield
        finally:
            self._process.terminate()
            self._process.wait(30)

    def wait_until(self, holds: Callable[[WatchedGallery], bool]) -> None:
        """Look as the recognise process does until something holds.

        Raises:
            TimeoutError: it never did.
            RuntimeError: the report process has ended.
        """
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s:
            self._gallery.refresh()
            if holds(self._gallery):
                return
            if self._process.poll() is not None:
                raise RuntimeError((self._folder / "report.log").read_text())
            time.sleep(GALLERY_EVERY_S)
        raise TimeoutError("the box did not come to the list in time")


def knows(gallery: WatchedGallery, probe: Floats, person_id: str) -> bool:
    """Whether a search finds a person."""
    return person_id in [one.person_id for one in gallery.search(probe)[0]]
