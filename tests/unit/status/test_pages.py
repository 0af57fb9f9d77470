"""The pages show what is known, escaped, and nothing that needs another host."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from edge.runtime.state_file import write_state
from edge.status import texts
from edge.status.pages import STATIC, TEMPLATES, Pages, coded
from edge.status.snapshot import Identity, Observer
from tests.fakes.clock import FakeClock
from tests.unit.status.page_fakes import FakeHitLog, hit, observe, state


def test_the_page_tells_verdict_processes_hits_version_and_privacy(tmp_path: Path) -> None:
    page = Pages(observe(tmp_path, FakeClock(), hit(1, label="Room 12")), UTC).home()
    for expected in (
        "Working.",
        "1 hit today.",
        "Recogniser",
        "Reporter",
        "Room 12",
        "Almost certain",
        "99.1 %",
        "watchpost 1.2.3",
        "default@1",
        texts.PRIVACY,
    ):
        assert expected in page


def test_a_person_without_a_label_is_shown_by_the_entry(tmp_path: Path) -> None:
    assert "Entry entry-1" in Pages(observe(tmp_path, FakeClock(), hit(1)), UTC).live()


def test_an_empty_box_is_shown_as_not_reported(tmp_path: Path) -> None:
    log = FakeHitLog()
    log.broken = True
    identity = Identity("box", "site", "1")
    page = Pages(Observer(identity, tmp_path, log, FakeClock()), UTC).home()
    assert "The recogniser has not reported yet." in page
    assert "The spool is damaged." in page


def test_markup_from_anywhere_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    clock, evil = FakeClock(), "<script>alert(1)</script>{{ 7 * 7 }}`<b>`"
    observer = observe(tmp_path, clock, replace(hit(1, label=evil), camera=evil, list_id=evil))
    write_state(
        tmp_path,
        replace(
            state("recognise", clock.utc()),
            problem=evil,
            remedy=evil,
            facts={"camera": evil, evil: evil},
            figures={evil: 1.0},
        ),
    )
    page = Pages(observer, UTC).home()
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "{{ 7 * 7 }}" in page


@pytest.mark.parametrize("file", sorted([*TEMPLATES.iterdir(), *STATIC.iterdir()]))
def test_no_file_of_the_page_names_another_host_or_carries_inline_code(file: Path) -> None:
    text = file.read_text()
    found = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", text)
    assert [one for one in found if "www.w3.org/2000/svg" not in one] == []
    assert re.search(r"\sstyle=|\son[a-z]+=|javascript:|<style|\|\s*safe", text) is None


def test_the_live_part_is_rendered_once_for_all(tmp_path: Path) -> None:
    pages = Pages(observe(tmp_path, FakeClock()), UTC)
    assert pages.live() is pages.live()


def test_words_between_backticks_are_set_as_code() -> None:
    assert coded("Run `a < b` now") == "Run <code>a &lt; b</code> now"
    assert coded("one ` alone <") == "one ` alone &lt;"


def test_the_notice_says_whom_to_ask(tmp_path: Path) -> None:
    page = Pages(observe(tmp_path, FakeClock()), UTC).notice()
    assert "How to ask" in page
    assert "home-7" in page
