"""The Raspberry Pi's camera through Picamera2.

In: Picamera2 requests with a ``main`` stream and, for pictures wider than ``SMALL_WIDTH_PX``, a
small ``lores`` stream of the same view, both YUV420. Out: frames whose planes are views into
the camera's own buffers. Always:
- A frame holds its request until ``release``; the camera has ``BUFFERS`` of them, and a reader
  that keeps them all stops the camera. ``close`` takes back those that are still out, so no
  plane may be used after it.
- The colour space is set, not left to the default: sYCC, which is BT.601 with full-range luma.
  What the camera then says it does decides each frame's range and matrix.
- Picamera2 is imported by ``open`` alone: elsewhere than on a Raspberry Pi it does not exist.

A YUV420 buffer is ``height`` rows of ``stride`` bytes of Y, then U, then V, in rows of half the
stride (Picamera2 manual, appendix A; ``CompletedRequest.save`` reads it so).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.capture.picamera_stack import InstalledStack, Stack
from edge.capture.planes import Matrix
from edge.errors import CaptureError, FrameFormatError, SourceBusy, SourceMissing
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Bytes, Frame

BUFFERS = 6
SMALL_WIDTH_PX = 640
_FULL_RANGE = {"Full": True, "Limited": False}
_MATRICES: dict[str, Matrix] = {"Rec601": "bt601", "Rec709": "bt709"}
_MISSING = ("no camera number", "not found", "list index out of range")
_BUSY = ("busy", "acquire", "in use by another process")


@dataclass(frozen=True, slots=True)
class _Stream:
    name: str
    width: int
    height: int


class PicameraSource:
    """The first camera on the board.

    Args:
        settings: name, size, rate and read time-out.
        clock: time.
        stack: makes access to Picamera2 when the camera is opened.
    """

    def __init__(
        self,
        settings: CameraSettings,
        clock: Clock,
        *,
        stack: Callable[[], Stack] = InstalledStack,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._make_stack = stack
        self._stack: Stack | None = None
        self._camera: Any = None
        self._main = _Stream("main", 0, 0)
        self._small: _Stream | None = None
        self._full_range = True
        self._matrix: Matrix = "bt601"
        self._out: dict[int, tuple[Any, ExitStack]] = {}
        self._index = 0

    def open(self) -> None:
        """Start the camera.

        Raises:
            SourceMissing: no camera is connected.
            SourceBusy: another program holds it.
            CaptureError: Picamera2 is not installed, or the camera cannot do what is asked.
        """
        self.close()
        self._stack = self._make_stack()
        try:
            self._camera = self._stack.camera()
            self._camera.configure(self._configuration())
            self._understand(self._camera.camera_configuration())
            self._camera.start()
        except (RuntimeError, IndexError, OSError) as error:
            self.close()
            raise _in_words(error) from error
        except CaptureError:
            self.close()
            raise

    def read(self) -> Frame | None:
        """The camera's next frame; never None, as a camera has no end.

        Raises:
            CaptureError: no frame within the time-out.
            FrameFormatError: the buffer is not what was configured.
        """
        if self._camera is None or self._stack is None:
            raise CaptureError("The camera is not open.", "Open the source before reading it.")
        request = self._next_request()
        views = ExitStack()
        try:
            frame = self._frame(self._stack, request, views)
        except (CaptureError, RuntimeError, ValueError) as error:
            views.close()
            request.release()
            if isinstance(error, CaptureError):
                raise
            raise FrameFormatError(
                f"The camera's buffer cannot be read ({error}).", "Restart the box."
            ) from error
        self._index += 1
        self._out[id(request)] = (request, views)
        return frame

    def release(self, frame: Frame) -> None:
        """Give the frame's request back to the camera; its planes are written over then."""
        self._give_back(id(frame.lease))

    def close(self) -> None:
        """Take all requests back and stop the camera; safe to call twice."""
        for key in list(self._out):
            self._give_back(key)
        if self._camera is not None:
            camera, self._camera = self._camera, None
            camera.close()

    def _give_back(self, key: int) -> None:
        held = self._out.pop(key, None)
        if held is not None:
            request, views = held
            views.close()
            request.release()

    def _configuration(self) -> Any:
        width, height = self._settings.width & ~1, self._settings.height & ~1
        small = None
        if width > SMALL_WIDTH_PX:
            lines = round(height * SMALL_WIDTH_PX / width / 2) * 2
            small = {"size": (SMALL_WIDTH_PX, lines), "format": "YUV420"}
        frame_us = round(1e6 / self._settings.frames_per_s)
        return self._camera.create_video_configuration(
            main={"size": (width, height), "format": "YUV420"},
            lores=small,
            colour_space=self._stack.colour_space() if self._stack else None,
            buffer_count=BUFFERS,
            queue=False,
            controls={"FrameDurationLimits": (frame_us, frame_us)},
        )

    def _understand(self, configured: Any) -> None:
        """Take over what the camera made of the wishes."""
        self._main = _stream("main", configured["main"])
        small = configured.get("lores")
        self._small = _stream("lores", small) if small else None
        self._full_range, self._matrix = _colours(configured["colour_space"])

    def _next_request(self) -> Any:
        try:
            return self._camera.capture_request(wait=self._settings.read_timeout.total_seconds())
        except (TimeoutError, CancelledError) as error:
            # The job would otherwise take the next picture, and nobody would give it back.
            self._camera.cancel_all_and_flush()
            raise CaptureError(
                "The camera gave no picture within the time-out.",
                "Check the ribbon cable; release frames soon after reading them.",
            ) from error

    def _frame(self, stack: Stack, request: Any, views: ExitStack) -> Frame:
        def planes(stream: _Stream) -> tuple[Bytes, Bytes, Bytes]:
            mapped = views.enter_context(stack.mapped(request, stream.name))
            return i420_views(mapped.array, stream.width, stream.height)

        y, u, v = planes(self._main)
        return Frame(
            camera=self._settings.name,
            index=self._index,
            t_s=self._taken_s(request),
            taken_at=self._clock.utc(),
            y=y,
            u=u,
            v=v,
            full_range=self._full_range,
            matrix=self._matrix,
            small_y=planes(self._small)[0] if self._small else None,
            lease=request,
        )

    def _taken_s(self, request: Any) -> float:
        sensor_ns = request.get_metadata().get("SensorTimestamp")
        return sensor_ns / 1e9 if sensor_ns else self._clock.monotonic_s()


def i420_views(array: Bytes, width: int, height: int) -> tuple[Bytes, Bytes, Bytes]:
    """Y, U and V as views into a YUV420 buffer.

    Args:
        array: (height * 3 / 2, stride) uint8, as MappedArray gives it.
        width: pixels, even, at most the stride.
        height: pixels, even.

    Raises:
        FrameFormatError: the buffer has another shape.
    """
    rows, stride = array.shape if array.ndim == 2 else (0, 0)
    if rows != height * 3 // 2 or stride < width or stride % 2 or array.dtype != np.uint8:
        raise FrameFormatError(
            f"The camera's buffer is {array.shape} {array.dtype} for {width}x{height} pixels.",
            "Set camera.width and camera.height to a usual size such as 1280 and 720.",
        )
    half_rows = array.reshape(height * 3, stride // 2)
    u = half_rows[2 * height : 2 * height + height // 2, : width // 2]
    v = half_rows[2 * height + height // 2 :, : width // 2]
    return array[:height, :width], u, v


def _stream(name: str, configured: Any) -> _Stream:
    if configured["format"] != "YUV420":
        raise FrameFormatError(
            f"The camera delivers {configured['format']} where YUV420 was asked for.",
            "Use a Raspberry Pi camera module, or the camera as /dev/video0.",
        )
    width, height = configured["size"]
    return _Stream(name, int(width), int(height))


def _colours(space: Any) -> tuple[bool, Matrix]:
    """Range and matrix of a ``libcamera.ColorSpace``; a USB camera has none."""
    span = getattr(getattr(space, "range", None), "name", "")
    encoding = getattr(getattr(space, "ycbcrEncoding", None), "name", "")
    if span not in _FULL_RANGE or encoding not in _MATRICES:
        raise FrameFormatError(
            f"The camera delivers the colour space {space}, whose range or matrix is unknown.",
            "Use a Raspberry Pi camera module, or the camera as /dev/video0.",
        )
    return _FULL_RANGE[span], _MATRICES[encoding]


def _in_words(error: BaseException) -> CaptureError:
    """Picamera2 wraps its causes ("Camera __init__ sequence did not complete."): read them all."""
    texts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(texts) < 10:
        texts.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    said = " / ".join(texts)
    if any(mark in said.lower() for mark in _MISSING):
        return SourceMissing(
            "No camera is connected to this board.",
            "Check the ribbon cable at both ends; `rpicam-hello --list-cameras` must show it.",
        )
    if any(mark in said.lower() for mark in _BUSY):
        return SourceBusy(
            "Another program holds the camera.",
            "End it: `sudo fuser -v /dev/media* /dev/video*` shows which.",
        )
    return CaptureError(
        f"The camera does not start ({said}).",
        "Check the ribbon cable, camera.width and camera.height, and restart the box.",
    )
