"""Turns what FFmpeg decoded into a :class:`edge.values.Frame`, without copying where it can.

In: an ``av.VideoFrame``. Out: a Frame whose planes are read-only views into the decoded
picture's own buffer. Always: the frame says truly whether its luma is full range and which
matrix its colours need; values are passed on as decoded, never stretched (a consumer that wants
0..255 looks at ``full_range``). Opening, timing and errors of the stream are left to others.

What is copied, once: pixel formats other than 8 bit I420 are converted by libswscale (same
range and matrix for YUV; full range BT.601 for RGB, palettes and grey), and a picture that a
phone marked as turned is turned upright. Only formats in the list below are handed to
libswscale: there are others at which it ends the whole process (yaf32le, in version 9.5).

The decoder's own words decide range (``color_range``, or a "yuvj" format) and matrix
(``colorspace``, ITU-T H.273 table 4). Many cameras leave both unsaid: an unsaid range is
limited, and an unsaid matrix is BT.709 from 1280 pixels width or more than 576 lines, else
BT.601, as mpv guesses. FCC counts as BT.601, SMPTE 240M and BT.2020 as BT.709, their nearest.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

import av
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace

from edge.errors import FrameFormatError
from edge.values import MAX_SIDE_PX, Bytes, Frame

Matrix = Literal["bt601", "bt709"]

_I420 = ("yuv420p", "yuvj420p")
_CONVERTIBLE = re.compile(
    r"yuvj?(411|420|422|440|444)p(9|10|12)?(le)?|nv12|nv16|nv21|p010le|yuyv422|uyvy422|yvyu422"
    r"|rgb24|bgr24|rgba|bgra|argb|abgr|rgb0|bgr0|0rgb|0bgr|gbrp|gray|gray10le|gray12le|pal8"
)
_MATRICES: dict[int, Matrix] = {
    1: "bt709",
    4: "bt601",
    5: "bt601",
    6: "bt601",
    7: "bt709",
    9: "bt709",
    10: "bt709",
}
_HD_WIDTH_PX = 1280
_SD_LINES = 576


def frame_of(
    picture: av.VideoFrame,
    *,
    camera: str,
    index: int,
    t_s: float,
    taken_at: datetime,
    unsaid_matrix: Matrix | None = None,
) -> Frame:
    """Make a frame of a decoded picture.

    Args:
        picture: what the decoder gave; the frame's lease keeps it alive.
        camera: name of the camera.
        index: running number at the source.
        t_s: time on the source's steady clock, seconds.
        taken_at: UTC time.
        unsaid_matrix: what to assume when the stream names no matrix; None guesses by size.

    Raises:
        FrameFormatError: too large or small, or pixels that cannot become YUV 4:2:0.
    """
    _check_size(picture)
    full_range, matrix = _colours(picture, unsaid_matrix)
    if picture.format.name not in _I420:
        picture, full_range, matrix = _converted(picture, full_range, matrix)
    half = ((picture.width + 1) // 2, (picture.height + 1) // 2)
    sizes = ((picture.width, picture.height), half, half)
    views = [_view(p, *size) for p, size in zip(picture.planes, sizes, strict=True)]
    y, u, v = (_upright(view, picture.rotation) for view in views)
    return Frame(
        camera=camera,
        index=index,
        t_s=t_s,
        taken_at=taken_at,
        y=y,
        u=u,
        v=v,
        full_range=full_range,
        matrix=matrix,
        lease=picture,
    )


def _check_size(picture: av.VideoFrame) -> None:
    if max(picture.width, picture.height) > MAX_SIDE_PX:
        raise FrameFormatError(
            f"The picture is {picture.width}x{picture.height} pixels; "
            f"at most {MAX_SIDE_PX} a side are taken.",
            "Set the camera to, or convert the file to, a usual size such as 1280x720.",
        )


def _colours(picture: av.VideoFrame, unsaid: Matrix | None) -> tuple[bool, Matrix]:
    full = picture.color_range == ColorRange.JPEG or picture.format.name.startswith("yuvj")
    large = picture.width >= _HD_WIDTH_PX or picture.height > _SD_LINES
    guess: Matrix = unsaid or ("bt709" if large else "bt601")
    return full, _MATRICES.get(int(picture.colorspace), guess)


def _converted(
    picture: av.VideoFrame, full_range: bool, matrix: Matrix
) -> tuple[av.VideoFrame, bool, Matrix]:
    """Convert to I420; YUV keeps its range and matrix, the rest becomes full range BT.601."""
    refused = FrameFormatError(
        f"Pixels in the format {picture.format.name} cannot become YUV 4:2:0.",
        "Set the camera or encoder to 8 bit YUV 4:2:0, or to MJPEG.",
    )
    if not _CONVERTIBLE.fullmatch(picture.format.name):
        raise refused
    kept = not picture.format.is_rgb and len(picture.format.components) > 1
    if not kept:
        full_range, matrix = True, "bt601"
    space = Colorspace.ITU709 if matrix == "bt709" else Colorspace.ITU601
    span = ColorRange.JPEG if full_range else ColorRange.MPEG
    try:
        i420 = picture.reformat(
            format="yuv420p",
            src_colorspace=space if kept else None,
            dst_colorspace=space,
            src_color_range=span if kept else None,
            dst_color_range=span,
        )
    except (av.error.FFmpegError, ValueError) as error:
        raise refused from error
    return i420, full_range, matrix


def _view(plane: VideoPlane, width: int, height: int) -> Bytes:
    if plane.line_size < width:
        raise FrameFormatError(
            f"The picture's rows are stored {plane.line_size} bytes apart for {width} pixels.",
            "Convert the file with ffmpeg to H.264 or H.265; it is stored upside down.",
        )
    rows: Bytes = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * height]
    view = rows.reshape(height, plane.line_size)[:, :width]
    # The decoder still predicts later pictures from these bytes.
    view.flags.writeable = False
    return view


def _upright(view: Bytes, counterclockwise_deg: int) -> Bytes:
    if counterclockwise_deg % 90:
        raise FrameFormatError(
            f"The picture is marked as turned by {counterclockwise_deg} degrees.",
            "Convert the file so that its pictures are stored upright.",
        )
    quarters = counterclockwise_deg // 90 % 4
    return np.ascontiguousarray(np.rot90(view, quarters)) if quarters else view
