"""The pages show what is known, escaped, and nothing that needs another host."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from edge.runtime.state_file import write_state
from edge.status import texts
from edge.status.access.roles import Access, Role
from edge.status.pages import navigation
from edge.status.rendering import STATIC, TEMPLATES, coded
from edge.status.snapshot import Identity, Observer
from tests.fakes.clock import FakeClock
from tests.unit.status.page_fakes import FakeHitLog, hit, observe, state
from tests.unit.status.page_site import PageSite


def overview(site: PageSite, role: Role = Role.OPERATOR) -> str:
    site.sign_in(role)
    return site.ask("/").text


def test_the_overview_tells_verdict_parts_hits_versions_and_privacy(tmp_path: Path) -> None:
    page = overview(PageSite(tmp_path, hit(1, label="Room 12")))
    for expected in (
        *("Working.", "1 hit today.", "Watchlist 4 minutes old, 12 people."),
        *("Camera", "Recognition", "Delivery", "This box"),
        *("Room 12", "Almost certain", "99.1 %"),
        *("1.2.3", "default@1", texts.PRIVACY),
    ):
        assert expected in page


def test_a_name_is_for_the_operator_and_an_entry_for_the_installer(tmp_path: Path) -> None:
    site = PageSite(tmp_path, hit(1, label="Room 12"))
    assert "Room 12" in overview(site)
    page = overview(site, Role.INSTALLER) + site.ask("/live/overview").text
    assert "Room 12" not in page
    assert "Entry entry-1" in page


def test_signed_out_the_first_page_tells_how_the_box_is_and_nothing_more(tmp_path: Path) -> None:
    site = PageSite(tmp_path, hit(1, label="Room 12"))
    page = site.ask("/").text
    assert "Working." in page
    for hidden in ("Room 12", "1 hit", "entry-1", "home-7", "default@1", "1.2.3", "12 people"):
        assert hidden not in page


def test_signed_out_a_failure_is_told_without_its_cause(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    problem = "There is no camera at rtsp://10.0.0.9/stream."
    write_state(tmp_path, replace(state("recognise", site.clock.utc()), problem=problem))
    write_state(tmp_path, replace(state("report", site.clock.utc()), figures={"connected": 0.0}))
    page = site.ask("/").text
    assert "Watching, but hits are not sent." in page
    assert "no connection to" not in page
    assert "10.0.0.9" not in page


def test_an_empty_box_is_shown_as_not_reported(tmp_path: Path) -> None:
    log = FakeHitLog()
    log.broken = True
    observer = Observer(Identity("box", "site", "1"), tmp_path, log, FakeClock())
    page = overview(PageSite(tmp_path, observer=observer))
    assert "The recogniser has not reported yet." in page
    assert "The spool is damaged." in page


def test_markup_from_anywhere_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    clock, evil = FakeClock(), "<script>alert(1)</script>{{ 7 * 7 }}`<b>`"
    observer = observe(tmp_path, clock, replace(hit(1, label=evil), camera=evil, list_id=evil))
    said = replace(
        state("recognise", clock.utc()),
        problem=evil,
        remedy=evil,
        facts={"camera": evil, "unblurred": evil, evil: evil},
        figures={evil: 1.0},
    )
    write_state(tmp_path, said)
    page = overview(PageSite(tmp_path, observer=observer))
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "{{ 7 * 7 }}" in page


def test_visible_faces_are_told_on_every_page_of_whoever_is_signed_in(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    said = state("recognise", site.clock.utc())
    write_state(
        tmp_path, replace(said, facts={**said.facts, "unblurred": "2026-06-01T12:09:00+00:00"})
    )
    assert "Faces are visible" not in site.ask("/").text
    site.sign_in(Role.INSTALLER)
    for path in ("/", "/account", "/live/overview"):
        assert "Faces are visible in the preview</strong> until 12:09" in site.ask(path).text


def test_each_page_is_for_whom_the_navigation_names_and_marks_itself(tmp_path: Path) -> None:
    site = PageSite(tmp_path)
    for role in Role:
        site.sign_in(role)
        first = site.ask("/").text
        for entry in navigation():
            answer = site.ask(entry.path)
            assert answer.status_code == (200 if entry.access.allows(role) else 403), entry
            assert (f'href="{entry.path}"' in first) is entry.access.allows(role), entry
            if answer.status_code == 200 and entry.access is not Access.PUBLIC:
                assert f'href="{entry.path}" aria-current="page"' in answer.text


@pytest.mark.parametrize("file", sorted([*TEMPLATES.iterdir(), *STATIC.iterdir()]))
def test_no_file_of_the_page_names_another_host_or_carries_inline_code(file: Path) -> None:
    text = file.read_text()
    found = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", text)
    assert [one for one in found if "www.w3.org/2000/svg" not in one] == []
    assert re.search(r"\sstyle=|\son[a-z]+=|javascript:|<style|\|\s*safe", text) is None


def test_words_between_backticks_are_set_as_code() -> None:
    assert coded("Run `a < b` now") == "Run <code>a &lt; b</code> now"
    assert coded("one ` alone <") == "one ` alone &lt;"


def test_a_page_that_there_is_not_is_told_with_a_way_back(tmp_path: Path) -> None:
    answer = PageSite(tmp_path).ask("/nope")
    assert answer.status_code == 404
    assert "There is no such page on this box." in answer.text
