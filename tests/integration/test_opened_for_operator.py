"""A hit's picture and a list's names, from what is sealed to the operator's eyes, in Chromium."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from edge.compose import box as boxes
from edge.compose import lists
from edge.compose.answering import make_answering
from edge.report.spool import Bounds, SpoolWriter
from edge.report.spool_evidence import PicturedDrafts
from edge.runtime.audit import AuditLog
from edge.runtime.clock import NeverBefore, SystemClock
from edge.runtime.ram_folder import is_in_ram
from edge.runtime.setting_tables import BoxSettings, Settings
from edge.status.access.roles import Role
from edge.values import Hit, ListInfo
from edge.watchlist.gallery import Gallery
from edge.watchlist.watched import BackgroundGallery, WatchedGallery
from tests.fakes.page_files import write_list
from tests.fakes.watchlists import PACK, entry, show, watchlist
from tests.integration.browser import CHROMIUM, launch, visit_as
from tests.integration.status_box import Box, make_hit

RAM = Path("/dev/shm")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(not is_in_ram(RAM), reason="there is no folder in memory"),
]


CLOCK = SystemClock(trust_system=True)
VERSION = 17  # as the page's list says


def gallery_of(settings: Settings) -> BackgroundGallery:
    """The list that the page is told of, with two people on it."""
    until = CLOCK.utc() + timedelta(days=30)
    people = [entry(n, list_id="residents", expires=until) for n in (1, 2)]
    info = ListInfo("residents", "Tell the nurses.", show_label=True)
    empty = watchlist(version=VERSION, expires=until)
    held = Gallery("any", CLOCK)
    show(held, replace(empty, lists=(info,), entries=tuple(people)))
    watched = WatchedGallery(lists.store(settings), held, PACK, NeverBefore(CLOCK))
    return BackgroundGallery(watched)


def pictured(hit: Hit) -> Hit:
    """The hit with a picture: a grey disc, which is nobody."""
    face = np.full((160, 160, 3), 90, np.uint8)
    cv2.circle(face, (80, 80), 60, (200, 200, 200), -1)
    _, data = cv2.imencode(".jpg", face)
    return replace(hit, recognition=replace(hit.recognition, picture=data.tobytes()))


@pytest.fixture
def box() -> Iterator[Box]:
    with tempfile.TemporaryDirectory(dir=RAM) as folder:
        one = Box(Path(folder))
        one.start_page()
        one.healthy()
        yield one
        one.close()


@contextmanager
def recogniser(box: Box) -> Iterator[None]:
    """The part of the recognise process that opens pictures, as it is composed there."""
    settings = Settings(box=BoxSettings(state_dir=box.state_dir, run_dir=box.run_dir))
    drafts = PicturedDrafts(boxes.evidence_key(settings))
    writer = SpoolWriter(box.state_dir / "spool.db", Bounds(max_rows=1000))
    hits = (pictured(make_hit(1, label="Room 12")), make_hit(2, label="Room 14"))
    writer.append_drafts([drafts(one) for one in hits])
    writer.close()
    answering = make_answering(settings, CLOCK, gallery_of(settings))
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.05):
            for one in answering:
                one.look_around()

    thread = threading.Thread(target=look)
    thread.start()
    yield
    stop.set()
    thread.join()
    for one in answering:
        one.close()


def actions(path: Path) -> list[str]:
    found = AuditLog(path).verify()
    assert found.problem == ""
    return [str(line["action"]) for line in found.lines]


def test_the_operator_sees_the_picture_after_the_password_and_both_logs_say_so(box: Box) -> None:
    with recogniser(box), sync_playwright() as playwright:
        browser = launch(playwright)
        visit = visit_as(browser, box)
        page = visit.page
        page.goto(box.address + "hits")
        expect(page.get_by_role("link", name="Picture of Room 14")).to_have_count(0)
        page.get_by_role("link", name="Picture of Room 12").click()
        expect(page.get_by_role("img", name="Face of the person")).to_have_count(0)
        page.get_by_label("Your password again").fill(box.password(Role.OPERATOR))
        page.get_by_role("button", name="Show the picture").click()
        picture = page.get_by_role("img", name="Face of the person")
        expect(picture).to_be_visible(timeout=20_000)
        assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") == 160
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("row", name="Room 12").get_by_text("Confirmed")).to_be_visible()
        assert visit.troubles == []
        browser.close()
    assert actions(box.state_dir / "preview-audit.log") == ["hit-picture-opened"]
    assert actions(box.state_dir / "status" / "audit.log") == [
        *("sign-in", "hit-pictures-unlocked", "hit-picture-asked", "hit-confirmed")
    ]
    assert list((box.run_dir / "pictures").iterdir()) == []


def test_the_operator_reads_the_names_on_a_list_and_they_are_put_away(box: Box) -> None:
    write_list(box.run_dir, CLOCK.utc())
    with recogniser(box), sync_playwright() as playwright:
        browser = launch(playwright)
        for width, scheme in ((1280, "light"), (360, "dark")):
            visit = visit_as(browser, box, width=width, scheme=scheme)  # type: ignore[arg-type]
            page = visit.page
            page.goto(box.address + "watchlist")
            page.get_by_role("button", name="Show the names on residents").click()
            expect(page.get_by_role("rowheader", name="Person 2")).to_be_visible(timeout=20_000)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            assert visit.troubles == []
        browser.close()
    assert actions(box.state_dir / "preview-audit.log") == ["names-opened"] * 2
    assert actions(box.state_dir / "status" / "audit.log") == ["sign-in", "names-asked"] * 2
    assert list((box.run_dir / "names").iterdir()) == []


def test_the_page_has_no_key_and_the_store_holds_no_open_picture(box: Box) -> None:
    with recogniser(box):
        key = box.state_dir / "evidence.key"
        assert key.stat().st_mode & 0o077 == 0
        files = [one for one in box.state_dir.rglob("*") if one.is_file()]
        assert all(b"\xff\xd8\xff" not in one.read_bytes() for one in files)
