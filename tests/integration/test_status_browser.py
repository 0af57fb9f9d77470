"""The page in a real Chromium: it fits, stays silent, keeps itself up to date, and is for all."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from edge.runtime.audit import AuditLog
from edge.status.access.roles import Access, Role
from edge.status.context import Entry
from edge.status.pages import navigation
from tests.integration.browser import CHROMIUM, Scheme, Visit, visit_as
from tests.integration.status_box import Box, make_hit, working_box

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
FIRST_PAGE_BYTES = 150_000


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    one = working_box(tmp_path)
    yield one
    one.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A box for tests that change nothing."""
    one = working_box(tmp_path_factory.mktemp("still"))
    yield one
    one.close()


def role_for(entry: Entry) -> Role:
    return Role.INSTALLER if entry.access is Access.INSTALLER else Role.OPERATOR


@pytest.mark.parametrize("entry", navigation(), ids=lambda entry: entry.title)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_page_fits_asks_no_other_host_and_shuts_nobody_out(
    browser: Browser, still: Box, width: int, scheme: Scheme, entry: Entry
) -> None:
    visit = visit_as(browser, still, role_for(entry), width, scheme)
    visit.page.goto(still.address + entry.path.lstrip("/"))
    visit.page.wait_for_timeout(700)
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    assert visit.troubles == []
    assert all(url.startswith(still.address) for url in visit.requests)
    found = Axe().run(visit.page)
    assert found.violations_count == 0, found.generate_report()
    visit.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_sign_in_page_shuts_nobody_out(
    browser: Browser, still: Box, width: int, scheme: Scheme
) -> None:
    visit = Visit(browser, width, scheme)
    visit.sign_in(still.address, "wrong")
    expect(visit.page.get_by_role("alert").first).to_contain_text("The password is not right.")
    assert visit.page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(visit.page)
    assert found.violations_count == 0, found.generate_report()
    visit.sign_in(still.address, still.password())  # so that these wrong ones do not add up
    expect(visit.page.get_by_role("button", name="Sign out")).to_be_visible()
    visit.context.close()


def test_a_box_in_trouble_shuts_nobody_out(browser: Browser, box: Box) -> None:
    box.healthy(frame_age_s=9.0, clock_trusted=0, watchlist_people=0)
    for scheme in ("light", "dark"):
        visit = visit_as(browser, box, scheme=scheme)
        expect(visit.page.get_by_role("heading", name="Also needs attention")).to_be_visible()
        found = Axe().run(visit.page)
        assert found.violations_count == 0, found.generate_report()
        visit.context.close()


def test_the_first_page_is_small(browser: Browser, still: Box) -> None:
    visit = visit_as(browser, still)
    visit.page.route("**/events/**", lambda route: route.abort())
    sizes: list[int] = []
    visit.page.on("requestfinished", lambda one: sizes.append(one.sizes()["responseBodySize"]))
    visit.page.goto(still.address)
    visit.page.wait_for_load_state("load")
    assert 10_000 < sum(sizes) <= FIRST_PAGE_BYTES
    visit.context.close()


def test_somebody_signs_in_and_out_with_the_keyboard_only(browser: Browser, box: Box) -> None:
    visit = Visit(browser)
    page, keys = visit.page, visit.page.keyboard
    page.goto(box.address)
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(page.get_by_label("Operator")).to_be_focused()
    keys.press("ArrowRight")
    expect(page.get_by_label("Installer")).to_be_checked()
    keys.press("Tab")
    keys.type(box.password(Role.INSTALLER))
    keys.press("Enter")
    expect(page.get_by_text("Installer", exact=True)).to_be_visible()
    for _ in range(10):
        if page.evaluate("document.activeElement.textContent") == "Sign out":
            break
        keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert [one["action"] for one in deeds(box)] == ["sign-in", "sign-out"]
    assert visit.troubles == []
    visit.context.close()


def test_guessing_ends_in_a_lock_out_that_says_how_long(browser: Browser, box: Box) -> None:
    visit = Visit(browser)
    for _ in range(4):
        visit.sign_in(box.address, "wrong")
    expect(visit.page.get_by_role("alert").first).to_contain_text("The password is not right.")
    visit.sign_in(box.address, "wrong")
    expect(visit.page.get_by_role("alert").first).to_contain_text("Wait 5 minutes and try again.")
    visit.sign_in(box.address, box.password())
    expect(visit.page.get_by_role("alert").first).to_contain_text("too many wrong passwords")
    assert [one["action"] for one in deeds(box)] == ["lock-out"]
    visit.context.close()


def deeds(box: Box) -> tuple[dict[str, object], ...]:
    found = AuditLog(box.state_dir / "status" / "audit.log").verify()
    assert found.problem == ""
    return found.lines


def test_a_page_whose_session_has_ended_asks_to_sign_in(browser: Browser, box: Box) -> None:
    visit = visit_as(browser, box)
    other = visit.context.new_page()
    other.goto(box.address)
    other.get_by_role("button", name="Sign out").click()
    expect(visit.page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=20_000)
    visit.context.close()


def test_a_label_with_markup_runs_nothing(browser: Browser, box: Box) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    visit = visit_as(browser, box)
    box.record(make_hit(5, label=evil))
    expect(visit.page.get_by_text("<img src=x")).to_be_visible(timeout=20_000)
    assert visit.page.title() == "entrance · watchpost"
    assert visit.troubles == []
    visit.context.close()


def test_a_dead_box_is_told_and_its_return_too(browser: Browser, box: Box) -> None:
    visit = visit_as(browser, box)
    expect(visit.page.locator("h1")).to_have_text("Working.")
    # The heading stands before the script has come; a box stopped now would never send it.
    visit.page.wait_for_load_state("load")
    assert box.page is not None
    box.page.send_signal(signal.SIGSTOP)
    expect(visit.page.get_by_role("alert")).to_contain_text("No answer", timeout=16_000)
    box.page.send_signal(signal.SIGCONT)
    expect(visit.page.locator("#connection")).to_be_hidden(timeout=20_000)
    visit.context.close()


def test_too_many_watchers_ask_every_two_seconds_instead(browser: Browser, box: Box) -> None:
    crowd = [visit_as(browser, box) for _ in range(16)]
    for one in crowd:
        # Each of these pages holds four streams more, so that none is left.
        one.page.evaluate("for (let i = 0; i < 4; i++) new EventSource('/events/overview')")
    time.sleep(1)
    late = visit_as(browser, box)
    box.healthy(frame_age_s=9.0)
    expect(late.page.locator("h1")).to_have_text("Not watching.", timeout=20_000)
    assert [url for url in late.requests if url.endswith("/live/overview")]
    for one in [*crowd, late]:
        one.context.close()


def test_the_page_is_made_of_landmarks_headings_and_a_labelled_table(
    browser: Browser, box: Box
) -> None:
    for width in (360, 1280):
        visit = visit_as(browser, box, width=width)
        page = visit.page
        for role in ("banner", "main", "contentinfo", "navigation"):
            expect(page.get_by_role(role)).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("status").first).to_have_text("Working.")
        table = page.get_by_role("table", name="The latest hits, newest first")
        expect(table.get_by_role("columnheader")).to_have_count(5)
        expect(table.get_by_role("rowheader")).to_have_count(3)
        visit.context.close()
