"""Only the newest frame of a live source: order, counting, errors, time-outs."""

from __future__ import annotations

import queue
import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest

from edge.capture.latest import Latest
from edge.errors import CaptureError, SourceBusy, SourceMissing
from edge.values import Frame

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LOST = CaptureError("The stream is lost.", "Wait.")


def frame(index: int) -> Frame:
    grey = np.zeros((16, 16), np.uint8)
    return Frame("c", index, index / 10, NOW, grey, grey[:8, :8], grey[:8, :8])


class Script:
    """A source whose frames, errors and end a test hands in one by one."""

    def __init__(self) -> None:
        self.given: queue.Queue[Frame | CaptureError | None] = queue.Queue()
        self.released: list[int] = []
        self.refuse_to_open: CaptureError | None = None
        self.opened = 0
        self.closed = 0
        self.driver_answers = threading.Event()
        self.driver_answers.set()
        self.taken = threading.Semaphore(0)

    def open(self) -> None:
        self.driver_answers.wait()
        if self.refuse_to_open:
            raise self.refuse_to_open
        self.opened += 1

    def read(self) -> Frame | None:
        self.taken.release()
        self.driver_answers.wait()
        while True:
            try:
                one = self.given.get(timeout=0.05)
                break
            except queue.Empty:
                if self.closed_soon.is_set():
                    raise LOST from None
        if isinstance(one, CaptureError):
            raise one
        return one

    def release(self, frame: Frame) -> None:
        self.released.append(frame.index)

    def close(self) -> None:
        self.closed += 1

    closed_soon = threading.Event()

    def after(self, *given: Frame | CaptureError | None) -> None:
        """Hand these in, and return when the thread has come back for more."""
        for one in given:
            self.given.put(one)
        for _ in given:
            assert self.taken.acquire(timeout=5)


def started(source: Script, read_timeout_s: float = 5.0) -> Latest:
    source.closed_soon = threading.Event()
    latest = Latest(
        source, open_timeout_s=0.3, read_timeout_s=read_timeout_s, stop=source.closed_soon
    )
    latest.open()
    assert source.taken.acquire(timeout=5)
    return latest


def test_the_newest_frame_wins_and_the_others_are_released_and_counted() -> None:
    source = Script()
    latest = started(source)
    source.after(frame(0), frame(1), frame(2))
    newest = latest.read()
    assert newest is not None
    assert newest.index == 2
    assert source.released == [0, 1]
    assert latest.dropped == 2
    latest.release(newest)
    assert source.released == [0, 1, 2]
    latest.close()


def test_no_frame_is_given_twice() -> None:
    source = Script()
    latest = started(source, read_timeout_s=0.2)
    source.after(frame(0))
    latest.read()
    with pytest.raises(CaptureError, match=r"within 0\.2 s"):
        latest.read()
    latest.close()


def test_the_end_of_a_film_comes_after_its_last_frame() -> None:
    source = Script()
    latest = started(source)
    source.given.put(frame(0))
    source.given.put(None)
    while source.closed == 0:
        time.sleep(0.01)
    last = latest.read()
    assert last is not None
    assert last.index == 0
    assert latest.read() is None
    assert latest.read() is None
    latest.close()


def test_an_error_reaches_the_reader_once_and_reading_goes_on() -> None:
    source = Script()
    latest = started(source)
    source.given.put(LOST)
    with pytest.raises(CaptureError) as caught:
        latest.read()
    assert caught.value is LOST
    source.given.put(frame(7))
    after = latest.read()
    assert after is not None
    assert after.index == 7
    latest.close()


def test_a_source_that_cannot_be_opened_says_why_and_can_be_tried_again() -> None:
    source = Script()
    source.refuse_to_open = SourceMissing("There is no camera.", "Plug it in.")
    latest = Latest(source, open_timeout_s=5.0)
    with pytest.raises(SourceMissing, match="no camera"):
        latest.open()
    source.refuse_to_open = None
    latest.open()
    source.given.put(frame(0))
    assert latest.read() is not None
    source.given.put(None)
    latest.close()


def test_a_driver_that_hangs_keeps_nobody_waiting() -> None:
    source = Script()
    latest = started(source, read_timeout_s=0.2)
    source.driver_answers.clear()
    source.after(frame(0))
    assert latest.read() is not None
    began_s = time.monotonic()
    with pytest.raises(CaptureError, match="gave no picture"):
        latest.read()
    latest.close()
    with pytest.raises(SourceBusy, match="has not answered"):
        latest.open()
    assert time.monotonic() - began_s < 2.0
    source.driver_answers.set()
    while not source.closed:
        time.sleep(0.01)
    latest.close()


def test_a_driver_that_hangs_while_opening_is_given_up_in_time() -> None:
    source = Script()
    source.driver_answers.clear()
    latest = Latest(source, open_timeout_s=0.1, read_timeout_s=0.1)
    with pytest.raises(CaptureError, match=r"within 0\.1 s"):
        latest.open()
    source.driver_answers.set()


def test_closing_releases_the_waiting_frame_closes_the_source_and_ends_the_thread() -> None:
    source = Script()
    latest = started(source)
    source.after(frame(3))
    latest.close()
    latest.close()
    assert source.released == [3]
    assert source.closed == 1
    assert not [one for one in threading.enumerate() if one.name == "capture"]


def test_it_can_be_opened_again_after_closing() -> None:
    source = Script()
    latest = started(source)
    latest.close()
    latest.open()
    source.given.put(frame(1))
    assert latest.read() is not None
    latest.close()
    assert (source.opened, source.closed) == (2, 2)
