"""What was decided about a face."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from edge.values.checks import aware, need
from edge.values.lists import EntryRef


class Verdict(StrEnum):
    """Where the decision about a track stands (see ``recognise/decide.py``)."""

    TENTATIVE = "tentative"
    EVIDENCE = "evidence"
    HIT = "hit"
    UNKNOWN = "unknown"
    UNCERTAIN = "uncertain"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Recognition:
    """A track was decided to be a listed person, by one entry.

    Attributes:
        camera: name of the camera.
        track: number of the track at this camera since start.
        entry: the matched entry.
        probability: calibrated probability, 0..1, that it is the enrolled person.
        score: fused cosine similarity; internal, never shown to people.
        threshold: the score that was needed.
        margin: score minus that of the best other person; 2.0 when there is none.
        frames: number of looks fused.
        first_seen: UTC time of the track's first frame.
        last_seen: UTC time of the frame that decided.
        frame_index: index of the frame that decided.
        box: face box in that frame, pixels.
        picture: JPEG of the upright face alone, or None; only where the list asks for it.
    """

    camera: str
    track: int
    entry: EntryRef
    probability: float
    score: float
    threshold: float
    margin: float
    frames: int
    first_seen: datetime
    last_seen: datetime
    frame_index: int
    box: tuple[float, float, float, float]
    picture: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        need(0.0 <= self.probability <= 1.0, "probability is 0..1")
        need(self.frames >= 1, "a recognition rests on at least one look")


@dataclass(frozen=True, slots=True)
class Hit:
    """A recognition with all a subscriber is told; what the spool stores.

    Attributes:
        hit_id: UUID version 7.
        site: where the box is.
        box: which box.
        recognition: what was decided.
        watchlist_version: version of the list it was matched against.
        pack: ``id@version`` of the pack.
        decided_at: UTC time.
    """

    hit_id: str
    site: str
    box: str
    recognition: Recognition
    watchlist_version: int
    pack: str
    decided_at: datetime

    def __post_init__(self) -> None:
        aware(self.decided_at, "decided_at")


class Opinion(StrEnum):
    """What a person says of a hit after looking at it."""

    CONFIRMED = "confirmed"
    NOT_THIS_PERSON = "not_this_person"


@dataclass(frozen=True, slots=True)
class Review:
    """A signed-in person looked at a hit; it changes no threshold by itself.

    Attributes:
        hit_id: which hit.
        opinion: see :class:`Opinion`.
        reviewed_at: UTC time.
    """

    hit_id: str
    opinion: Opinion
    reviewed_at: datetime

    def __post_init__(self) -> None:
        aware(self.reviewed_at, "reviewed_at")
