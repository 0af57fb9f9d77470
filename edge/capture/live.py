"""Cameras that go on for ever: V4L2 devices and RTSP streams, decoded by PyAV.

In: a device such as ``/dev/video0`` or an address such as ``rtsp://user:password@host/path``.
Out: frames whose planes are views into the decoder's buffers; ``t_s`` is the steady clock and
``taken_at`` UTC when the picture was decoded.

Always:
- A lost source is connected again after a pause that doubles from ``FIRST_PAUSE_S`` to the
  setting ``reconnect_max``, of which a random half is left out so that many boxes do not all
  come back at once. The pause holds over ``close`` and ``open`` too, until a picture came.
- ``read`` takes at most ``read_timeout``. It bridges a loss that is over within half of that;
  else it raises, and the next ``read`` (or ``open``) goes on where the pauses stand.
- No error text holds the password of an address.

What it cannot bound: a V4L2 driver whose camera hangs blocks in the kernel. ``latest.py``, which
stands in front of every live source, bounds that by reading in a thread.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import av

from edge.capture.decode import (
    MAX_PIXELS,
    Decoder,
    Opener,
    in_words,
    open_with_av,
    without_password,
)
from edge.capture.pace import Wait
from edge.capture.planes import Matrix, frame_of
from edge.errors import CaptureError
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Frame

FIRST_PAUSE_S = 0.5
# Shares of read_timeout: connecting again must be done by the first, and no packet may take
# longer than the second, so that both together stay below the whole.
_CONNECT_SHARE = 0.5
_PACKET_SHARE = 0.4
# A USB 2 camera sends at most about 30 MB/s of raw pixels; beyond that only MJPEG fits.
_USB2_RAW_BYTES_PER_S = 30e6


@dataclass(frozen=True, slots=True)
class Way:
    """One way to open a live source.

    Attributes:
        format: FFmpeg's name of the input, or None to find it from the address.
        options: FFmpeg's options for it.
        unsaid_matrix: the matrix to assume when the stream names none.
    """

    format: str | None
    options: dict[str, str]
    unsaid_matrix: Matrix | None = None


def v4l2_ways(settings: CameraSettings) -> tuple[Way, ...]:
    """Pixel formats to ask a V4L2 device for, best first.

    I420 needs no conversion, NV12 and YUYV one, MJPEG a decoder; YUYV goes before MJPEG as
    long as USB 2 can carry it. A camera that names no matrix means BT.601 (the kernel's
    default for sRGB cameras, V4L2_YCBCR_ENC_601). The driver may choose a near size.
    """
    raw_bytes_per_s = settings.width * settings.height * 2 * settings.frames_per_s
    packed = (
        ("yuyv422", "mjpeg") if raw_bytes_per_s <= _USB2_RAW_BYTES_PER_S else ("mjpeg", "yuyv422")
    )
    common = {
        "video_size": f"{settings.width}x{settings.height}",
        "framerate": f"{settings.frames_per_s:g}",
    }
    return tuple(
        Way("v4l2", common | {"input_format": name}, "bt601")
        for name in ("yuv420p", "nv12", *packed)
    )


def rtsp_ways(settings: CameraSettings) -> tuple[Way, ...]:
    """RTSP over one TCP connection: no lost packets, and no ports to open in a firewall."""
    options = {
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        "protocol_whitelist": "rtsp,rtsps,rtp,tcp,tls,crypto",
        "analyzeduration": "1000000",
        "probesize": "1000000",
        "max_pixels": MAX_PIXELS,
    }
    return (Way(None, options),)


class LiveVideo:
    """A V4L2 device or an RTSP stream.

    Args:
        settings: ``source`` is the device or address; also name, size, rate and time-outs.
        ways: how to open it, tried in this order.
        clock: time.
        wait: waits a number of seconds or less; an ``Event.wait`` lets a thread stop early.
        opener: opens the container.
        chance: a random number from 0 to 1, for the pauses.
        threads: decoding threads, see ``decode.py``.
    """

    def __init__(
        self,
        settings: CameraSettings,
        ways: tuple[Way, ...],
        clock: Clock,
        *,
        wait: Wait = time.sleep,
        opener: Opener = open_with_av,
        chance: Callable[[], float] = random.random,
        threads: int = 1,
    ) -> None:
        self._settings = settings
        self._ways = ways
        self._clock = clock
        self._wait = wait
        self._opener = opener
        self._chance = chance
        self._threads = threads
        self._shown = without_password(settings.source)
        self._read_timeout_s = settings.read_timeout.total_seconds()
        self._decoder: Decoder | None = None
        self._unsaid_matrix: Matrix | None = None
        self._index = 0
        self._failures = 0
        self._due_s = float("-inf")

    def open(self) -> None:
        """Connect, after the pause that a loss left, in at most ``open_timeout``.

        Raises:
            SourceMissing: there is no such device or nothing answers.
            SourceBusy: another program holds the device.
            CaptureError: it refuses, or gives no video.
        """
        self.close()
        self._connect(self._clock.monotonic_s() + self._settings.open_timeout.total_seconds())

    def read(self) -> Frame | None:
        """The next frame; never None, as a live source has no end.

        Raises:
            CaptureError: no picture within the time-out.
            FrameFormatError: its pixels are unusable.
        """
        start_s = self._clock.monotonic_s()
        connected_by_s = start_s + self._read_timeout_s * _CONNECT_SHARE
        picture_by_s = start_s + self._read_timeout_s * (1 - _PACKET_SHARE)
        while True:
            if self._decoder is None:
                self._connect(connected_by_s)
            try:
                return self._frame(self._decoder, picture_by_s)
            except CaptureError:
                self._lose()
                if self._clock.monotonic_s() >= connected_by_s:
                    raise

    def release(self, frame: Frame) -> None:
        """Nothing to hand back: the frame's own lease keeps the decoder's buffer alive."""

    def close(self) -> None:
        """Let go of the device or connection; safe to call twice."""
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def _frame(self, decoder: Decoder | None, until_s: float) -> Frame:
        picture = decoder.next_picture(until_s) if decoder else None
        if picture is None:
            raise CaptureError(
                f"{self._shown} ended the stream.", "Check the camera; it is tried again."
            )
        frame = frame_of(
            picture,
            camera=self._settings.name,
            index=self._index,
            t_s=self._clock.monotonic_s(),
            taken_at=self._clock.utc(),
            unsaid_matrix=self._unsaid_matrix,
        )
        self._index += 1
        self._failures = 0
        return frame

    def _connect(self, until_s: float) -> None:
        """Wait for the pause to end, then try each way; all within the time."""
        self._wait_until_due(until_s)
        refused: CaptureError | None = None
        for way in self._ways:
            left_s = until_s - self._clock.monotonic_s()
            if left_s <= 0:
                break
            try:
                self._decoder = self._opened(way, left_s)
            except _NotThisWay as error:
                refused = error.in_words
            except CaptureError:
                self._lose()
                raise
            else:
                self._unsaid_matrix = way.unsaid_matrix
                return
        self._lose()
        raise refused or CaptureError(
            f"{self._shown} could not be opened within the time-out.",
            "Check the camera and its connection; it is tried again.",
        )

    def _opened(self, way: Way, left_s: float) -> Decoder:
        try:
            container = self._opener(
                self._settings.source,
                format=way.format,
                options=dict(way.options),
                # FFmpeg counts this once for connecting and once for looking at the streams.
                timeout=(left_s / 2, self._read_timeout_s * _PACKET_SHARE),
            )
        except av.error.ArgumentError as error:
            raise _NotThisWay(in_words(error, self._shown)) from error
        except av.error.FFmpegError as error:
            raise in_words(error, self._shown) from error
        return Decoder(container, self._shown, self._clock, threads=self._threads, low_delay=True)

    def _wait_until_due(self, until_s: float) -> None:
        now_s = self._clock.monotonic_s()
        if self._due_s > now_s:
            self._wait(min(self._due_s, until_s) - now_s)
            now_s = self._clock.monotonic_s()
        if self._due_s > now_s or now_s >= until_s:
            pause_s = max(0.0, self._due_s - now_s)
            raise CaptureError(
                f"{self._shown} is lost; it is tried again in {pause_s:.1f} s.",
                "Check the camera and its connection.",
            )

    def _lose(self) -> None:
        self.close()
        longest_s = self._settings.reconnect_max.total_seconds()
        pause_s = min(longest_s, FIRST_PAUSE_S * 2.0 ** min(self._failures, 20))
        self._failures += 1
        self._due_s = self._clock.monotonic_s() + pause_s * (0.5 + 0.5 * self._chance())


class _NotThisWay(Exception):  # noqa: N818 - it is a refusal, not a failure
    """The device knows no such pixel format; the next may do."""

    def __init__(self, in_words: CaptureError) -> None:
        super().__init__(str(in_words))
        self.in_words = in_words
