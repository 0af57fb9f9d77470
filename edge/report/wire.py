"""The JSON of messages as checked models; the only place that knows their field names.

In and out: UTF-8 JSON of CloudEvents 1.0 in structured mode. A number that is not finite, a
time without a zone, a missing field or a text over its bound is refused. Unknown fields are
skipped, so that a newer box can talk to an older subscriber. Sizes are bounded by the caller.
The words under the fields go into ``docs/schemas/`` (``schemas.py``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

# Reverse-DNS names of the kinds of message; a change that breaks readers makes a v2.
HIT_TYPE: Literal["io.watchpost.hit.v1"] = "io.watchpost.hit.v1"
STATUS_TYPE: Literal["io.watchpost.status.v1"] = "io.watchpost.status.v1"
HEALTH_TYPE: Literal["io.watchpost.health.v1"] = "io.watchpost.health.v1"
UNCERTAIN_TYPE: Literal["io.watchpost.uncertain.v1"] = "io.watchpost.uncertain.v1"
ERASURE_TYPE: Literal["io.watchpost.erasure.v1"] = "io.watchpost.erasure.v1"
REVIEW_TYPE: Literal["io.watchpost.review.v1"] = "io.watchpost.review.v1"
ACK_TYPE: Literal["io.watchpost.ack.v1"] = "io.watchpost.ack.v1"
ANNOUNCEMENT_TYPE: Literal["io.watchpost.watchlist.v1"] = "io.watchpost.watchlist.v1"

SPEC_VERSION: Literal["1.0"] = "1.0"
DATA_TYPE: Literal["application/json"] = "application/json"

# A box's and a site's name become levels of a topic, so they hold no "/", "+" or "#".
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}$"
MAX_RANGES = 1000  # of one acknowledgement: about 20 KiB
MAX_CHECKS = 64  # and as many figures
MAX_SENTENCE = 1024  # characters
MAX_COUNT = 2**53  # what every JSON reader holds exactly (RFC 8259, section 6)


def _forwards(limits: tuple[int, int]) -> tuple[int, int]:
    if limits[1] < limits[0]:
        raise ValueError("a range ends before it begins")
    return limits


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Text = Annotated[str, Field(min_length=1, max_length=256)]
Sentence = Annotated[str, Field(max_length=MAX_SENTENCE)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Number = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Sequence = Annotated[
    Number,
    Field(
        description="Running number in the box's spool, of all kinds of message together. A jump "
        "means messages that are still to come."
    ),
]
Series = Annotated[
    Text,
    Field(
        description="Names the spool that gave the number; another one counts from 1 again. "
        "Absent from boxes of version 0.1."
    ),
]
Range = Annotated[tuple[Number, Number], AfterValidator(_forwards)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Cosine = Annotated[float, Field(ge=-1.0, le=1.0)]
Pixels = Annotated[float, Field(ge=-1e6, le=1e6)]
Level = Literal["ok", "warning", "failure"]


class _Wire(BaseModel):
    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class _OfBox(_Wire):
    site: Name
    """Where the box is; agrees with the topic."""
    box: Name
    """Which box; agrees with the topic."""


class Evidence(_Wire):
    """What the decision rested on, for engineers. These are cosine similarities: most lie
    between 0.9 and 1 whoever it is, so never show them as a percentage.
    """

    score: Cosine
    threshold: Cosine
    """The score that was needed."""
    margin: Annotated[float, Field(ge=-2.0, le=2.0)] | None = None
    """Lead over the best other person; absent when there was none."""


class HitData(_OfBox):
    """A listed person was recognised."""

    camera: Text
    list_id: Text = Field(alias="list")
    """The list that was matched."""
    entry: Text
    """Opaque id of the enrolment."""
    label: Text | None = None
    """What to call the person; only when the list shows labels."""
    probability: Share
    """Calibrated probability that it is the enrolled person. Show this to people."""
    evidence: Evidence
    frames: Number
    """Looks that were fused."""
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    frame_index: Count
    face: tuple[Pixels, Pixels, Pixels, Pixels]
    """Left, top, width and height of the face in pixels of the full frame; may reach past its
    edge."""
    watchlist_version: Count
    pack: Text
    """id@version of the models."""
    sequence: Sequence
    series: Series | None = None


class ErasureData(_OfBox):
    """A withdrawn entry's template is gone from this box, in memory and on disk."""

    list_id: Text = Field(alias="list")
    entry: Text
    watchlist_version: Count
    """The version that withdrew it."""
    erased_at: AwareDatetime
    sequence: Sequence
    series: Series


class ReviewData(_OfBox):
    """What a signed-in person said of a hit; it changes no threshold by itself."""

    hit_id: Text
    verdict: Literal["confirmed", "not_this_person"]
    reviewed_at: AwareDatetime
    sequence: Sequence
    series: Series


class AckData(_OfBox):
    """A receiver has these numbers of a box's spool in its database."""

    receiver: Text
    series: Text
    """The spool that gave the numbers; those of another one are not meant."""
    sequences: Annotated[tuple[Range, ...], Field(min_length=1, max_length=MAX_RANGES)]
    """Ranges (first, last), both included."""


class AnnouncementData(_Wire):
    """The newest watchlist version in the repository; a reason to look, never a proof."""

    version: Number


class StatusData(_OfBox):
    """How a box's reporting is; the last will carries ``online`` false."""

    online: bool
    condition: Literal["starting", "running", "degraded", "stopped"]
    problem: Sentence = ""
    """What is wrong, or empty."""
    remedy: Sentence = ""
    """What to do about it, or empty."""
    backlog_hits: Count | None = None
    watchlist_version: Count | None = None


class CheckData(_Wire):
    """What one health check found."""

    state: Level
    words: Sentence = ""
    """Cause, effect and remedy; empty when all is well."""


class HealthData(_OfBox):
    """How the box is as a whole; names nobody."""

    state: Level
    """The worst of the checks."""
    checks: Annotated[dict[Name, CheckData], Field(max_length=MAX_CHECKS)]
    figures: Annotated[dict[Name, float], Field(max_length=MAX_CHECKS)]
    """Measured numbers; the unit is in the name. One that is not known is absent."""


class UncertainData(_OfBox):
    """How many passages stayed uncertain: near to two people, so near to nobody. Running totals,
    so that a lost message is made good by the next; no entry is named.
    """

    passages: Annotated[dict[Name, Number], Field(min_length=1, max_length=MAX_CHECKS)]
    """By list, for the lists that ask to hear of them, since ``since``."""
    since: AwareDatetime
    """When the box's recogniser last started, and the count with it."""


class _Envelope(_Wire):
    specversion: Literal["1.0"]
    id: Text
    """The same for every copy of a message: drop what was seen before."""
    source: Text
    datacontenttype: Literal["application/json"]


class HitEvent(_Envelope):
    """A hit as it goes over the wire; the subject is the entry."""

    type: Literal["io.watchpost.hit.v1"]
    subject: Text
    time: AwareDatetime
    """UTC time of the decision."""
    data: HitData


class StatusEvent(_Envelope):
    """A status as it goes over the wire."""

    type: Literal["io.watchpost.status.v1"]
    time: AwareDatetime | None = None
    """Absent in a last will, which is written before its time."""
    data: StatusData


class HealthEvent(_Envelope):
    """A box's health as it goes over the wire."""

    type: Literal["io.watchpost.health.v1"]
    time: AwareDatetime
    data: HealthData


class UncertainEvent(_Envelope):
    """Counts of uncertain passages as they go over the wire."""

    type: Literal["io.watchpost.uncertain.v1"]
    time: AwareDatetime
    data: UncertainData


class ErasureEvent(_Envelope):
    """An erasure as it goes over the wire; the subject is the entry."""

    type: Literal["io.watchpost.erasure.v1"]
    subject: Text
    time: AwareDatetime
    data: ErasureData


class ReviewEvent(_Envelope):
    """A review as it goes over the wire; the subject is the hit."""

    type: Literal["io.watchpost.review.v1"]
    subject: Text
    time: AwareDatetime
    data: ReviewData


class AckEvent(_Envelope):
    """A receiver's acknowledgement as it goes over the wire."""

    type: Literal["io.watchpost.ack.v1"]
    time: AwareDatetime
    data: AckData


class AnnouncementEvent(_Envelope):
    """The announcement of a published watchlist as it goes over the wire."""

    type: Literal["io.watchpost.watchlist.v1"]
    time: AwareDatetime
    data: AnnouncementData
