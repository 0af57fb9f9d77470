"""A hit as a message, and back again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.report.messages.envelope import box_source, decoded, encoded, made
from edge.report.wire import DATA_TYPE, HIT_TYPE, SPEC_VERSION, HitEvent
from edge.values import Hit

MAX_LABEL = 256  # characters; a longer label is cut, for a hit is worth more than its label
NO_OTHER_PERSON = 2.0  # the margin that Recognition gives when there is nobody to compare with


@dataclass(frozen=True, slots=True)
class ReceivedHit:
    """A hit as a subscriber gets it.

    Attributes:
        hit_id: the same for every copy of a hit; drop what was seen before.
        sequence: running number at the box; a jump means hits that are still to come.
        series: names the spool that numbered it: another one counts from 1 again. None from a
            box of a version that did not tell.
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
    series: str | None
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


def hit_event(hit: Hit, sequence: int, series: str | None = None) -> bytes:
    """A hit as a message.

    Args:
        hit: what was decided.
        sequence: its number in the box's spool, from 1.
        series: names that spool.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    with made("A hit"):
        event = HitEvent.model_validate(_fields(hit, sequence, series))
    return encoded(event)


def parse_event(payload: bytes) -> ReceivedHit:
    """Read a hit's message.

    Raises:
        BrokerError: it is too large, no JSON, or not a hit of this version.
    """
    event = decoded(HitEvent, payload, "a hit")
    data, evidence = event.data, event.data.evidence
    return ReceivedHit(
        hit_id=event.id,
        sequence=data.sequence,
        series=data.series,
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


def _fields(hit: Hit, sequence: int, series: str | None) -> dict[str, object]:
    """The whole message, to be checked in one go: building it model by model takes a third more."""
    seen = hit.recognition
    left, top, width, height = seen.box
    evidence = {
        "score": round(seen.score, 4),
        "threshold": round(seen.threshold, 4),
        "margin": None if seen.margin >= NO_OTHER_PERSON else round(seen.margin, 4),
    }
    data = {
        "site": hit.site,
        "box": hit.box,
        "camera": seen.camera,
        "list": seen.entry.list_id,
        "entry": seen.entry.entry_id,
        "label": seen.entry.label[:MAX_LABEL] if seen.entry.label else None,
        "probability": round(seen.probability, 4),
        "evidence": evidence,
        "frames": seen.frames,
        "first_seen": seen.first_seen,
        "last_seen": seen.last_seen,
        "frame_index": seen.frame_index,
        "face": (round(left, 1), round(top, 1), round(width, 1), round(height, 1)),
        "watchlist_version": hit.watchlist_version,
        "pack": hit.pack,
        "sequence": sequence,
        "series": series,
    }
    return {
        "specversion": SPEC_VERSION,
        "type": HIT_TYPE,
        "id": hit.hit_id,
        "source": box_source(hit.site, hit.box),
        "subject": seen.entry.entry_id,
        "time": hit.decided_at,
        "datacontenttype": DATA_TYPE,
        "data": data,
    }
