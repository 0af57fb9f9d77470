"""A video file as a source, decoded by PyAV.

In: a regular file in one of the containers named below. Out: frames whose planes are views
into the decoder's buffers; ``t_s`` is media time in seconds and ``taken_at`` the UTC time of
opening plus media time. Always: the file is opened as a file and as nothing else (a playlist
in disguise reaches neither network nor device), time rises over damaged stamps and loops, and
a file without one usable picture is an error, not an empty film. Cameras and streams are left
to ``live.py``.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import av

from edge.capture.decode import MAX_PIXELS, Decoder, Opener, in_words, open_with_av
from edge.capture.pace import MediaTime, Pacer, Wait
from edge.capture.planes import frame_of
from edge.errors import CaptureError, SourceMissing
from edge.runtime.clock import Clock
from edge.runtime.setting_tables import CameraSettings
from edge.values import Frame

CONTAINERS = "mov,matroska,avi,mpegts,mpeg,flv,ogg,asf,ivf,nut,yuv4mpegpipe,h264,hevc,mjpeg,m4v"


class VideoFile:
    """Plays a video file.

    Args:
        settings: ``source`` is the path; also name, pace, loop and time-outs.
        clock: time.
        wait: waits a number of seconds or less; an ``Event.wait`` lets a thread stop early.
        opener: opens the container.
        threads: decoding threads, see ``decode.py``.
    """

    def __init__(
        self,
        settings: CameraSettings,
        clock: Clock,
        *,
        wait: Wait = time.sleep,
        opener: Opener = open_with_av,
        threads: int = 1,
    ) -> None:
        self._path = Path(settings.source)
        self._settings = settings
        self._clock = clock
        self._wait = wait
        self._opener = opener
        self._threads = threads
        self._read_timeout_s = settings.read_timeout.total_seconds()
        self._decoder: Decoder | None = None
        self._index = 0
        self._pictures_in_pass = 0
        self._began: datetime = clock.utc()
        self._time = MediaTime(1.0 / settings.frames_per_s)
        self._pacer = self._new_pacer()

    def open(self) -> None:
        """Open the file at its beginning; index and time go on where an earlier reading stood.

        Raises:
            SourceMissing: there is no such file.
            CaptureError: it is empty, unreadable or no video.
        """
        self.close()
        self._decoder = self._start()
        if self._index == 0:
            self._time = MediaTime(1.0 / (self._decoder.rate or self._settings.frames_per_s))
        else:
            self._time.start_again()
        self._began = self._clock.utc() - timedelta(seconds=self._time.last_s)
        self._pacer = self._new_pacer()

    def read(self) -> Frame | None:
        """The next frame, when it is due; None at the end unless the file loops.

        Raises:
            CaptureError: the file is damaged, or there is no picture in it.
            FrameFormatError: its pixels are unusable.
        """
        picture = self._next_picture()
        if picture is None:
            return None
        t_s = self._time.at(_stamp_s(picture))
        frame = frame_of(
            picture,
            camera=self._settings.name,
            index=self._index,
            t_s=t_s,
            taken_at=self._began + timedelta(seconds=t_s),
        )
        self._index += 1
        if self._settings.pace == "real-time":
            self._pacer.wait_for(t_s)
        return frame

    def release(self, frame: Frame) -> None:
        """Nothing to hand back: the frame's own lease keeps the decoder's buffer alive."""

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def _next_picture(self) -> av.VideoFrame | None:
        until_s = self._clock.monotonic_s() + self._read_timeout_s
        while self._decoder is not None:
            picture = self._decoder.next_picture(until_s)
            if picture is not None:
                self._pictures_in_pass += 1
                return picture
            if not self._pictures_in_pass:
                raise CaptureError(
                    f"There is no usable picture in {self._path}.",
                    "Give an undamaged video file, for example H.264 in MP4.",
                )
            if not self._settings.loop:
                return None
            self._decoder.close()
            self._decoder = self._start()
            self._time.start_again()
        raise CaptureError(f"{self._path} is not open.", "Open the source before reading it.")

    def _start(self) -> Decoder:
        self._check_file()
        self._pictures_in_pass = 0
        seconds = self._settings.open_timeout.total_seconds() / 2
        options = {
            "protocol_whitelist": "file",
            "format_whitelist": CONTAINERS,
            "max_pixels": MAX_PIXELS,
        }
        try:
            container = self._opener(
                f"file:{self._path}",
                format=None,
                options=options,
                timeout=(seconds, self._read_timeout_s),
            )
        except av.error.ArgumentError as error:
            raise CaptureError(
                f"{self._path} is no video in a container that is taken.",
                "Convert it with ffmpeg to H.264 in MP4 or Matroska.",
            ) from error
        except av.error.FFmpegError as error:
            raise in_words(error, str(self._path)) from error
        return Decoder(container, str(self._path), self._clock, threads=self._threads)

    def _new_pacer(self) -> Pacer:
        # Half, so that decoding fits into the time-out too.
        return Pacer(self._clock, self._wait, self._read_timeout_s / 2)

    def _check_file(self) -> None:
        try:
            size_bytes = self._path.stat().st_size
        except OSError as error:
            raise SourceMissing(
                f"There is no video file {self._path} ({error.strerror}).", "Check camera.source."
            ) from error
        if not self._path.is_file():
            raise CaptureError(
                f"{self._path} is no regular file.", "Give a video file in camera.source."
            )
        if size_bytes == 0:
            raise CaptureError(
                f"{self._path} is empty (0 bytes).", "Copy the file again; it was not written."
            )


def _stamp_s(picture: av.VideoFrame) -> float | None:
    if picture.pts is None or picture.time_base is None:
        return None
    return float(picture.pts * picture.time_base)
