"""The frozen values that pass between the stages; nothing here does any work.

Each is checked when it is made, so that a stage can trust what it is handed. Arrays are
NumPy arrays; a docstring gives their shape, dtype and range. Pixel coordinates have their
origin at the top left corner of the full frame, x to the right, y down, the centre of the
first pixel at (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from edge.errors import FrameFormatError

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

MAX_SIDE_PX = 8192


def _need(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _aware(moment: datetime, name: str) -> None:
    _need(moment.tzinfo is not None, f"{name} needs a time zone")


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera as I420 planes; views into the source's buffer, not copies.

    Attributes:
        camera: name of the camera.
        index: running number of the picture at its source, from 0, without gaps of its own.
        t_s: time on the source's own steady clock, seconds; only differences mean anything.
        taken_at: UTC time the picture was taken, for records.
        y: luma, (height, width) uint8; rows may be strided.
        u: blue difference, (ceil(height/2), ceil(width/2)) uint8.
        v: red difference, like ``u``.
        full_range: True when luma spans 0..255, False when it spans 16..235 ("tv", what
            most video is; ITU-R BT.601 and BT.709).
        matrix: which matrix turns YUV into RGB.
        small_y: the same picture's luma from a second, smaller stream, or None.
        lease: what the source needs to take its buffer back; opaque to everyone else.

    Raises:
        FrameFormatError: the planes do not fit together or are too large.
    """

    camera: str
    index: int
    t_s: float
    taken_at: datetime
    y: Bytes
    u: Bytes
    v: Bytes
    full_range: bool = False
    matrix: Literal["bt601", "bt709"] = "bt601"
    small_y: Bytes | None = None
    lease: object | None = None

    def __post_init__(self) -> None:
        height, width = self.y.shape if self.y.ndim == 2 else (0, 0)
        half = ((height + 1) // 2, (width + 1) // 2)
        fits = self.u.shape == half and self.v.shape == half
        bounded = min(height, width) >= 16 and max(height, width) <= MAX_SIDE_PX
        octets = all(p.dtype == np.uint8 for p in (self.y, self.u, self.v))
        if not (fits and bounded and octets):
            raise FrameFormatError(
                f"Planes of {self.y.shape}, {self.u.shape}, {self.v.shape} are no I420 picture "
                f"between 16 and {MAX_SIDE_PX} pixels a side.",
                "Set the camera to a YUV 4:2:0 format and a usual size such as 1280x720.",
            )
        _aware(self.taken_at, "taken_at")

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.y.shape[0])


@dataclass(frozen=True, slots=True)
class Detection:
    """One face found in a frame.

    Attributes:
        box: (left, top, width, height) in frame pixels; may reach past the frame's edge.
        landmarks: (5, 2) float32 frame pixels: the eye on the image's left, the other eye,
            nose tip, the mouth corner on the image's left, the other corner.
        score: the detector's own confidence, 0..1.
    """

    box: tuple[float, float, float, float]
    landmarks: Floats
    score: float

    def __post_init__(self) -> None:
        _need(self.landmarks.shape == (5, 2), "landmarks must be (5, 2)")
        _need(bool(np.isfinite(self.landmarks).all()), "landmarks must be finite")
        _need(bool(np.isfinite(self.box).all()), "a box must be finite")
        _need(self.box[2] > 0 and self.box[3] > 0, "a box has an area")

    @property
    def inter_eye_px(self) -> float:
        """Distance between the eyes in frame pixels."""
        dx, dy = self.landmarks[1] - self.landmarks[0]
        return float(np.hypot(dx, dy))


@dataclass(frozen=True, slots=True)
class Quality:
    """What can be measured of a face before it is embedded.

    Attributes:
        inter_eye_px: distance between the eyes in frame pixels.
        sharpness: standard deviation of the chip's Laplacian over that of its luma, no unit.
        brightness: mean luma of the face, 0..255 full range.
        contrast: standard deviation of the face's luma, 0..127.
        yaw: how far the nose is off the middle of the eyes, in inter-eye distances; 0 is
            frontal, about 0.35 is turned by 30 degrees; the sign says which way.
        roll_deg: tilt of the line between the eyes, degrees.
        weight: 0 unusable, up to 1: what the fusion weighs this look with.
        reason: why the weight is 0, in words with number and limit; empty otherwise.
    """

    inter_eye_px: float
    sharpness: float
    brightness: float
    contrast: float
    yaw: float
    roll_deg: float
    weight: float
    reason: str = ""

    def __post_init__(self) -> None:
        _need(0.0 <= self.weight <= 1.0, "weight is 0..1")
        _need((self.weight == 0.0) == bool(self.reason), "an unusable look says why")


@dataclass(frozen=True, slots=True)
class ListInfo:
    """A watchlist's scope: what it is for and how much a hit may say.

    Attributes:
        list_id: short name, used in topics and settings.
        purpose: one sentence people consented to.
        show_label: whether hits carry the person's label.
    """

    list_id: str
    purpose: str
    show_label: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's enrolment on one list, as published to boxes.

    Attributes:
        entry_id: opaque id of this enrolment.
        person_id: opaque id of the person; the same person may stand on several lists.
        list_id: the list it belongs to.
        label: what to call the person, or None.
        sites: the sites the consent covers; ("*",) means all.
        consent_expires: UTC end of the consent; the entry cannot match from then on.
        templates: (k, dimensions) float32, rows of length 1, k >= 1.
    """

    entry_id: str
    person_id: str
    list_id: str
    label: str | None
    sites: tuple[str, ...]
    consent_expires: datetime
    templates: Floats

    def __post_init__(self) -> None:
        _aware(self.consent_expires, "consent_expires")
        _need(self.templates.ndim == 2 and len(self.templates) > 0, "templates must be (k, n)")
        _need(bool(self.sites), "a consent names its sites")

    def covers(self, site: str) -> bool:
        """Whether the consent covers a site."""
        return "*" in self.sites or site in self.sites


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A verified set of entries.

    Attributes:
        version: rises with every publishing; a box never goes back.
        issued_at: UTC time of publishing.
        expires_at: UTC time from which a box no longer trusts it.
        pack: ``id@version`` of the pack that made the templates.
        lists: the lists that entries may name.
        entries: live entries at the time of publishing.
    """

    version: int
    issued_at: datetime
    expires_at: datetime
    pack: str
    lists: tuple[ListInfo, ...]
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        _aware(self.issued_at, "issued_at")
        _aware(self.expires_at, "expires_at")
        known = {one.list_id for one in self.lists}
        _need(all(e.list_id in known for e in self.entries), "an entry names an unknown list")


@dataclass(frozen=True, slots=True)
class EntryRef:
    """What a decision needs to know of an entry: no template, no photo.

    Attributes as in :class:`Entry`; ``label`` is None unless the list shows labels.
    """

    entry_id: str
    list_id: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whose templates are near a probe.

    Attributes:
        person_id: who.
        score: cosine similarity, -1..1, of the probe and the person's best template.
        entries: the person's live, in-scope entries, at least one.
    """

    person_id: str
    score: float
    entries: tuple[EntryRef, ...]


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

    def __post_init__(self) -> None:
        _need(0.0 <= self.probability <= 1.0, "probability is 0..1")
        _need(self.frames >= 1, "a recognition rests on at least one look")


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
        _aware(self.decided_at, "decided_at")


class Condition(StrEnum):
    """How a process is."""

    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What one process tells the others through its state file.

    Attributes:
        process: "recognise", "report" or "status".
        pid: its process id.
        started_at: UTC.
        updated_at: UTC; older than a few seconds means the process hangs or is gone.
        condition: see :class:`Condition`.
        problem: what is wrong, one sentence, or "".
        remedy: what to do, one sentence, or "".
        figures: measured numbers by name, the unit in the name (``frames_per_s``,
            ``detect_ms``, ``backlog_hits`` ...).
        facts: words by name (``source``, ``pack``, ``broker`` ...); never a person's name.
    """

    process: str
    pid: int
    started_at: datetime
    updated_at: datetime
    condition: Condition
    problem: str = ""
    remedy: str = ""
    figures: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PhotoTemplate:
    """What an enrolment photo gave; the photo itself is not kept.

    Attributes:
        template: (dimensions,) float32 of length 1.
        quality: what was measured of the face.
    """

    template: Floats
    quality: Quality

    def __post_init__(self) -> None:
        _need(self.template.ndim == 1, "a template is one row")
