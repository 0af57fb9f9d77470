"""The announcement of a published watchlist as a message, and back again."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from edge.report.messages.envelope import decoded, encoded, made
from edge.report.wire import (
    ANNOUNCEMENT_TYPE,
    DATA_TYPE,
    SPEC_VERSION,
    AnnouncementData,
    AnnouncementEvent,
)


def announcement_event(version: int, *, at: datetime) -> bytes:
    """The announcement of a version as a message, for the retained topic.

    Args:
        version: the newest in the repository.
        at: UTC time.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    with made("An announcement"):
        event = AnnouncementEvent(
            specversion=SPEC_VERSION,
            type=ANNOUNCEMENT_TYPE,
            id=str(uuid4()),
            source="/watchpost/register",
            time=at,
            datacontenttype=DATA_TYPE,
            data=AnnouncementData(version=version),
        )
    return encoded(event)


def parse_announcement(payload: bytes) -> int:
    """The version that an announcement names.

    Raises:
        BrokerError: it is too large, no JSON, or not an announcement of this version.
    """
    return decoded(AnnouncementEvent, payload, "an announcement").data.version
