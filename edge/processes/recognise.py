"""The ``recognise`` process: frames in, hits into the spool. It never touches a network
itself (a camera that is a network stream is read through the capture port).

A hit is handed to the recorder, which writes it to the spool on a thread of its own: no disk
and no lock of the spool ever holds up a frame. When hits cannot be recorded, the process says so.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence

from edge.capture.source import Source
from edge.errors import CaptureError, WatchlistError
from edge.processes.answering import Answering
from edge.processes.camera_words import CameraWords
from edge.processes.cooling import Cooling
from edge.processes.frame_rate import FrameRate
from edge.processes.previews import Previews
from edge.processes.recognise_ports import CameraRow, HitSink, WatchedGallery
from edge.processes.steering import Steering
from edge.recognise.pipelines import Pipelines
from edge.recognise.sight import Sight
from edge.runtime.clock import Clock
from edge.runtime.identifiers import uuid7
from edge.runtime.service import Report
from edge.values import Frame, Hit, Recognition

log = logging.getLogger(__name__)

RECORDING_WAIT_S = 0.02
RECORDING_HANGS_S = 30.0  # longer than any wait for a lock or a slow card
BLIND_AFTER_S = 10.0  # somebody may stand before the lens for a moment
GALLERY_EVERY_S = 0.05  # a withdrawn consent counts at once; a look costs one stat


class RecogniseWorker:
    """Takes frames, recognises, records.

    Args:
        source: where frames come from.
        pipeline: recognises, on each camera.
        gallery: the active list.
        sink: the spool's writing end.
        clock: time.
        site: for hits.
        box: for hits.
        pack: ``id@version``, for hits.
        facts: words for the state file (source, pack, camera).
        dropped: frames that were dropped for newer ones since start.
        live: whether the source may come back after an error, as a camera does and a file not.
        steering: keeps the threshold within the false-alarm budget; None: nothing is known of
            the pack's error rates, and the threshold stays.
        frame_within_s: how long the source may take for a frame, seconds; longer is an error
            of its own.
        previews: show the pictures to whoever aims the cameras; None: they are never shown.
        row: tells how each camera is, when there are several.
        cooling: takes fewer frames while the processor is hot; None: never.
        answering: opens for the page what only this process can open.
    """

    def __init__(
        self,
        source: Source,
        pipeline: Pipelines,
        gallery: WatchedGallery,
        sink: HitSink,
        clock: Clock,
        *,
        site: str,
        box: str,
        pack: str,
        facts: dict[str, str],
        dropped: Callable[[], int] = lambda: 0,
        live: bool = True,
        steering: Steering | None = None,
        frame_within_s: float = 0.0,
        previews: Previews | None = None,
        row: CameraRow | None = None,
        cooling: Cooling | None = None,
        answering: Sequence[Answering] = (),
    ) -> None:
        self._source = source
        self._dropped = dropped
        self._steering = steering
        self._previews = previews
        self._row = row
        self._camera_words = CameraWords()
        self._sight = Sight()
        self._cooling = cooling
        self._answering = tuple(answering)
        self._live = live
        self._pipeline = pipeline
        self._gallery = gallery
        self._sink = sink
        self._clock = clock
        self._site = site
        self._box = box
        self._pack = pack
        self._facts = facts
        self._open = False
        self._gallery_checked_s = float("-inf")
        self._rate = FrameRate()
        self._frame_within_s = frame_within_s
        self._progress = 0
        self._recorded_turn = (0, float("-inf"))

    def initialize(self) -> None:
        """Begin to record; the camera is opened by the first step, and again after an error."""
        self._sink.open()

    def step(self, stop: threading.Event) -> bool:
        """Take one frame all the way."""
        self._look_for_list()
        if self._previews:
            self._previews.look_around()
        for one in self._answering:
            one.look_around()
        if self._cooling:
            stop.wait(self._cooling.wait_s(self._clock.monotonic_s()))
        try:
            frame = self._next_frame()
        except CaptureError as error:
            self._close_source()
            error.worth_retrying = self._live
            raise
        if frame is None:
            return self._wait_for_recording(stop)
        try:
            self._recognise(frame)
        finally:
            self._source.release(frame)
        self._note_progress()
        return True

    def shutdown(self) -> None:
        """Record what waits, then let go of camera and spool."""
        self._close_source()
        if self._previews:
            self._previews.close()
        for one in self._answering:
            one.close()
        self._sink.close()
        if self._steering:
            self._steering.save()

    def report(self) -> Report:
        """See :class:`edge.runtime.service.Worker`."""
        lost = self._row.problem if self._row else None
        problem = self._sink.standing().problem or self._gallery.problem or lost
        said = (problem.problem, problem.remedy) if problem else ("", "")
        return Report(
            *said,
            self._figures(),
            self._facts | self._words(),
            self._progress,
            self._frame_within_s,
            problem.part if problem else "",
        )

    def _next_frame(self) -> Frame | None:
        if not self._open:
            self._source.open()
            self._open = True
        return self._source.read()

    def _recognise(self, frame: Frame) -> None:
        self._steer(frame)
        previews = self._previews
        due = previews is not None and previews.is_due(frame.camera)
        found = self._pipeline.process(frame, watched=due)
        # A frame in which nobody looked for faces is shown to nobody.
        if previews and self._pipeline.looked:
            previews.take(frame, self._pipeline.seen())
        now_s = self._clock.monotonic_s()
        self._sight.look(frame, now_s)
        if self._row:
            self._camera_words.tick(frame.camera, now_s)
        self._rate.tick(now_s)
        for recognition in found:
            self._sink.add(self._hit(recognition))

    def _steer(self, frame: Frame) -> None:
        if self._steering is None:
            return
        unknown = self._pipeline.count("unknown")
        # Each camera has a clock of its own; one for all is needed to count by.
        t_s = self._clock.monotonic_s() if self._row else frame.t_s
        plan = self._steering.update(t_s, unknown, self._gallery.people)
        if plan is not None:
            self._pipeline.retune(plan.thresholds)

    def _hit(self, recognition: Recognition) -> Hit:
        now = self._clock.utc()
        return Hit(
            hit_id=uuid7(now, os.urandom(10)),
            site=self._site,
            box=self._box,
            recognition=recognition,
            watchlist_version=self._gallery.version,
            pack=self._pack,
            decided_at=now,
        )

    def _wait_for_recording(self, stop: threading.Event) -> bool:
        """At the end of a file: whether a hit is still to be recorded."""
        if self._sink.standing().waiting == 0:
            return False
        stop.wait(RECORDING_WAIT_S)
        self._note_progress()
        return True

    def _note_progress(self) -> None:
        """A step is progress unless hits wait and the thread that records them hangs."""
        now_s, recording = self._clock.monotonic_s(), self._sink.standing()
        if recording.waiting == 0 or recording.turns != self._recorded_turn[0]:
            self._recorded_turn = (recording.turns, now_s)
        if now_s - self._recorded_turn[1] < RECORDING_HANGS_S:
            self._progress += 1

    def _look_for_list(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._gallery_checked_s < GALLERY_EVERY_S:
            return
        self._gallery_checked_s = now_s
        try:
            self._gallery.refresh()
        except WatchlistError as error:
            log.error("%s", error)

    def _close_source(self) -> None:
        if self._open:
            self._open = False
            self._source.close()

    def _figures(self) -> dict[str, float]:
        now_s, recording = self._clock.monotonic_s(), self._sink.standing()
        figures = {
            "frames_per_s": self._rate.per_s(now_s),
            "frame_age_s": self._rate.age_s(now_s),
            "recognising_s": self._rate.span_s(),
            "watchlist_version": float(self._gallery.version),
            "watchlist_people": float(self._gallery.people),
            "clock_trusted": float(self._clock.trusted_utc() is not None),
            "waiting_hits": float(recording.waiting),
            "lost_hits_total": float(recording.lost),
            "recording": float(recording.problem is None),
            "dropped_frames_total": float(self._dropped()),
            "frame_share": self._cooling.share if self._cooling else 1.0,
        }
        figures |= {f"{k}_total": float(v) for k, v in self._pipeline.counts.items()}
        figures |= {f"{k}_ms": 1000 * v for k, v in self._pipeline.mean_s.items()}
        figures |= {f"{k}_total_ms": 1000 * v for k, v in self._pipeline.total_s.items()}
        figures |= self._steering.figures() if self._steering else {}
        return figures | {"suppressed_total": float(self._pipeline.suppressed_total)}

    def _words(self) -> dict[str, str]:
        """What is said in facts: none of it is a fault of the box."""
        words = self._steering.facts() if self._steering else {}
        words |= self._previews.facts() if self._previews else {}
        if self._row:
            counts, dropped = self._pipeline.counts_by_camera, self._row.dropped_by_camera
            words |= self._camera_words.of(counts, dropped, self._clock.monotonic_s())
        blind = self._sight.blind(self._clock.monotonic_s(), BLIND_AFTER_S)
        words |= {f"blind.{name}": how for name, how in blind.items()}
        uncertain = sorted(self._pipeline.uncertain_by_list.items())
        if uncertain:
            words["uncertain"] = ", ".join(f"{name} {count}" for name, count in uncertain)
        if by_list := self._gallery.entries_by_list:
            words["entries_by_list"] = ", ".join(f"{n} {c}" for n, c in sorted(by_list.items()))
        withheld = sorted(self._pipeline.withheld.items())
        if withheld:
            words["withheld"] = ", ".join(f"{reason} {count}" for reason, count in withheld)
        return words
