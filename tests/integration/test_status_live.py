"""The live part of a page in a real Chromium: it changes by itself, and leaves the reader alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from edge.runtime.atomic_file import write_atomically
from edge.status.access.roles import Role
from tests.integration.browser import CHROMIUM, visit_as
from tests.integration.status_box import Box, make_hit, working_box

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    one = working_box(tmp_path)
    yield one
    one.close()


def test_a_change_is_on_the_page_by_itself(browser: Browser, box: Box) -> None:
    visit = visit_as(browser, box)
    expect(visit.page.locator("h1")).to_have_text("Working.")
    box.healthy(frame_age_s=9.0)
    expect(visit.page.locator("h1")).to_have_text("Not watching.", timeout=20_000)
    box.healthy()
    expect(visit.page.locator("h1")).to_have_text("Working.", timeout=20_000)
    box.record(make_hit(4, label="Room 99"))
    expect(visit.page.get_by_text("Room 99")).to_be_visible(timeout=20_000)
    assert visit.troubles == []
    visit.context.close()


def test_what_the_reader_focused_stays(browser: Browser, box: Box) -> None:
    visit = visit_as(browser, box)
    link = visit.page.get_by_role("link", name="Account")
    link.focus()
    box.healthy(hits_total=77)
    expect(visit.page.locator("#tile-recognition").get_by_text("77")).to_be_visible(timeout=20_000)
    expect(link).to_be_focused()
    visit.context.close()


def test_a_review_button_keeps_its_focus_while_new_hits_come(browser: Browser, box: Box) -> None:
    """Keyboard users would else review another hit than the one they read."""
    visit = visit_as(browser, box)
    visit.page.goto(box.address + "hits")
    button = visit.page.get_by_role("button", name="Confirm Room 12")
    button.focus()
    for number in (6, 7):
        box.record(make_hit(number, label=f"Room {number}", age=timedelta(0)))
        new = visit.page.get_by_text(f"Room {number}", exact=True)
        expect(new).to_be_visible(timeout=20_000)
        expect(button).to_be_focused()
    rows = visit.page.locator("table.hits tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.first).to_contain_text("Room 7")
    visit.page.keyboard.press("Enter")
    confirmed = visit.page.get_by_role("row", name="Room 12").get_by_text("Confirmed")
    expect(confirmed).to_be_visible(timeout=20_000)
    assert visit.troubles == []
    visit.context.close()


def test_rows_that_go_and_change_their_order_leave_the_others_alone(
    browser: Browser, box: Box
) -> None:
    visit = visit_as(browser, box)
    visit.page.wait_for_load_state("load")
    found = visit.page.evaluate(
        """() => {
            const made = (ids) => {
                const list = document.createElement("ul");
                list.innerHTML = ids.map((id) => `<li id="x${id}">${id}</li>\\n`).join("");
                return list;
            };
            const now = made([1, 2, 3, 4]);
            const three = now.querySelector("#x3");
            const steps = [];
            for (const ids of [[5, 1, 2, 3, 4], [5, 3], [6, 3, 5], [], [3]]) {
                matchTree(now, made(ids));
                const kept = now.querySelector("#x3") === three;
                steps.push([[...now.children].map((one) => one.textContent).join(""), kept]);
            }
            return steps;
        }"""
    )
    assert found == [["51234", True], ["53", True], ["635", True], ["", False], ["3", False]]
    visit.context.close()


def test_the_broker_is_tried_at_the_press_of_a_button(browser: Browser, box: Box) -> None:
    visit = visit_as(browser, box, Role.INSTALLER)
    visit.page.goto(box.address + "system")
    visit.page.get_by_role("button", name="Test the broker now").click()
    expect(visit.page.get_by_text("Trying the broker now")).to_be_visible(timeout=20_000)
    asked = box.run_dir / "status" / "broker.json"
    said = {"format": 1, "asked_ns": asked.stat().st_mtime_ns, "took_s": 0.2}
    said |= {"ended_at": datetime.now(UTC).isoformat(), "problem": "", "remedy": ""}
    write_atomically(box.run_dir / "broker.json", json.dumps(said).encode(), durable=False)
    expect(visit.page.get_by_text("the broker took this box")).to_be_visible(timeout=20_000)
    found = Axe().run(visit.page)
    assert found.violations_count == 0, found.generate_report()
    assert visit.troubles == []
    visit.context.close()
