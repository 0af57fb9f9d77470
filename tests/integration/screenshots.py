"""Takes pictures of the pages for docs/screenshots (`make screenshots`)."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from edge.status.access.roles import Access, Role
from edge.status.context import Entry
from edge.status.pages import navigation
from tests.fakes.page_files import write_curve, write_list
from tests.integration.browser import Scheme, Visit, launch
from tests.integration.preview_clip import shown_pictures
from tests.integration.status_box import Box, make_hit

PHONE, DESK = 360, 1280
FOR_INSTALLERS = ("/camera", "/system")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        box = Box(Path(place))
        box.start_page()
        box.healthy()
        hits = [
            make_hit(n, label=f"Room {n + 8}", age=timedelta(minutes=7 * n))
            for n in range(6, 0, -1)
        ]
        box.record(*hits)
        box.deliver(sent=[5], acknowledged=[1, 2, 3, 4])
        write_list(box.run_dir, datetime.now(UTC))
        write_curve(box.run_dir)
        camera = threading.Thread(target=show_clip, args=(box.run_dir,), daemon=True)
        camera.start()
        while not (box.run_dir / "preview.camera-1.json").exists():
            time.sleep(0.1)
        browser = launch(playwright)
        try:
            take_all(browser, box, folder)
        finally:
            browser.close()
            box.close()


def show_clip(run_dir: Path) -> None:
    """Let the recogniser's preview show the bundled clip, in which nobody is real."""
    for _ in shown_pictures(run_dir, rounds=100):
        time.sleep(0.25)


def take_all(browser: Browser, box: Box, folder: Path) -> None:
    shoot(browser, box, folder / "sign-in.png", "sign-in", None)
    for entry in navigation():
        for suffix, width, scheme in shots_of(entry):
            file = folder / f"{name_of(entry)}{suffix}.png"
            shoot(browser, box, file, entry.path, role_for(entry), width, scheme)
    box.healthy(frame_age_s=9.0)
    shoot(browser, box, folder / "overview-trouble.png", "", Role.OPERATOR)


def shots_of(entry: Entry) -> list[tuple[str, int, Scheme]]:
    shots: list[tuple[str, int, Scheme]] = [("", DESK, "light"), ("-phone", PHONE, "light")]
    return [*shots, ("-dark", DESK, "dark")] if entry.path == "/" else shots


def role_for(entry: Entry) -> Role:
    installers = entry.access is Access.INSTALLER or entry.path in FOR_INSTALLERS
    return Role.INSTALLER if installers else Role.OPERATOR


def name_of(entry: Entry) -> str:
    return entry.path.strip("/").replace("/", "-") or "overview"


def shoot(
    browser: Browser,
    box: Box,
    file: Path,
    path: str,
    role: Role | None,
    width: int = DESK,
    scheme: Scheme = "light",
) -> None:
    visit = Visit(browser, width, scheme)
    if role is not None:
        visit.sign_in(box.address, box.password(role), role)
    visit.page.goto(box.address + path.lstrip("/"))
    visit.page.wait_for_timeout(2500)
    visit.page.screenshot(path=file, full_page=True)
    visit.context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screenshots"))
