"""A V4L2 camera without a kernel device, at the place where PyAV opens one."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from typing import Any

import av


class FakeV4l2:
    """A V4L2 device as ``av.open`` shows it: an ``Opener``.

    The pictures come out of a real demuxer and decoder, and the errors out of PyAV's own
    translation of error numbers; only the device is made up. After its pictures it is unplugged
    (ENODEV), as a USB camera would be.

    Args:
        formats: what it can deliver, by ``input_format``: a film in memory.
        fault: the error number that opening it gives, or 0.
    """

    def __init__(self, formats: dict[str, bytes], fault: int = 0) -> None:
        self._formats = formats
        self.fault = fault
        self.asked: list[dict[str, str]] = []
        self.timeouts: list[tuple[float, float]] = []
        self.opened = 0
        self.closed = 0

    def __call__(
        self,
        file: str,
        *,
        format: str | None,  # noqa: A002 - PyAV's own name
        options: dict[str, str],
        timeout: tuple[float, float],
    ) -> Any:
        if format != "v4l2":
            av.error.err_check(-errno.ENOENT, file)
        self.asked.append(options)
        self.timeouts.append(timeout)
        if self.fault:
            av.error.err_check(-self.fault, file)
        film = self._formats.get(options["input_format"])
        if film is None:
            av.error.err_check(-errno.EINVAL, file)
            raise AssertionError("err_check raises")
        self.opened += 1
        return _Plugged(av.open(io.BytesIO(film)), self, file)


class _Plugged:
    def __init__(self, container: Any, device: FakeV4l2, file: str) -> None:
        self._container = container
        self._device = device
        self._file = file
        self._closed = False
        self.streams = container.streams

    def demux(self, stream: Any) -> Iterator[Any]:
        for packet in self._container.demux(stream):
            if packet.size:
                yield packet
        av.error.err_check(-errno.ENODEV, self._file)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._device.closed += 1
            self._container.close()
