"""How a box is as a whole, as a message, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from edge.report.messages.envelope import box_source, decoded, encoded, made
from edge.report.wire import (
    DATA_TYPE,
    HEALTH_TYPE,
    MAX_SENTENCE,
    SPEC_VERSION,
    CheckData,
    HealthData,
    HealthEvent,
)


class Level(StrEnum):
    """How bad it is, the worst last."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """What one health check found.

    Attributes:
        level: see :class:`Level`.
        words: cause, effect and remedy, or "" when all is well.
    """

    level: Level
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedHealth:
    """A box's health as a subscriber gets it.

    Attributes:
        site: where the box is.
        box: which box.
        level: the worst of the checks.
        checks: by name.
        figures: measured numbers by name, the unit in the name.
        at: UTC time.
    """

    site: str
    box: str
    level: Level
    checks: dict[str, Check]
    figures: dict[str, float]
    at: datetime


def health_event(
    site: str, box: str, *, checks: Mapping[str, Check], figures: Mapping[str, float], at: datetime
) -> bytes:
    """A box's health as a message.

    Args:
        site: where the box is.
        box: which box.
        checks: what each check found, by name.
        figures: measured numbers by name, finite, the unit in the name.
        at: UTC time.

    Raises:
        BrokerError: a value that a message cannot hold.
    """
    with made("The box's health"):
        event = HealthEvent(
            specversion=SPEC_VERSION,
            type=HEALTH_TYPE,
            id=str(uuid4()),
            source=box_source(site, box),
            time=at,
            datacontenttype=DATA_TYPE,
            data=HealthData(
                site=site,
                box=box,
                state=worst(checks).value,
                checks={
                    name: CheckData(state=one.level.value, words=one.words[:MAX_SENTENCE])
                    for name, one in checks.items()
                },
                figures=dict(figures),
            ),
        )
    return encoded(event)


def parse_health(payload: bytes) -> ReceivedHealth:
    """Read a message about a box's health.

    Raises:
        BrokerError: it is too large, no JSON, or not of this kind and version.
    """
    event = decoded(HealthEvent, payload, "a box's health")
    data = event.data
    return ReceivedHealth(
        site=data.site,
        box=data.box,
        level=Level(data.state),
        checks={name: Check(Level(one.state), one.words) for name, one in data.checks.items()},
        figures=dict(data.figures),
        at=event.time,
    )


def worst(checks: Mapping[str, Check]) -> Level:
    """The worst that any check found."""
    order = tuple(Level)
    return max((one.level for one in checks.values()), key=order.index, default=Level.OK)
