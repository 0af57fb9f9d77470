"""The page in a real Chromium: it fits, stays silent, and keeps itself up to date."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.integration.status_box import Box, make_hit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield one
        one.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    one = Box(tmp_path)
    one.start_page()
    one.healthy()
    one.record(
        make_hit(1, label="Room 12", age=timedelta(days=2)),
        make_hit(2, probability=0.91, list_id="staff", age=timedelta(hours=1)),
        make_hit(3, label="a-very-long-label-" * 5),
    )
    one.deliver(sent=[2], acknowledged=[1])
    yield one
    one.close()


class Visit:
    """One look at a page, and all that went wrong meanwhile."""

    def __init__(
        self, browser: Browser, width: int = 1280, scheme: Literal["light", "dark"] = "light"
    ) -> None:
        viewport = {"width": width, "height": 800}
        self.context = browser.new_context(viewport=viewport, color_scheme=scheme)
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda one: self.troubles.append(one.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", lambda one: self.requests.append(one.url))


@pytest.mark.parametrize("path", ["", "notice"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_and_asks_no_other_host(
    browser: Browser, box: Box, width: int, scheme: Literal["light", "dark"], path: str
) -> None:
    visit = Visit(browser, width, scheme)
    visit.page.goto(box.address + path)
    visit.page.wait_for_timeout(700)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.troubles == []
    assert visit.requests
    assert all(url.startswith(box.address) for url in visit.requests)
    visit.context.close()


def test_a_change_is_on_the_page_within_two_seconds(browser: Browser, box: Box) -> None:
    visit = Visit(browser)
    visit.page.goto(box.address)
    expect(visit.page.locator("h1")).to_have_text("Working.")
    box.healthy(frame_age_s=9.0)
    expect(visit.page.locator("h1")).to_have_text("Not watching.", timeout=2000)
    box.healthy()
    expect(visit.page.locator("h1")).to_have_text("Working.", timeout=2000)
    box.record(make_hit(4, label="Room 99"))
    expect(visit.page.get_by_text("Room 99")).to_be_visible(timeout=2000)
    assert visit.troubles == []
    visit.context.close()


def test_what_the_reader_opened_and_focused_stays(browser: Browser, box: Box) -> None:
    visit = Visit(browser)
    visit.page.goto(box.address)
    summary = visit.page.locator("#card-recognise summary")
    summary.focus()
    visit.page.keyboard.press("Enter")
    box.healthy(hits_total=77)
    card = visit.page.locator("#card-recognise")
    expect(card.get_by_text("77", exact=True)).to_be_visible(timeout=2000)
    expect(card.get_by_text("Queue wait")).to_be_visible()
    expect(summary).to_be_focused()
    visit.context.close()


def test_a_label_with_markup_runs_nothing(browser: Browser, box: Box) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    visit = Visit(browser)
    visit.page.goto(box.address)
    box.record(make_hit(5, label=evil))
    expect(visit.page.get_by_text("<img src=x")).to_be_visible(timeout=2000)
    assert visit.page.title() == "entrance · watchpost"
    assert visit.troubles == []
    visit.context.close()


def test_a_dead_box_is_told_and_its_return_too(browser: Browser, box: Box) -> None:
    visit = Visit(browser)
    visit.page.goto(box.address)
    expect(visit.page.locator("h1")).to_have_text("Working.")
    assert box.page is not None
    box.page.send_signal(signal.SIGSTOP)
    expect(visit.page.get_by_role("alert")).to_contain_text("No answer", timeout=16_000)
    box.page.send_signal(signal.SIGCONT)
    expect(visit.page.locator("#connection")).to_be_hidden(timeout=5000)
    visit.context.close()


def test_too_many_watchers_ask_every_two_seconds_instead(browser: Browser, box: Box) -> None:
    crowd = [Visit(browser) for _ in range(4)]
    for one in crowd:
        # Each of these pages holds four streams more, so that none is left.
        one.page.goto(box.address)
        one.page.evaluate("for (let i = 0; i < 4; i++) new EventSource('/events')")
    time.sleep(1)
    late = Visit(browser)
    late.page.goto(box.address)
    box.healthy(frame_age_s=9.0)
    expect(late.page.locator("h1")).to_have_text("Not watching.", timeout=5000)
    assert [url for url in late.requests if url.endswith("/live")]
    for one in [*crowd, late]:
        one.context.close()


def test_the_page_is_made_of_landmarks_headings_and_a_labelled_table(
    browser: Browser, box: Box
) -> None:
    for width in (360, 1280):
        visit = Visit(browser, width)
        visit.page.goto(box.address)
        page = visit.page
        for role in ("banner", "main", "contentinfo", "navigation"):
            expect(page.get_by_role(role)).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("status").first).to_have_text("Working.")
        table = page.get_by_role("table", name="The latest hits, newest first")
        expect(table.get_by_role("columnheader")).to_have_count(5)
        expect(table.get_by_role("rowheader")).to_have_count(3)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        visit.context.close()
