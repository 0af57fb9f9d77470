"""What a person said of a hit, as a message, and back again."""

from __future__ import annotations

from dataclasses import dataclass

from edge.report.messages.envelope import box_source, decoded, encoded, made
from edge.report.wire import DATA_TYPE, REVIEW_TYPE, SPEC_VERSION, ReviewData, ReviewEvent
from edge.values import Opinion, Review


@dataclass(frozen=True, slots=True)
class ReceivedReview:
    """A review as a subscriber gets it.

    Attributes:
        event_id: the same for every copy; drop what was seen before.
        site: where the box is.
        box: which box.
        review: what was said of which hit, and when.
        sequence: running number in the box's spool.
        series: names that spool.
    """

    event_id: str
    site: str
    box: str
    review: Review
    sequence: int
    series: str


def review_event(
    site: str, box: str, review: Review, sequence: int, series: str, *, event_id: str
) -> bytes:
    """A review as a message; arguments and errors as for an erasure."""
    with made("A review"):
        event = ReviewEvent(
            specversion=SPEC_VERSION,
            type=REVIEW_TYPE,
            id=event_id,
            source=box_source(site, box),
            subject=review.hit_id,
            time=review.reviewed_at,
            datacontenttype=DATA_TYPE,
            data=ReviewData(
                site=site,
                box=box,
                hit_id=review.hit_id,
                verdict=review.opinion.value,
                reviewed_at=review.reviewed_at,
                sequence=sequence,
                series=series,
            ),
        )
    return encoded(event)


def parse_review(payload: bytes) -> ReceivedReview:
    """Read a review's message.

    Raises:
        BrokerError: it is too large, no JSON, or not a review of this version.
    """
    event = decoded(ReviewEvent, payload, "a review")
    data = event.data
    return ReceivedReview(
        event_id=event.id,
        site=data.site,
        box=data.box,
        review=Review(data.hit_id, Opinion(data.verdict), data.reviewed_at),
        sequence=data.sequence,
        series=data.series,
    )
