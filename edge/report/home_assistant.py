"""Home Assistant finds the box by itself: one message that describes it as a device.

In: a site's and a box's name, its lists. Out: the topic and the retained message of MQTT device
discovery (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload). Always:
every entity reads the box's own topics through a template, so that nothing is said twice; an
empty message on the same topic takes the device away again. When to send is left to others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from edge.errors import ConfigError
from edge.report.topics import health_topic, hit_topic, status_topic

# Home Assistant skips topics with other signs in these two levels.
_LEVEL = re.compile(r"[A-Za-z0-9_-]+")
_HEALTH = "value_json.data"
_FIGURES = f"{_HEALTH}.figures"
_CAMERA = " and ".join(
    f"{_HEALTH}.checks.{name}.state == 'ok'" for name in ("recogniser", "camera", "frames")
)
_HIT = (
    "'probability': (100 * {0}.probability) | round(1), 'camera': {0}.camera, 'list': {0}.list,"
    " 'entry': {0}.entry, 'frames': {0}.frames, 'first_seen': {0}.first_seen,"
    " 'last_seen': {0}.last_seen"
).format("value_json.data")

Entity = dict[str, object]


def discovery_topic(prefix: str, site: str, box: str) -> str:
    """Where a box is described; site and box are levels, so that a broker can guard them.

    Raises:
        ConfigError: a name holds a dot, which Home Assistant does not take in a topic.
    """
    for name in (site, box):
        if not _LEVEL.fullmatch(name):
            raise ConfigError(
                f"Home Assistant cannot find a box whose site or name is {name!r}.",
                "Use letters, digits, dashes and underscores only, or set "
                "home_assistant.enabled = false.",
            )
    return f"{prefix}/device/{site}/{box}/config"


def discovery_message(
    site: str, box: str, *, lists: Iterable[str], gone: Iterable[str] = (), version: str
) -> bytes:
    """A box and its entities.

    Args:
        site: where the box is.
        box: which box.
        lists: ids of the lists; each gets an event entity.
        gone: ids of lists that had one and are to lose it.
        version: of watchpost.
    """
    entities = {key: _named(site, box, key) | one for key, one in _entities(site, box).items()}
    for name in lists:
        key = _list_key(name)
        entities[key] = _named(site, box, key) | _list_event(site, box, name)
    for name in gone:
        entities[_list_key(name)] = {"platform": "event"}
    message = {
        "device": {
            "identifiers": [f"watchpost/{site}/{box}"],
            "name": f"watchpost {site}/{box}",
            "manufacturer": "watchpost",
            "model": "camera box",
            "sw_version": version,
        },
        "origin": {"name": "watchpost", "sw_version": version},
        "availability_topic": status_topic(site, box),
        "availability_template": "{{ 'online' if value_json.data.online else 'offline' }}",
        "qos": 1,
        "components": entities,
    }
    return json.dumps(message, separators=(",", ":")).encode()


def _entities(site: str, box: str) -> dict[str, Entity]:
    hit, health = hit_topic(site, box), health_topic(site, box)
    return {
        "last_hit": {
            "platform": "sensor",
            "name": "Last hit",
            "icon": "mdi:account-check",
            "state_topic": hit,
            "value_template": "{{ value_json.data.label | default(value_json.data.entry) }}",
            "json_attributes_topic": hit,
            "json_attributes_template": f"{{{{ {{{_HIT}}} | tojson }}}}",
        },
        "problem": {
            "platform": "binary_sensor",
            "name": "Problem",
            "device_class": "problem",
            "entity_category": "diagnostic",
            "state_topic": health,
            "value_template": f"{{{{ 'OFF' if {_HEALTH}.state == 'ok' else 'ON' }}}}",
            "json_attributes_topic": health,
            "json_attributes_template": f"{{{{ {_HEALTH}.checks | tojson }}}}",
        },
        "camera": {
            "platform": "binary_sensor",
            "name": "Camera",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "state_topic": health,
            "value_template": f"{{{{ 'ON' if {_CAMERA} else 'OFF' }}}}",
        },
        "watchlist_age": _figure(health, "Watchlist age", "watchlist_age_s", "duration", "s"),
        "temperature": _figure(health, "Temperature", "temperature_c", "temperature", "°C"),
        "backlog": _figure(health, "Hits waiting", "backlog_hits") | {"icon": "mdi:tray-full"},
    }


def _figure(
    topic: str, name: str, figure: str, device_class: str | None = None, unit: str = "hits"
) -> Entity:
    entity: Entity = {
        "platform": "sensor",
        "name": name,
        "entity_category": "diagnostic",
        "state_class": "measurement",
        "unit_of_measurement": unit,
        "state_topic": topic,
        # Home Assistant reads "None" as "not known".
        "value_template": f"{{{{ {_FIGURES}.{figure} | default('None') }}}}",
    }
    return entity | {"device_class": device_class} if device_class else entity


def _list_event(site: str, box: str, name: str) -> Entity:
    told = f"{{{{ {{'event_type': 'hit', {_HIT}}} | tojson }}}}"
    return {
        "platform": "event",
        "name": f"Hit on {name}",
        "icon": "mdi:account-alert",
        "event_types": ["hit"],
        "state_topic": hit_topic(site, box),
        "value_template": f"{{% if value_json.data.list == {name!r} %}}{told}{{% endif %}}",
    }


def _named(site: str, box: str, key: str) -> Entity:
    return {"unique_id": f"watchpost/{site}/{box}/{key}"}


def _list_key(name: str) -> str:
    return f"list_{name}"
