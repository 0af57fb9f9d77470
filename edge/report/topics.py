"""Names of MQTT topics, and filters for subscribing to them.

In: a site's and a box's name. Out: a topic. Always: a name that would change the topic's levels
or act as a wildcard is refused.
"""

from __future__ import annotations

import re

from edge.errors import BrokerError
from edge.report.wire import NAME_PATTERN

ROOT = "watchpost/v1"
ANY = "+"  # MQTT's wildcard for one level


def hit_topic(site: str = ANY, box: str = ANY) -> str:
    """The topic of a box's hits; without names, the filter for all.

    Raises:
        BrokerError: a name that cannot be a level of a topic.
    """
    return _topic(site, box, "hit")


def status_topic(site: str = ANY, box: str = ANY) -> str:
    """The retained topic of a box's status; arguments and errors as for hits."""
    return _topic(site, box, "status")


def health_topic(site: str = ANY, box: str = ANY) -> str:
    """The retained topic of a box's health; arguments and errors as for hits."""
    return _topic(site, box, "health")


def uncertain_topic(site: str = ANY, box: str = ANY) -> str:
    """The retained topic of a box's uncertain passages; arguments and errors as for hits."""
    return _topic(site, box, "uncertain")


def erasure_topic(site: str = ANY, box: str = ANY) -> str:
    """The topic of a box's erasures; arguments and errors as for hits."""
    return _topic(site, box, "erasure")


def review_topic(site: str = ANY, box: str = ANY) -> str:
    """The topic of what people said of a box's hits; arguments and errors as for hits."""
    return _topic(site, box, "review")


def ack_topic(site: str = ANY, box: str = ANY) -> str:
    """The topic on which receivers answer a box; arguments and errors as for hits."""
    return _topic(site, box, "ack")


def announcement_topic() -> str:
    """The retained topic that names the newest published watchlist."""
    return f"{ROOT}/watchlist"


def _topic(site: str, box: str, kind: str) -> str:
    return f"{ROOT}/{_level(site)}/{_level(box)}/{kind}"


def _level(name: str) -> str:
    if name != ANY and not re.fullmatch(NAME_PATTERN, name):
        raise BrokerError(
            f"{name[:80]!r} cannot be a part of a topic.",
            "Use lower-case letters, digits, dots, dashes and underscores, at most 63.",
        )
    return name
