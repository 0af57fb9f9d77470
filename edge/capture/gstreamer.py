"""A camera behind a GStreamer pipeline: CSI cameras of a Jetson, and whatever else has a plugin.

In: ``gst://`` and a pipeline as ``gst-launch-1.0`` takes it, up to raw video, such as
``gst://nvarguscamerasrc sensor-id=0 ! nvvidconv``. Out: frames of the set size, limited-range
BT.709, each in memory of its own. Always: the pipeline runs as a child process that writes I420
to a pipe: a vendor's plugin that crashes or hangs takes no recognition along, and neither Python
bindings of the system's own Python nor an OpenCV with GStreamer are needed; ``open`` and ``read``
keep their time-outs; the settings are root's, and no shell reads them.

Rows of I420 are padded to four bytes (GStreamer, ``video-info.c``).
"""

from __future__ import annotations

import os
import re
import selectors
import shlex
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from edge.errors import CaptureError, SourceBusy, SourceMissing
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Bytes, Frame

PREFIX = "gst://"
PROGRAM = "gst-launch-1.0"
END_WITHIN_S = 1.0
_KEPT_WORDS_BYTES = 4096
_SHOWN = "The GStreamer pipeline"
_MISSING = ("cannot identify device", "no cameras available", "invalid camera")


@dataclass(frozen=True, slots=True)
class I420:
    """How a picture lies in GStreamer's I420.

    Attributes:
        width: pixels, even.
        height: pixels, even.
    """

    width: int
    height: int

    @property
    def strides(self) -> tuple[int, int]:
        """Bytes from a row to the next, of Y and of U and V."""
        return (self.width + 3) // 4 * 4, (self.width // 2 + 3) // 4 * 4

    @property
    def size(self) -> int:
        """Bytes of a picture."""
        of_y, of_uv = self.strides
        return of_y * self.height + 2 * of_uv * (self.height // 2)

    def planes(self, data: Bytes) -> tuple[Bytes, Bytes, Bytes]:
        """Y, U and V as views, without the padding.

        Args:
            data: (size,) uint8.
        """
        of_y, of_uv = self.strides
        luma = of_y * self.height
        y = data[:luma].reshape(self.height, of_y)[:, : self.width]
        u, v = data[luma:].reshape(2, self.height // 2, of_uv)[:, :, : self.width // 2]
        return y, u, v


class GStreamerSource:
    """Runs a pipeline and reads its pictures.

    Args:
        settings: ``source``, name, size, rate and time-outs.
        clock: time.
        program: ``gst-launch-1.0``.
    """

    def __init__(self, settings: CameraSettings, clock: Clock, *, program: str = PROGRAM) -> None:
        self._settings = settings
        self._clock = clock
        self._program = program
        self._form = I420(settings.width & ~1, settings.height & ~1)
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: Bytes | None = None
        self._said = b""
        self._index = 0

    def open(self) -> None:
        """Start the pipeline and wait for its first picture.

        Raises:
            SourceMissing: there is no such camera.
            SourceBusy: another program holds it.
            CaptureError: GStreamer or an element is not installed, or no picture comes.
        """
        self.close()
        self._said = b""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - root's own settings, no shell
                [self._program, "-q", *self._words()],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
        except OSError as error:
            raise CaptureError(
                f"{self._program} does not start ({error.strerror}).",
                "Run `sudo apt install gstreamer1.0-tools`.",
            ) from error
        try:
            self._waiting = self._picture(self._settings.open_timeout.total_seconds())
        except CaptureError:
            self.close()
            raise

    def read(self) -> Frame | None:
        """The next frame; never None, as a camera has no end.

        Raises:
            CaptureError: the pipeline ended, or no picture came within the time-out.
        """
        if self._process is None:
            self.open()
        data, self._waiting = self._waiting, None
        if data is None:
            try:
                data = self._picture(self._settings.read_timeout.total_seconds())
            except CaptureError:
                self.close()
                raise
        y, u, v = self._form.planes(data)
        self._index += 1
        return Frame(
            camera=self._settings.name,
            index=self._index - 1,
            t_s=self._clock.monotonic_s(),
            taken_at=self._clock.utc(),
            y=y,
            u=u,
            v=v,
            full_range=False,
            matrix="bt709",
            lease=data,
        )

    def release(self, frame: Frame) -> None:
        """Nothing to hand back: each frame has memory of its own."""

    def close(self) -> None:
        """End the pipeline; safe to call twice."""
        self._waiting = None
        if self._process is None:
            return
        process, self._process = self._process, None
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_WITHIN_S)
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()

    def _words(self) -> list[str]:
        """The pipeline, and what turns its end into pictures on standard output."""
        try:
            given = shlex.split(self._settings.source.removeprefix(PREFIX))
        except ValueError as error:
            raise CaptureError(
                f"{_SHOWN} in camera.source cannot be read ({error}).", "Close its quotes."
            ) from error
        rate = Fraction(self._settings.frames_per_s).limit_denominator(1001)
        caps = (
            f"video/x-raw,format=I420,width={self._form.width},height={self._form.height},"
            f"framerate={rate.numerator}/{rate.denominator},colorimetry=bt709"
        )
        tail = ("videoconvert", "videoscale", "videorate", caps, "fdsink fd=1")
        return given + [word for part in tail for word in ("!", *part.split(" "))]

    def _picture(self, within_s: float) -> Bytes:
        """Read one picture whole."""
        process = self._process
        if process is None or process.stdout is None or process.stderr is None:
            raise CaptureError("The camera is not open.", "Open the source before reading it.")
        data = np.empty(self._form.size, np.uint8)
        room, until_s = data.data, self._clock.monotonic_s() + within_s
        pictures, words = process.stdout.fileno(), process.stderr.fileno()
        with selectors.DefaultSelector() as ready:
            ready.register(pictures, selectors.EVENT_READ)
            ready.register(words, selectors.EVENT_READ)
            while room and ready.get_map() and until_s > self._clock.monotonic_s():
                for key, _ in ready.select(until_s - self._clock.monotonic_s()):
                    if key.fd == pictures:
                        count = os.readv(pictures, [room])
                        room = room[count:]
                    else:
                        count = self._take_words(words)
                    if count == 0:
                        ready.unregister(key.fd)
            ended = not ready.get_map()
        if room:
            raise self._in_words(ended=ended)
        return data

    def _take_words(self, pipe: int) -> int:
        """Keep the beginning of what the pipeline says, which names the cause."""
        words = os.read(pipe, _KEPT_WORDS_BYTES)
        self._said = (self._said + words)[:_KEPT_WORDS_BYTES]
        return len(words)

    def _in_words(self, *, ended: bool) -> CaptureError:
        said = self._said.decode(errors="replace")
        low = said.lower()
        if element := re.search(r'no element "([^"]{1,64})"', said):
            return CaptureError(
                f"GStreamer has no element {element[1]} here.",
                "Install the package that brings it; on a Jetson, NVIDIA's nvidia-l4t-gstreamer.",
            )
        if "busy" in low:
            return SourceBusy(
                f"{_SHOWN} says that another program holds the camera.", "End that program."
            )
        if any(mark in low for mark in _MISSING):
            return SourceMissing(
                f"{_SHOWN} finds no camera.", "Check the cable, and camera.source."
            )
        lines = [one.strip() for one in said.splitlines() if one.strip()]
        # Libraries complain, too; what ends the pipeline begins so.
        causes = [one for one in lines if one.startswith(("ERROR", "WARNING"))]
        if causes or ended:
            cause = (causes or lines or ["it said nothing"])[0]
            return CaptureError(
                f"{_SHOWN} ended: {cause[:300]}",
                f"Try it by hand: {PROGRAM} -v and what follows {PREFIX} in camera.source.",
            )
        return CaptureError(
            f"{_SHOWN} gave no picture within the time-out.",
            "Check the camera and its connection.",
        )
