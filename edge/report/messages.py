"""What a box says over MQTT: messages as CloudEvents 1.0 in structured JSON.

In: a decided :class:`edge.values.Hit`, or how the box is. Out: bytes to publish, and back
again for subscribers. Always: a message is at most 64 KiB and holds no template and no
picture; a label is there only when the list shows labels. ``docs/asyncapi.yaml`` describes
the same messages and is compared with this code by a test. Sending is left to ``publish.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from pydantic import ValidationError

from edge.errors import BrokerError
from edge.report.wire import (
    DATA_TYPE,
    HIT_TYPE,
    SPEC_VERSION,
    STATUS_TYPE,
    Evidence,
    HitData,
    HitEvent,
    StatusData,
    StatusEvent,
)
from edge.values import Condition, Hit

CONTENT_TYPE = "application/cloudevents+json"
MAX_MESSAGE_BYTES = 64 * 1024
MAX_LABEL = 256  # characters; a longer label is cut, for a hit is worth more than its label
NO_OTHER_PERSON = 2.0  # the margin that Recognition gives when there is nobody to compare with


@dataclass(frozen=True, slots=True)
class ReceivedHit:
    """A hit as a subscriber gets it.

    Attributes:
        hit_id: the same for every copy of a hit; drop what was seen before.
        sequence: running number at the box; a jump means hits that are still to come.
        site: where the box is.
        box: which box.
        camera: which camera.
        list_id: the list that was matched.
        entry_id: the matched entry.
        label: what to call the person, or None when the list shows no labels.
        probability: calibrated, 0..1, that it is the enrolled person.
        score: cosine similarity; evidence for engineers, not for people.
        threshold: the score that was needed.
        margin: lead over the best other person, or None when there was none.
        frames: number of looks fused.
        first_seen: UTC time of the track's first frame.
        last_seen: UTC time of the frame that decided.
        frame_index: index of the frame that decided.
        face: (left, top, width, height) of the face, pixels of the frame.
        watchlist_version: version of the list it was matched against.
        pack: ``id@version`` of the models.
        decided_at: UTC time of the decision.
    """

    hit_id: str
    sequence: int
    site: str
    box: str
    camera: str
    list_id: str
    entry_id: str
    label: str | None
    probability: float
    score: float
    threshold: float
    margin: float | None
    frames: int
    first_seen: datetime
    last_seen: datetime
    frame_index: int
    face: tuple[float, float, float, float]
    watchlist_version: int
    pack: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ReceivedStatus:
    """A box's status as a subscriber gets it; attributes as in :class:`StatusData`."""

    site: str
    box: str
    online: bool
    condition: Condition
    problem: str
    remedy: str
    backlog_hits: int | None
    watchlist_version: int | None
    at: datetime | None


def hit_event(hit: Hit, sequence: int) -> bytes:
    """A hit as a message.

    Args:
        hit: what was decided.
        sequence: its number in the box's spool, from 1.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    try:
        event = HitEvent(
            specversion=SPEC_VERSION,
            type=HIT_TYPE,
            id=hit.hit_id,
            source=_source(hit.site, hit.box),
            subject=hit.recognition.entry.entry_id,
            time=hit.decided_at,
            datacontenttype=DATA_TYPE,
            data=_hit_data(hit, sequence),
        )
    except ValidationError as error:
        raise _unusable("A hit cannot be put into a message", error) from error
    return event.model_dump_json(by_alias=True, exclude_none=True).encode()


def parse_event(payload: bytes) -> ReceivedHit:
    """Read a hit's message.

    Raises:
        BrokerError: it is too large, no JSON, or not a hit of this version.
    """
    try:
        event = HitEvent.model_validate_json(_bounded(payload))
    except ValidationError as error:
        raise _unusable("A message is not a hit", error) from error
    data, evidence = event.data, event.data.evidence
    return ReceivedHit(
        hit_id=event.id,
        sequence=data.sequence,
        site=data.site,
        box=data.box,
        camera=data.camera,
        list_id=data.list_id,
        entry_id=data.entry,
        label=data.label,
        probability=data.probability,
        score=evidence.score,
        threshold=evidence.threshold,
        margin=evidence.margin,
        frames=data.frames,
        first_seen=data.first_seen,
        last_seen=data.last_seen,
        frame_index=data.frame_index,
        face=data.face,
        watchlist_version=data.watchlist_version,
        pack=data.pack,
        decided_at=event.time,
    )


def status_event(
    site: str,
    box: str,
    *,
    online: bool,
    condition: Condition,
    at: datetime | None = None,
    problem: str = "",
    remedy: str = "",
    backlog_hits: int | None = None,
    watchlist_version: int | None = None,
) -> bytes:
    """A box's status as a message.

    Args:
        site: where the box is.
        box: which box.
        online: False in the last will and at an orderly end.
        condition: how the report process is.
        at: UTC time, or None for a last will, which is written before its time.
        problem: what is wrong, or "".
        remedy: what to do about it, or "".
        backlog_hits: hits that wait to be acknowledged.
        watchlist_version: the active list.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    try:
        data = StatusData(
            site=site,
            box=box,
            online=online,
            condition=condition.value,
            problem=problem[:1024],
            remedy=remedy[:1024],
            backlog_hits=backlog_hits,
            watchlist_version=watchlist_version,
        )
        event = StatusEvent(
            specversion=SPEC_VERSION,
            type=STATUS_TYPE,
            id=str(uuid4()),
            source=_source(site, box),
            time=at,
            datacontenttype=DATA_TYPE,
            data=data,
        )
    except ValidationError as error:
        raise _unusable("A status cannot be put into a message", error) from error
    return event.model_dump_json(by_alias=True, exclude_none=True).encode()


def parse_status(payload: bytes) -> ReceivedStatus:
    """Read a status message.

    Raises:
        BrokerError: it is too large, no JSON, or not a status of this version.
    """
    try:
        event = StatusEvent.model_validate_json(_bounded(payload))
    except ValidationError as error:
        raise _unusable("A message is not a status", error) from error
    data = event.data
    return ReceivedStatus(
        site=data.site,
        box=data.box,
        online=data.online,
        condition=Condition(data.condition),
        problem=data.problem,
        remedy=data.remedy,
        backlog_hits=data.backlog_hits,
        watchlist_version=data.watchlist_version,
        at=event.time,
    )


def _hit_data(hit: Hit, sequence: int) -> HitData:
    seen = hit.recognition
    left, top, width, height = (round(side, 1) for side in seen.box)
    return HitData(
        site=hit.site,
        box=hit.box,
        camera=seen.camera,
        list=seen.entry.list_id,
        entry=seen.entry.entry_id,
        label=seen.entry.label[:MAX_LABEL] if seen.entry.label else None,
        probability=round(seen.probability, 4),
        evidence=Evidence(
            score=round(seen.score, 4),
            threshold=round(seen.threshold, 4),
            margin=None if seen.margin >= NO_OTHER_PERSON else round(seen.margin, 4),
        ),
        frames=seen.frames,
        first_seen=seen.first_seen,
        last_seen=seen.last_seen,
        frame_index=seen.frame_index,
        face=(left, top, width, height),
        watchlist_version=hit.watchlist_version,
        pack=hit.pack,
        sequence=sequence,
    )


def _source(site: str, box: str) -> str:
    return f"/watchpost/{site}/{box}"


def _bounded(payload: bytes) -> bytes:
    if len(payload) > MAX_MESSAGE_BYTES:
        raise BrokerError(
            f"A message has {len(payload)} bytes; the limit is {MAX_MESSAGE_BYTES}.",
            "Check what else publishes on this topic.",
        )
    return payload


def _unusable(what: str, error: ValidationError) -> BrokerError:
    # The field's name and the rule, never the value: a value may name a person.
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the message"
    return BrokerError(
        f"{what}: {where}: {first['msg'].lower()}.",
        "Check that both sides run the same version of watchpost.",
    )
