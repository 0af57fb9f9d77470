"""Every topic of a box stands in the access rules: mosquitto's, EMQX's and HiveMQ's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from edge.report import topics
from edge.report.home_assistant import discovery_topic

ROOT = Path(__file__).parents[3]
SITE, BOX = "site-1", "box-1"
WRITES = {
    topic(SITE, BOX)
    for topic in (
        topics.hit_topic,
        topics.status_topic,
        topics.health_topic,
        topics.uncertain_topic,
        topics.erasure_topic,
        topics.review_topic,
    )
} | {discovery_topic("homeassistant", SITE, BOX)}
READS = {topics.ack_topic(SITE, BOX), topics.announcement_topic()}


def mosquitto() -> tuple[set[str], set[str]]:
    text = (ROOT / "firmware_config/mosquitto/watchpost.acl").read_text()
    rules = re.findall(r"^pattern (read|write) (\S+)$", text, re.MULTILINE)
    return _split((how == "write", topic.replace("%u", f"{SITE}/{BOX}")) for how, topic in rules)


def emqx() -> tuple[set[str], set[str]]:
    text = (ROOT / "docs/scale.md").read_text()
    rules = re.findall(
        r'\{allow, \{username, \{re, "\^\[\^/\]\+/\[\^/\]\+\$"\}\}, (\w+),\s+\[(.*?)\]\}\.',
        text,
        re.DOTALL,
    )
    return _split(
        (how == "publish", topic.replace("${username}", f"{SITE}/{BOX}"))
        for how, listed in rules
        for topic in re.findall(r'"([^"]+)"', listed)
    )


def hivemq() -> tuple[set[str], set[str]]:
    text = (ROOT / "docs/scale.md").read_text()
    role = text[text.index("<id>box</id>") : text.index("<id>hub</id>")]
    rules = re.findall(r"<topic>(.+?)</topic><activity>(\w+)</activity>", role)
    return _split(
        (how == "PUBLISH", topic.replace("${{username}}", f"{SITE}/{BOX}")) for topic, how in rules
    )


def _split(rules: Iterable[tuple[bool, str]]) -> tuple[set[str], set[str]]:
    listed = list(rules)
    return {t for write, t in listed if write}, {t for write, t in listed if not write}


@pytest.mark.parametrize("rules", [mosquitto, emqx, hivemq])
def test_a_box_may_write_and_read_its_own_topics_and_no_more(
    rules: Callable[[], tuple[set[str], set[str]]],
) -> None:
    assert rules() == (WRITES, READS)
