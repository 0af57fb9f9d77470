"""Follows faces from frame to frame: which detection is which face of the last frame.

In: detections and the frame's time. Out: sightings (track, detection) and the tracks that
were lost. A track moves on at its last speed; detections go to the nearest track, nearest
pair first, as far as a face can have moved and grown. Nothing is known here of who it is:
a track whose looks stop agreeing is split by the pipeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edge.values import Detection, Frame

if TYPE_CHECKING:
    from datetime import datetime

MAX_TRACKS = 200
_REACH_FACES = 1.0  # a face moves at most this many face sizes between two frames
_MAX_GROWTH = 1.8
_SPEED_MEMORY = 0.5


@dataclass(slots=True)
class Track:
    """One face, followed.

    Attributes:
        number: running number since start.
        detection: where it was seen last.
        first_seen: UTC time of its first frame.
        last_t_s: source time of its last frame, seconds.
        speed: movement of the box's centre, pixels a second.
    """

    number: int
    detection: Detection
    first_seen: datetime
    last_t_s: float
    speed: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A track seen in the present frame."""

    track: Track
    detection: Detection


class Tracker:
    """Keeps the tracks of one camera.

    Args:
        timeout_s: a track not seen for longer is lost.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._tracks: list[Track] = []
        self._next = 1

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All that are followed, seen in the present frame or not."""
        return tuple(self._tracks)

    def update(
        self, frame: Frame, detections: tuple[Detection, ...]
    ) -> tuple[list[Sighting], list[Track]]:
        """Assign a frame's detections; returns the sightings and the tracks lost now."""
        lost = [t for t in self._tracks if frame.t_s - t.last_t_s > self._timeout_s]
        self._tracks = [t for t in self._tracks if frame.t_s - t.last_t_s <= self._timeout_s]
        pairs = self._nearest_pairs(detections, frame.t_s)
        sightings = []
        for index, detection in enumerate(detections):
            track = pairs.get(index)
            if track is None:
                if len(self._tracks) >= MAX_TRACKS:
                    continue
                track = self._start(detection, frame)
            else:
                _move(track, detection, frame.t_s)
            sightings.append(Sighting(track, detection))
        return sightings, lost

    def split(self, sighting: Sighting, frame: Frame) -> tuple[Sighting, Track]:
        """Begin a new track for a sighting that is another face; returns it and the old track."""
        old = sighting.track
        self._tracks.remove(old)
        return Sighting(self._start(sighting.detection, frame), sighting.detection), old

    def _start(self, detection: Detection, frame: Frame) -> Track:
        track = Track(self._next, detection, frame.taken_at, frame.t_s)
        self._next += 1
        self._tracks.append(track)
        return track

    def _nearest_pairs(self, detections: tuple[Detection, ...], t_s: float) -> dict[int, Track]:
        costs = [
            (cost, index, number)
            for number, track in enumerate(self._tracks)
            for index, detection in enumerate(detections)
            if (cost := _distance(track, detection, t_s)) is not None
        ]
        taken: dict[int, Track] = {}
        used: set[int] = set()
        for _, index, number in sorted(costs):
            if index not in taken and number not in used:
                taken[index] = self._tracks[number]
                used.add(number)
        return taken


def _centre(detection: Detection) -> tuple[float, float]:
    left, top, width, height = detection.box
    return left + width / 2, top + height / 2


def _size(detection: Detection) -> float:
    return float(np.sqrt(detection.box[2] * detection.box[3]))


def _distance(track: Track, detection: Detection, t_s: float) -> float | None:
    """How far a detection is from where a track should be, in face sizes; None if too far."""
    gap_s = t_s - track.last_t_s
    here, there = _centre(track.detection), _centre(detection)
    ahead = (here[0] + track.speed[0] * gap_s, here[1] + track.speed[1] * gap_s)
    before, now = _size(track.detection), _size(detection)
    if not 1 / _MAX_GROWTH < now / before < _MAX_GROWTH:
        return None
    away = float(np.hypot(there[0] - ahead[0], there[1] - ahead[1])) / max(before, now)
    return away if away <= _REACH_FACES else None


def _move(track: Track, detection: Detection, t_s: float) -> None:
    gap_s = max(t_s - track.last_t_s, 1e-3)
    here, there = _centre(track.detection), _centre(detection)
    keep = _SPEED_MEMORY
    track.speed = (
        keep * track.speed[0] + (1 - keep) * (there[0] - here[0]) / gap_s,
        keep * track.speed[1] + (1 - keep) * (there[1] - here[1]) / gap_s,
    )
    track.detection = detection
    track.last_t_s = t_s
