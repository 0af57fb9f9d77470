"""Reads the first video stream of an opened container, and puts FFmpeg's errors into words.

In: a container that an :class:`Opener` opened. Out: decoded pictures, one at a time. Always:
a damaged packet or picture is skipped and counted, and after ``MAX_DAMAGED`` in a row the
stream is given up; a read ends at its deadline; no error text holds a password. How a stream
is found, paced and opened again is left to the sources.

One decoding thread by default: at 1280x720 H.264 one thread decoded 510 pictures a second at
1.9 ms of processor time each, two by frame 420 at 2.2 ms and a picture later, two by slice 490
(2 cores, x86-64). Cameras send 10 to 30, and the cores are wanted by the models.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit, urlunsplit

import av

from edge.errors import CaptureError, SourceBusy, SourceMissing
from edge.runtime.clock import Clock
from edge.values import MAX_SIDE_PX

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

MAX_DAMAGED = 100
MAX_PIXELS = str(MAX_SIDE_PX * MAX_SIDE_PX)
_GONE = (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR)
_REFUSED = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)


class Opener(Protocol):
    """Opens a container the way ``av.open`` does."""

    def __call__(
        self,
        file: str,
        *,
        format: str | None,  # noqa: A002 - PyAV's own name
        options: dict[str, str],
        timeout: tuple[float, float],
    ) -> InputContainer:
        """Open ``file``.

        Raises:
            av.error.FFmpegError: as ``av.open`` does.
        """
        ...


def open_with_av(
    file: str,
    *,
    format: str | None,  # noqa: A002 - PyAV's own name
    options: dict[str, str],
    timeout: tuple[float, float],
) -> InputContainer:
    """The :class:`Opener` of the real world."""
    # A title that is no UTF-8 must not make a film unreadable.
    return av.open(
        file, "r", format=format, options=options, timeout=timeout, metadata_errors="replace"
    )


class Decoder:
    """Decodes pictures of a container's first video stream.

    Args:
        container: an opened container; the decoder closes it.
        shown: the source's name for error texts, without a password.
        clock: gives the steady seconds for deadlines.
        threads: decoding threads.
        low_delay: give pictures out at once rather than in display order.

    Raises:
        CaptureError: there is no video in it, or no decoder for it.
    """

    def __init__(
        self,
        container: InputContainer,
        shown: str,
        clock: Clock,
        *,
        threads: int = 1,
        low_delay: bool = False,
    ) -> None:
        videos = container.streams.video
        if not videos or videos[0].codec_context is None:
            container.close()
            raise CaptureError(
                f"{shown} has no video that can be decoded.",
                "Give a video file or stream, for example H.264 in MP4.",
            )
        self._container = container
        self._shown = shown
        self._clock = clock
        self._damaged = 0
        self._ready: deque[av.VideoFrame] = deque()
        self.damaged_total = 0
        self.rate = float(videos[0].average_rate or 0)
        context = videos[0].codec_context
        context.thread_count = threads
        context.options = {"max_pixels": MAX_PIXELS} | ({"flags": "low_delay"} if low_delay else {})
        self._packets: Iterator[Packet[VideoStream]] = iter(container.demux(videos[0]))

    def next_picture(self, until_s: float) -> av.VideoFrame | None:
        """The next picture, or None at the end.

        Args:
            until_s: steady time after which no further packet is asked for.

        Raises:
            CaptureError: the stream broke, only damage comes, or it is later than ``until_s``.
            SourceMissing: the device went away.
        """
        while not self._ready:
            if self._clock.monotonic_s() > until_s:
                raise CaptureError(
                    f"{self._shown} gave no picture within the time-out.",
                    "Check the camera and its connection.",
                )
            try:
                packet = next(self._packets, None)
            except av.error.FFmpegError as error:
                raise in_words(error, self._shown) from error
            if packet is None:
                return None
            self._decode(packet)
        return self._ready.popleft()

    def close(self) -> None:
        """Let go of the file, device or connection; safe to call twice."""
        self._ready.clear()
        self._packets = iter(())
        self._container.close()

    def _decode(self, packet: Packet[VideoStream]) -> None:
        try:
            pictures = [one for one in packet.decode() if isinstance(one, av.VideoFrame)]
        except av.error.FFmpegError as error:
            self._count_damage(error)
            return
        for picture in pictures:
            if picture.is_corrupt:
                self._count_damage(None)
            else:
                self._damaged = 0
                self._ready.append(picture)

    def _count_damage(self, cause: av.error.FFmpegError | None) -> None:
        self._damaged += 1
        self.damaged_total += 1
        if self._damaged > MAX_DAMAGED:
            raise CaptureError(
                f"{self._shown} gave more than {MAX_DAMAGED} damaged packets in a row.",
                "Check the cable or network, or replace the file.",
            ) from cause


def in_words(error: av.error.FFmpegError, shown: str) -> CaptureError:
    """Say what FFmpeg's error means; ``shown`` names the source without a password."""
    if isinstance(error, _REFUSED):
        return CaptureError(
            f"{shown} refuses the user name or password.",
            "Correct them in camera.source: rtsp://user:password@host/path.",
        )
    if isinstance(error, av.error.HTTPNotFoundError) or error.errno in _GONE:
        return SourceMissing(
            f"There is no {shown}.", "Check camera.source, and that the camera is plugged in."
        )
    if error.errno == errno.EBUSY:
        return SourceBusy(
            f"{shown} is in use by another program.",
            "End that program; `fuser -v` with the device's name shows it.",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return CaptureError(
            f"{shown} may not be read by this user.",
            "Add the user to the group video, or make the file readable.",
        )
    if error.errno in (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH):
        return SourceMissing(
            f"Nothing answers at {shown} ({error.strerror}).",
            "Check the address, and that the camera is on.",
        )
    return CaptureError(
        f"{shown} cannot be read ({error.strerror}).",
        "Check that it is an undamaged video and that the camera is connected.",
    )


def without_password(source: str) -> str:
    """A stream's address with neither user, password, query nor fragment, for people and logs."""
    if "://" not in source:
        return source
    try:
        parts = urlsplit(source)
        host = parts.hostname or ""
        place = f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        return f"{source.partition('://')[0]}://..."
    return urlunsplit((parts.scheme, place, parts.path, "", ""))
