"""Keeps only the newest frame of a live source, read in a thread of its own.

In: any source that gives frames at its own pace. Out: the same port, where ``read`` gives the
newest frame not yet given. Policy: the newest frame wins; a frame that nobody took is released
and counted in ``dropped``. Always: frames that were released are never given out; the end of a
recording and every error reach the reader, after the frame before them; ``open``, ``read`` and
``close`` keep their time-outs even where a driver blocks in the kernel, because only the thread
waits there. After an error the thread waits until it was taken, then reads on, so a source that
connects again by itself does so. The source is touched by the thread alone, except ``release``.
"""

from __future__ import annotations

import logging
import threading

from edge.capture.source import Source
from edge.errors import CaptureError, SourceBusy
from edge.values import Frame

log = logging.getLogger(__name__)


class Latest:
    """A source that never keeps its reader behind.

    Args:
        source: the source to read; its ``release`` must be safe from another thread.
        open_timeout_s: how long ``open`` waits.
        read_timeout_s: how long ``read`` waits, and ``close`` for the thread.
        stop: set by ``close``; give its ``wait`` to the source, so that its pauses end too.
        changed: told when there is something to read; several sources may share one.
        every: keep each frame until it was read; for recordings, which can wait.
    """

    def __init__(
        self,
        source: Source,
        *,
        open_timeout_s: float = 10.0,
        read_timeout_s: float = 5.0,
        stop: threading.Event | None = None,
        changed: threading.Condition | None = None,
        every: bool = False,
    ) -> None:
        self._source = source
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._stop = stop or threading.Event()
        self._changed = changed or threading.Condition()
        self._every = every
        self._thread: threading.Thread | None = None
        self._newest: Frame | None = None
        self._error: CaptureError | None = None
        self._opened = False
        self._ended = False
        self._running = False
        self.dropped = 0

    def open(self) -> None:
        """Open the source in its thread.

        Raises:
            SourceMissing, SourceBusy, CaptureError: as the source says, or it takes too long.
        """
        self.close()
        self.begin()
        with self._changed:
            self._changed.wait_for(lambda: self._opened or not self._running, self._open_timeout_s)
            if self._opened:
                return
            error = self._take_error() or CaptureError(
                f"The camera did not open within {self._open_timeout_s:g} s.",
                "Check the camera and its connection.",
            )
        self.close()
        raise error

    def begin(self) -> None:
        """Open the source in its thread without waiting for it; ``read`` says what came of it.

        Raises:
            SourceBusy: the thread of an earlier time is still held up by the driver.
        """
        if self._thread is not None and self._thread.is_alive():
            raise SourceBusy(
                "The camera's driver has not answered since the last attempt.",
                "Unplug the camera and plug it in again, or restart the box.",
            )
        self._stop.clear()
        self._newest = self._error = None
        self._opened = self._ended = False
        self._running = True
        self._thread = threading.Thread(target=self._work, name="capture", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether ``read`` would give a frame, an error or the end without waiting."""
        return self._something()

    def read(self) -> Frame | None:
        """The newest frame that was not yet given, waiting for one if there is none.

        Raises:
            CaptureError: no frame within the time-out, or what the source raised.
        """
        with self._changed:
            self._changed.wait_for(self._something, self._read_timeout_s)
            if self._newest is not None:
                frame, self._newest = self._newest, None
                self._changed.notify_all()
                return frame
            error = self._take_error()
            if error is not None:
                raise error
            if self._ended:
                return None
        raise CaptureError(
            f"The camera gave no picture within {self._read_timeout_s:g} s.",
            "Check the camera and its connection.",
        )

    def release(self, frame: Frame) -> None:
        """Give a frame's buffers back to the source."""
        self._source.release(frame)

    def give_up(self) -> None:
        """Tell the thread to stop, without waiting until it has."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Stop the thread, which closes the source; safe to call twice."""
        self.give_up()
        if self._thread is None:
            return
        self._thread.join(self._read_timeout_s)
        if self._thread.is_alive():
            log.warning("the camera's driver does not answer; it is left behind")
        else:
            self._thread = None

    def _something(self) -> bool:
        waiting = self._newest is not None or self._error is not None
        return waiting or self._ended or not self._running

    def _take_error(self) -> CaptureError | None:
        error, self._error = self._error, None
        self._changed.notify_all()
        return error

    def _work(self) -> None:
        try:
            self._source.open()
            with self._changed:
                self._opened = True
                self._changed.notify_all()
            while not self._stop.is_set() and self._take_one():
                pass
        except CaptureError as error:
            with self._changed:
                self._error = error
        finally:
            self._finish()

    def _take_one(self) -> bool:
        try:
            frame = self._source.read()
        except CaptureError as error:
            self._hand_over(error)
            return True
        with self._changed:
            if frame is None:
                self._ended = True
            else:
                if self._every:
                    self._changed.wait_for(lambda: self._newest is None or self._stop.is_set())
                self._drop_newest()
                self._newest = frame
            self._changed.notify_all()
        return frame is not None

    def _hand_over(self, error: CaptureError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._error is None or self._stop.is_set())

    def _drop_newest(self) -> None:
        if self._newest is not None:
            self._source.release(self._newest)
            self._newest = None
            self.dropped += 1

    def _finish(self) -> None:
        """Close the source; at the end of a recording its last frame still waits for its reader."""
        with self._changed:
            if not self._ended:
                self._drop_newest()
        self._source.close()
        with self._changed:
            self._running = False
            self._changed.notify_all()
