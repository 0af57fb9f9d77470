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
    return f"{ROOT}/{_level(site)}/{_level(box)}/hit"


def status_topic(site: str = ANY, box: str = ANY) -> str:
    """The retained topic of a box's status; without names, the filter for all.

    Raises:
        BrokerError: a name that cannot be a level of a topic.
    """
    return f"{ROOT}/{_level(site)}/{_level(box)}/status"


def _level(name: str) -> str:
    if name != ANY and not re.fullmatch(NAME_PATTERN, name):
        raise BrokerError(
            f"{name[:80]!r} cannot be a part of a topic.",
            "Use lower-case letters, digits, dots, dashes and underscores, at most 63.",
        )
    return name
