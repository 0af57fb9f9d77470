"""A real RTSP server (GStreamer's, of the Debian package gir1.2-gst-rtsp-server-1.0) for tests.

:class:`RtspServer` serves one H.264 MP4 file at ``rtsp://127.0.0.1:PORT/cam``; every client gets
it from its beginning, and at its end the server ends that client's stream. The same file is the
server's program: it is run with the system's Python, because GStreamer's bindings live there.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = "python3-gi gir1.2-gst-rtsp-server-1.0"
READY_WITHIN_S = 20.0


class RtspServer:
    """Starts and kills the server; the port stays the same over restarts.

    Args:
        clip: an MP4 file with H.264.
        user: user name that clients must give, or "" for none.
        password: their password.
    """

    def __init__(self, clip: Path, *, user: str = "", password: str = "") -> None:
        self._clip = clip
        self._login = [user, password] if user else []
        self._process: subprocess.Popen[str] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        login = f"{user}:{password}@" if user else ""
        self.url = f"rtsp://{login}127.0.0.1:{self.port}/cam"

    def start(self) -> RtspServer:
        """Start serving; returns when clients can connect."""
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, __file__, str(self.port), str(self._clip.resolve()), *self._login],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until_s = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until_s:
            if self._process.poll() is not None:
                said = self._process.communicate()[1]
                raise RuntimeError(
                    f"The RTSP server does not start; install: apt-get install {PACKAGES}\n{said}"
                )
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError("The RTSP server did not listen in time.")

    def kill(self) -> None:
        """End it at once, as a power cut would; safe to call twice."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """Let it hang with its connections open, as a camera that has crashed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def __enter__(self) -> RtspServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()


def serve(port: str, clip: str, *login: str) -> None:
    """Run the server until killed."""
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        f'( filesrc location="{clip}" ! qtdemux ! h264parse '
        "! rtph264pay name=pay0 pt=96 config-interval=1 )"
    )
    if login:
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", login[0])
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*login), token)
        server.set_auth(auth)
        rights = Gst.Structure.new_empty(login[0])
        rights.set_value("media.factory.access", True)
        rights.set_value("media.factory.construct", True)
        factory.add_role_from_structure(rights)
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    serve(*sys.argv[1:])
