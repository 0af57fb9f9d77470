"""Picamera2 as far as watchpost uses it, behaving as version 0.3.38 does.

Kept from the real one: a video configuration is checked and completed (even sizes, stride
alignment, lores within main); buffers are few, come back by ``release`` alone, and when all are
out no picture comes; ``capture_request(wait=s)`` raises TimeoutError and leaves its job behind,
which takes the next picture unless ``cancel_all_and_flush`` is called; requests count their
references; ``MappedArray`` gives a view of (height * 3 / 2, stride) only between enter and
exit; a camera that is held elsewhere or not there fails with the texts of the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Any

import numpy as np

ALIGNMENT = 64
Scene = Callable[[int, int, int], tuple[Any, Any, Any]]


class Range(Enum):
    Full = 0
    Limited = 1


class Encoding(Enum):
    Rec601 = 1
    Rec709 = 2


@dataclass(frozen=True)
class ColorSpace:
    """``libcamera.ColorSpace``, by the two properties that matter to luma."""

    name: str
    range: Range
    ycbcrEncoding: Encoding  # noqa: N815 - libcamera's own name

    def __str__(self) -> str:
        return f"<libcamera.ColorSpace '{self.name}'>"


SYCC = ColorSpace("sYCC", Range.Full, Encoding.Rec601)
REC709 = ColorSpace("Rec709", Range.Limited, Encoding.Rec709)


class FakeRequest:
    """A ``CompletedRequest``."""

    def __init__(self, camera: FakePicamera2, buffers: dict[str, Any], metadata: Any) -> None:
        self._camera = camera
        self._metadata = metadata
        self.buffers = buffers
        self.config = camera.camera_configuration()
        self.ref_count = 1
        self.mapped = 0

    def get_metadata(self) -> dict[str, Any]:
        return dict(self._metadata)

    def release(self) -> None:
        self.ref_count -= 1
        if self.ref_count < 0:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        if self.mapped:
            raise RuntimeError("released while a MappedArray is open")
        self._camera.take_back(self.buffers)


class FakeMappedArray:
    """A ``MappedArray``."""

    def __init__(self, request: FakeRequest, stream: str) -> None:
        self._request = request
        self._stream = stream
        self.array: Any = None

    def __enter__(self) -> FakeMappedArray:
        if self._request.ref_count < 1:
            raise RuntimeError("failed to find buffer")
        config = self._request.config[self._stream]
        flat = self._request.buffers[self._stream]
        self.array = flat.reshape(config["size"][1] * 3 // 2, config["stride"])
        self._request.mapped += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.array = None
        self._request.mapped -= 1


class FakePicamera2:
    """A ``Picamera2``; every picture's luma is its number, its chroma 100 and 200."""

    def __init__(self, board: FakeBoard) -> None:
        if board.cameras == 0:
            raise RuntimeError(
                'No camera number 0 found - use "rpicam-hello --list-cameras" '
                "to check connected cameras"
            )
        if board.held_elsewhere:
            busy = RuntimeError("Failed to acquire camera: Device or resource busy")
            raise RuntimeError("Camera __init__ sequence did not complete.") from busy
        self._board = board
        board.held_elsewhere = True
        self._config: dict[str, Any] = {}
        self._free: list[dict[str, Any]] = []
        self._jobs_left_behind = 0
        self._number = 0
        self.started = False

    def create_video_configuration(self, **wishes: Any) -> dict[str, Any]:
        return {"main": {}, "lores": None, "colour_space": REC709, "buffer_count": 6} | wishes

    def configure(self, config: dict[str, Any]) -> None:
        for name in ("main", "lores"):
            if config[name] is not None:
                config[name] = self._completed(config[name], name)
        if config["lores"] and config["lores"]["size"] > config["main"]["size"]:
            raise RuntimeError("lores stream dimensions may not exceed main stream")
        if self._board.granted_colours is not None:
            config["colour_space"] = self._board.granted_colours
        self._config = config
        self._free = [self._new_buffers() for _ in range(config["buffer_count"])]

    def camera_configuration(self) -> dict[str, Any]:
        return self._config

    def start(self) -> None:
        self.started = True

    def capture_request(self, wait: float) -> FakeRequest:
        while self._jobs_left_behind and self._free:
            # The forgotten job takes the picture, and nobody will release it.
            self._jobs_left_behind -= 1
            self._free.pop()
        if not self._free or self._board.cable_off:
            self._board.waited_s.append(wait)
            self._jobs_left_behind += 1
            raise TimeoutError
        buffers = self._free.pop(0)
        self._fill(buffers)
        self._number += 1
        stamp = {"SensorTimestamp": 5_000_000_000 + self._number * 100_000_000}
        return FakeRequest(self, buffers, stamp if self._board.stamps else {})

    def cancel_all_and_flush(self) -> None:
        self._jobs_left_behind = 0

    def close(self) -> None:
        if self._board.held_elsewhere:
            self._board.left_out = self._config.get("buffer_count", 0) - len(self._free)
        self._board.held_elsewhere = False
        self.started = False

    def take_back(self, buffers: dict[str, Any]) -> None:
        self._free.append(buffers)

    def _completed(self, wish: dict[str, Any], name: str) -> dict[str, Any]:
        width, height = wish["size"]
        if width % 2 or height % 2:
            raise RuntimeError("width and height should be even")
        stride = -(-width // ALIGNMENT) * ALIGNMENT + self._board.extra_stride
        return wish | {"stride": stride, "framesize": stride * height * 3 // 2}

    def _new_buffers(self) -> dict[str, Any]:
        names = [name for name in ("main", "lores") if self._config[name]]
        return {name: np.zeros(self._config[name]["framesize"], np.uint8) for name in names}

    def _fill(self, buffers: dict[str, Any]) -> None:
        for name, flat in buffers.items():
            if self._board.scene is not None:
                self._film(name, flat, self._board.scene)
                continue
            luma_bytes = self._config[name]["stride"] * self._config[name]["size"][1]
            flat[:luma_bytes] = self._number % 256
            flat[luma_bytes : luma_bytes + luma_bytes // 4] = 100
            flat[luma_bytes + luma_bytes // 4 :] = 200

    def _film(self, name: str, flat: Any, scene: Scene) -> None:
        """Lay a picture of the scene into a buffer: Y, U, V rows with their strides."""
        (width, height), stride = self._config[name]["size"], self._config[name]["stride"]
        begin = 0
        for number, plane in enumerate(scene(self._number, width, height)):
            step, rows = (stride, height) if number == 0 else (stride // 2, height // 2)
            view = flat[begin : begin + step * rows].reshape(rows, step)
            view[:, : plane.shape[1]] = plane
            begin += step * rows


class FakeBoard:
    """A board with a camera: what a test arranges; a ``Stack`` for the source.

    Attributes:
        cameras: how many are connected.
        held_elsewhere: another program has it.
        cable_off: no pictures come.
        stamps: whether metadata carries SensorTimestamp.
        extra_stride: bytes that rows are longer than needed.
        granted_colours: the colour space the camera falls back to; None grants the wish.
        left_out: buffers that were not given back when the camera was closed.
        waited_s: the time-outs of requests that ran out.
        scene: what the camera sees, as Y, U and V of a picture by number, width and height;
            None for plain pictures.
    """

    def __init__(self) -> None:
        self.cameras = 1
        self.held_elsewhere = False
        self.cable_off = False
        self.stamps = True
        self.extra_stride = 0
        self.granted_colours: ColorSpace | None = None
        self.left_out = 0
        self.waited_s: list[float] = []
        self.last: FakePicamera2 | None = None
        self.scene: Scene | None = None

    def camera(self) -> FakePicamera2:
        self.last = FakePicamera2(self)
        return self.last

    def mapped(self, request: FakeRequest, stream: str) -> FakeMappedArray:
        return FakeMappedArray(request, stream)

    def colour_space(self) -> ColorSpace:
        return SYCC
