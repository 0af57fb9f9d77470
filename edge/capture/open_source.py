"""Which source a setting means.

In: the camera's settings. Out: a source, closed. ``camera.source`` is ``picamera2``, a device
such as ``/dev/video0``, an ``rtsp://`` or ``rtsps://`` address, a ``gst://`` pipeline, a folder of
pictures, a picture or a video file. Cameras, streams and whatever plays in real time stand behind
:class:`edge.capture.latest.Latest`; a file that plays as fast as possible gives every picture.
"""

from __future__ import annotations

import threading
from pathlib import Path

from edge.capture.folder import PictureFolder
from edge.capture.gstreamer import PREFIX as _GSTREAMER
from edge.capture.gstreamer import GStreamerSource
from edge.capture.images import ENDINGS
from edge.capture.latest import Latest
from edge.capture.live import LiveVideo, rtsp_ways, v4l2_ways
from edge.capture.pace import Wait
from edge.capture.picamera import PicameraSource
from edge.capture.source import Source
from edge.capture.video import VideoFile
from edge.errors import ConfigError
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import CameraSettings

_PI_CAMERA = "picamera2"
_V4L2 = ("/dev/video", "/dev/v4l/")
_RTSP = ("rtsp://", "rtsps://")


def make_source(settings: CameraSettings, clock: Clock) -> Source:
    """Build the source that the settings name; nothing is opened yet.

    Raises:
        ConfigError: ``camera.source`` is an address of a kind that is not read.
    """
    if _can_wait(settings):
        return _kind(settings, clock, threading.Event().wait)
    return make_threaded(settings, clock, threading.Condition())


def make_threaded(settings: CameraSettings, clock: Clock, changed: threading.Condition) -> Latest:
    """Build the source that the settings name, read in a thread of its own, whatever it is.

    Args:
        settings: the camera's.
        clock: time.
        changed: told when there is something to read.

    Raises:
        ConfigError: as :func:`make_source`.
    """
    stop = threading.Event()
    return Latest(
        _kind(settings, clock, stop.wait),
        open_timeout_s=settings.open_timeout.total_seconds(),
        read_timeout_s=settings.read_timeout.total_seconds(),
        stop=stop,
        changed=changed,
        every=_can_wait(settings),
    )


def _can_wait(settings: CameraSettings) -> bool:
    return not is_live(settings) and settings.pace == "as-fast-as-possible"


def is_live(settings: CameraSettings) -> bool:
    """Whether the settings name a camera or stream, which goes on for ever, not a file."""
    name = settings.source
    return name == _PI_CAMERA or name.startswith((*_V4L2, *_RTSP, _GSTREAMER))


def _kind(settings: CameraSettings, clock: Clock, wait: Wait) -> Source:
    name = settings.source
    if name == _PI_CAMERA:
        return PicameraSource(settings, clock)
    if name.startswith(_V4L2):
        return LiveVideo(settings, v4l2_ways(settings), clock, wait=wait)
    if name.startswith(_RTSP):
        return LiveVideo(settings, rtsp_ways(settings), clock, wait=wait)
    if name.startswith(_GSTREAMER):
        return GStreamerSource(settings, clock)
    if "://" in name:
        raise ConfigError(
            f"camera.source begins with {name.partition('://')[0]}://, which is not read.",
            "Give picamera2, /dev/video0, rtsp://host/path, gst://pipeline, a file or a folder.",
        )
    if Path(name).is_dir() or Path(name).suffix.lower() in ENDINGS:
        return PictureFolder(settings, clock, wait=wait)
    return VideoFile(settings, clock, wait=wait)
