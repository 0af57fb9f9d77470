"""Health, uncertain passages and Home Assistant's description: what is told, and when."""

from __future__ import annotations

import json
from dataclasses import replace

from edge.processes.discovery import HomeAssistantTeller, SilentTeller
from edge.processes.health import HealthTeller, checks
from edge.processes.telling import Moment
from edge.report.messages import Level, parse_health, parse_uncertain
from edge.report.topics import health_topic, uncertain_topic
from edge.status.checks import CHECKS
from edge.status.snapshot import Snapshot
from tests.fakes.clock import FakeClock
from tests.unit.status.page_fakes import figured, snapshot, state

FRESH = Moment(fresh=True, problem=None, backlog_hits=0, watchlist_version=3)
LATER = replace(FRESH, fresh=False)
HEALTH = health_topic("home-7", "entrance")
UNCERTAIN = uncertain_topic("home-7", "entrance")


class Box:
    """A box that can be looked at and changed."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.seen: Snapshot = snapshot()
        self.teller = HealthTeller(lambda: self.seen, lambda: 51.5, self.clock)

    def due_after(self, seconds: float) -> dict[str, bytes]:
        self.clock.advance(seconds)
        return dict(self.teller.due(LATER))


def connected() -> Box:
    box = Box()
    assert not box.teller.due(FRESH), "the state files do not know of the connection yet"
    assert HEALTH in box.due_after(2)
    return box


def test_health_says_what_the_page_says() -> None:
    box = Box()
    box.teller.due(FRESH)
    box.seen = snapshot(recognise=figured("recognise", frame_age_s=40.0))
    health = parse_health(box.due_after(2)[HEALTH])
    assert (health.site, health.box, health.level) == ("home-7", "entrance", Level.FAILURE)
    assert set(health.checks) == set(CHECKS)
    assert health.checks["frames"].level is Level.FAILURE
    assert "camera's cable" in health.checks["frames"].words
    assert health.checks["recogniser"].level is Level.OK
    assert health.figures["frames_per_s"] == 10.0
    assert health.figures["temperature_c"] == 51.5
    assert health.figures["watchlist_age_s"] == 250


def test_every_check_finds_under_its_own_name() -> None:
    for name, finding in ((n, c(snapshot(recognise=None, report=None))) for n, c in CHECKS.items()):
        assert finding is None or finding.check == name


def test_health_is_told_every_minute_and_when_a_check_changes() -> None:
    box = connected()
    assert not box.due_after(10)
    assert HEALTH in box.due_after(60)
    box.seen = snapshot(recognise=None)
    assert parse_health(box.due_after(5)[HEALTH]).level is Level.FAILURE
    assert not box.due_after(5)


def test_a_new_connection_is_told_although_nothing_changed() -> None:
    box = connected()
    assert not box.due_after(5)
    box.teller.due(FRESH)
    assert HEALTH in box.due_after(2)


def test_a_figure_that_is_not_known_is_absent() -> None:
    box = Box()
    box.teller = HealthTeller(lambda: box.seen, lambda: None, box.clock)
    box.seen = snapshot(report=None)
    box.teller.due(FRESH)
    health = parse_health(box.due_after(2)[HEALTH])
    assert not {"temperature_c", "backlog_hits"} & set(health.figures)


def test_uncertain_passages_are_counted_by_list_and_told_when_they_grow() -> None:
    box = connected()
    one = replace(state("recognise"), facts={"uncertain": "guests 1, staff 2"})
    box.seen = snapshot(recognise=one)
    told = parse_uncertain(box.due_after(5)[UNCERTAIN])
    assert (told.passages, told.since) == ({"guests": 1, "staff": 2}, one.started_at)
    assert UNCERTAIN not in box.due_after(5)
    box.seen = snapshot(recognise=replace(one, facts={"uncertain": "guests 1, staff 3"}))
    assert parse_uncertain(box.due_after(5)[UNCERTAIN]).passages["staff"] == 3


def test_no_list_that_asks_means_no_count() -> None:
    box = connected()
    assert UNCERTAIN not in box.due_after(60)


def test_health_names_no_entry_and_no_list() -> None:
    found = checks(snapshot())
    assert all(one.words == "" for one in found.values())


class Lists:
    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked = 0

    def __call__(self) -> tuple[str, ...]:
        self.asked += 1
        return self.names


def described(teller: HomeAssistantTeller, moment: Moment) -> dict[str, object] | None:
    due = teller.due(moment)
    return json.loads(due[0][1])["components"] if due else None


def test_home_assistant_is_told_at_each_connection_and_when_the_lists_change() -> None:
    lists = Lists("staff")
    teller = HomeAssistantTeller("t", site="s", box="b", version="1", lists=lists)
    first = described(teller, FRESH)
    assert first is not None
    assert "list_staff" in first
    assert described(teller, LATER) is None
    assert described(teller, FRESH) == first
    assert lists.asked == 1, "the list is read only when its version changed"
    lists.names = ("guests",)
    second = described(teller, replace(LATER, watchlist_version=4))
    assert second is not None
    assert "list_guests" in second
    assert second["list_staff"] == {"platform": "event"}, "the removed list's entity goes"


def test_switched_off_the_description_is_taken_back() -> None:
    teller = SilentTeller("homeassistant/device/s/b/config")
    assert teller.due(FRESH) == [("homeassistant/device/s/b/config", b"")]
    assert teller.due(LATER) == []
