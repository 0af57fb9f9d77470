"""Still pictures: a photo as a frame.

In: JPEG, PNG or WebP files of at most 32 MiB and 8192 pixels a side; both are checked before
anything is decoded. Out: full-range BT.601 frames (JPEG's own matrix, ITU-T T.871), upright as
EXIF says; a grey picture has neutral colour planes. Always: the planes belong to the frame
alone. OpenCV's own conversion to I420 makes limited range (white becomes 235), so the planes
are made here from its full-range YCrCb, with chroma averaged over each square of four.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from edge.capture.picture_header import picture_size
from edge.errors import CaptureError, FrameFormatError, SourceMissing
from edge.values import MAX_SIDE_PX, Bytes, Frame

MAX_FILE_BYTES = 32 * 1024 * 1024
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
MENDING = "Save it again as JPEG, PNG or WebP."


def read_picture(path: Path, *, camera: str = "photo") -> Frame:
    """Read a photo.

    Args:
        path: a JPEG, PNG or WebP file.
        camera: the name the frame carries.

    Returns:
        The photo; ``taken_at`` is when the file was last changed.

    Raises:
        SourceMissing: there is no such file.
        FrameFormatError: the picture is too large or too small.
        CaptureError: the file is too large, cut off, damaged or no picture.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceMissing(f"There is no picture {path}.", "Check the path.") from error
    except OSError as error:
        raise CaptureError(
            f"The picture {path} cannot be read ({error.strerror}).",
            "Make the file readable for this user.",
        ) from error
    return decode_picture(data, shown=str(path), camera=camera, taken_at=changed)


def decode_picture(data: bytes, *, shown: str, camera: str, taken_at: datetime) -> Frame:
    """Decode a photo that is already in memory.

    Args:
        data: the file's bytes.
        shown: what to call it in errors.
        camera: the name the frame carries.
        taken_at: UTC time the frame carries.

    Raises:
        FrameFormatError: the picture is too large or too small.
        CaptureError: it is too large a file, cut off, damaged or no picture.
    """
    _check(data, shown)
    try:
        # IMREAD_COLOR turns the picture as EXIF says, drops alpha and widens grey.
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise CaptureError(f"{shown} cannot be decoded.", MENDING) from error
    if bgr is None:
        raise CaptureError(f"{shown} is damaged and cannot be decoded.", MENDING)
    y, u, v = full_range_planes(np.asarray(bgr, np.uint8))
    return Frame(
        camera=camera,
        index=0,
        t_s=0.0,
        taken_at=taken_at,
        y=y,
        u=u,
        v=v,
        full_range=True,
        matrix="bt601",
    )


def full_range_planes(bgr: Bytes) -> tuple[Bytes, Bytes, Bytes]:
    """Full-range BT.601 I420 planes of a picture.

    Args:
        bgr: (height, width, 3) uint8, blue first.

    Returns:
        Y (height, width), U and V (ceil(height/2), ceil(width/2)), uint8.
    """
    y, v, u = cv2.split(cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb))
    return (
        np.asarray(y, np.uint8),
        _halved(np.asarray(u, np.uint8)),
        _halved(np.asarray(v, np.uint8)),
    )


def _halved(plane: Bytes) -> Bytes:
    height, width = plane.shape
    even = cv2.copyMakeBorder(plane, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    size = (even.shape[1] // 2, even.shape[0] // 2)
    return np.asarray(cv2.resize(even, size, interpolation=cv2.INTER_AREA), np.uint8)


def _check(data: bytes, shown: str) -> None:
    if len(data) > MAX_FILE_BYTES:
        raise CaptureError(
            f"{shown} is larger than {MAX_FILE_BYTES // 1024**2} MiB.", "Save it smaller, as JPEG."
        )
    try:
        width, height = picture_size(data)
    except ValueError as error:
        raise CaptureError(f"{shown} is unusable: {error}.", MENDING) from error
    if max(width, height) > MAX_SIDE_PX:
        raise FrameFormatError(
            f"{shown} is {width}x{height} pixels; at most {MAX_SIDE_PX} a side are taken.",
            "Save it smaller.",
        )
