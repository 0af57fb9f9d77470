"""The JSON of messages as checked models; the only place that knows their field names.

In and out: UTF-8 JSON of CloudEvents 1.0 in structured mode. A number that is not finite, a
time without a zone, a missing field or a text over its bound is refused. Unknown fields are
skipped, so that a newer box can talk to an older subscriber. Sizes are bounded by the caller.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

# Reverse-DNS names of the two kinds of message; a change that breaks readers makes a v2.
HIT_TYPE: Literal["io.watchpost.hit.v1"] = "io.watchpost.hit.v1"
STATUS_TYPE: Literal["io.watchpost.status.v1"] = "io.watchpost.status.v1"

SPEC_VERSION: Literal["1.0"] = "1.0"
DATA_TYPE: Literal["application/json"] = "application/json"

# A box's and a site's name become levels of a topic, so they hold no "/", "+" or "#".
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}$"
MAX_COUNT = 2**53  # what every JSON reader holds exactly (RFC 8259, section 6)

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Text = Annotated[str, Field(min_length=1, max_length=256)]
Sentence = Annotated[str, Field(max_length=1024)]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Number = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Cosine = Annotated[float, Field(ge=-1.0, le=1.0)]
Pixels = Annotated[float, Field(ge=-1e6, le=1e6)]


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


class Evidence(_Wire):
    """What the decision rested on; for engineers, never a percentage for people.

    ``margin`` is absent when the list held nobody else to compare with.
    """

    score: Cosine
    threshold: Cosine
    margin: Annotated[float, Field(ge=-2.0, le=2.0)] | None = None


class HitData(_Wire):
    """One hit; ``face`` is (left, top, width, height) in pixels of the frame."""

    site: Name
    box: Name
    camera: Text
    list_id: Text = Field(alias="list")
    entry: Text
    label: Text | None = None
    probability: Share
    evidence: Evidence
    frames: Number
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    frame_index: Count
    face: tuple[Pixels, Pixels, Pixels, Pixels]
    watchlist_version: Count
    pack: Text
    sequence: Number


class StatusData(_Wire):
    """How a box's reporting is; the last will carries ``online`` false."""

    site: Name
    box: Name
    online: bool
    condition: Literal["starting", "running", "degraded", "stopped"]
    problem: Sentence = ""
    remedy: Sentence = ""
    backlog_hits: Count | None = None
    watchlist_version: Count | None = None


class _Envelope(_Wire):
    specversion: Literal["1.0"]
    id: Text
    source: Text
    datacontenttype: Literal["application/json"]


class HitEvent(_Envelope):
    """A hit as it goes over the wire."""

    type: Literal["io.watchpost.hit.v1"]
    subject: Text
    time: AwareDatetime
    data: HitData


class StatusEvent(_Envelope):
    """A status as it goes over the wire; a last will was written before its time, so has none."""

    type: Literal["io.watchpost.status.v1"]
    time: AwareDatetime | None = None
    data: StatusData
