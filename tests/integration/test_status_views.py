"""Hits are reviewed and a budget is set in a real Chromium, with the keyboard too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from edge.runtime.audit import AuditLog
from edge.status.access.roles import Role
from tests.fakes.page_files import write_curve, write_list
from tests.integration.browser import CHROMIUM, Visit
from tests.integration.status_box import Box, make_hit, wait_until

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
PATHS = ("hits", "watchlist", "false-alarms", "system", "notice", "notice/sign")


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    one = Box(tmp_path)
    one.start_page()
    one.healthy()
    write_curve(one.run_dir)
    write_list(one.run_dir, datetime.now(UTC))
    one.record(make_hit(1, label="Room 12"), make_hit(2, label="Room 13"))
    yield one
    one.close()


def visit(browser: Browser, box: Box, path: str, role: Role = Role.OPERATOR) -> Visit:
    one = Visit(browser)
    one.sign_in(box.address, box.password(role), role)
    one.page.goto(box.address + path)
    return one


def deeds(box: Box) -> list[str]:
    lines = AuditLog(box.state_dir / "status" / "audit.log").verify().lines
    return [str(one["action"]) for one in lines]


def test_a_hit_is_reviewed_and_the_figure_follows(browser: Browser, box: Box) -> None:
    one = visit(browser, box, "hits")
    one.page.get_by_role("button", name="Confirm Room 13").click()
    row = one.page.get_by_role("row").filter(has_text="Room 13")
    expect(row.get_by_text("Confirmed")).to_be_visible()
    one.page.get_by_role("button", name="Not this person: Room 12").press("Enter")
    expect(one.page.get_by_text("1 of 2 reviewed")).to_be_visible()
    assert deeds(box)[-2:] == ["hit-confirmed", "hit-dismissed"]
    waiting = list((box.state_dir / "status" / "reviews").glob("*.json"))
    assert len(waiting) == 2
    assert one.troubles == []
    one.context.close()


def test_a_new_hit_comes_onto_the_page_by_itself(browser: Browser, box: Box) -> None:
    one = visit(browser, box, "hits")
    box.record(make_hit(3, label="Room 99"))
    expect(one.page.get_by_text("Room 99")).to_be_visible(timeout=2000)
    one.context.close()


def test_the_slider_previews_before_anything_is_saved(browser: Browser, box: Box) -> None:
    one = visit(browser, box, "false-alarms")
    chosen = box.state_dir / "status" / "budget.json"
    slider = one.page.get_by_label("Budget to try")
    before = one.page.locator('[data-say="misses"]').text_content()
    slider.focus()
    for _ in range(4):
        slider.press("ArrowRight")
    expect(one.page.locator('[data-say="value"]')).to_have_text("5 a week")
    assert one.page.locator('[data-say="misses"]').text_content() != before
    assert not chosen.exists()
    one.page.get_by_role("button", name="Save").click()
    expect(one.page.get_by_text("Saved: 5 false alarms a week.")).to_be_visible()
    wait_until(chosen.exists, 60)
    assert json.loads(chosen.read_bytes())["false_alarms_per_week"] == 5
    assert deeds(box)[-1] == "budget-set"
    assert one.troubles == []
    one.context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_fits_and_is_silent(browser: Browser, box: Box, width: int) -> None:
    one = Visit(browser, width)
    one.sign_in(box.address, box.password(Role.INSTALLER), Role.INSTALLER)
    for path in PATHS:
        one.page.goto(box.address + path)
        one.page.wait_for_timeout(300)
        assert one.page.evaluate("document.documentElement.scrollWidth") == width, path
    assert one.troubles == []
    assert all(url.startswith(box.address) for url in one.requests)
    one.context.close()


def test_the_sign_is_one_page_of_a4(browser: Browser, box: Box) -> None:
    one = Visit(browser)
    one.page.goto(box.address + "notice/sign?lang=de")
    printed = one.page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 1
    one.context.close()
