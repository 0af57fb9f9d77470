"""What goes over MQTT: messages as CloudEvents 1.0 in structured JSON, one module a kind.

In: values of the box, a receiver or the register. Out: bytes to publish, and back again for
those who read them. Always: a message is at most 64 KiB and holds no template and no picture;
a label is there only when the list shows labels. ``docs/schemas/`` is made from the same code
and ``docs/asyncapi.yaml`` refers to it. Sending is left to ``publish.py``.
"""

from __future__ import annotations

from edge.report.messages.acknowledgements import ReceivedAck, ack_event, parse_ack
from edge.report.messages.announcements import announcement_event, parse_announcement
from edge.report.messages.envelope import CONTENT_TYPE, MAX_MESSAGE_BYTES
from edge.report.messages.erasures import ReceivedErasure, erasure_event, parse_erasure
from edge.report.messages.health import (
    Check,
    Level,
    ReceivedHealth,
    health_event,
    parse_health,
    worst,
)
from edge.report.messages.hits import ReceivedHit, hit_event, parse_event
from edge.report.messages.reviews import ReceivedReview, parse_review, review_event
from edge.report.messages.status import ReceivedStatus, parse_status, status_event
from edge.report.messages.uncertain import (
    ReceivedUncertain,
    parse_uncertain,
    uncertain_event,
)

__all__ = [
    "CONTENT_TYPE",
    "MAX_MESSAGE_BYTES",
    "Check",
    "Level",
    "ReceivedAck",
    "ReceivedErasure",
    "ReceivedHealth",
    "ReceivedHit",
    "ReceivedReview",
    "ReceivedStatus",
    "ReceivedUncertain",
    "ack_event",
    "announcement_event",
    "erasure_event",
    "health_event",
    "hit_event",
    "parse_ack",
    "parse_announcement",
    "parse_erasure",
    "parse_event",
    "parse_health",
    "parse_review",
    "parse_status",
    "parse_uncertain",
    "review_event",
    "status_event",
    "uncertain_event",
    "worst",
]
