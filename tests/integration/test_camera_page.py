"""The camera page in a real Chromium, on a real recogniser that watches the bundled clip."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from edge.demo.truth import clip
from edge.runtime.audit import AuditLog
from edge.runtime.ram_folder import is_in_ram
from edge.runtime.state_file import read_state
from edge.status.access.accounts import Accounts
from tests.integration.browser import CHROMIUM

RAM = Path("/dev/shm")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(not is_in_ram(RAM), reason="there is no folder in memory"),
]
SETTINGS = """
[box]
id = "aimed-box"
state_dir = "{state}"
run_dir = "{run}"
[[cameras]]
name = "doorway"
source = "{clip}"
loop = true
[[cameras]]
name = "yard"
source = "{clip}"
loop = true
[status]
port = 0
[clock]
trust = "system"
"""


class AimedBox:
    """``watchpost recognise`` and ``watchpost status`` on the clip, over and over."""

    def __init__(self, state_dir: Path, run_dir: Path) -> None:
        self.state_dir, self.run_dir = state_dir, run_dir
        (state_dir / "status").mkdir(parents=True)
        found = Accounts(state_dir / "status").prepare()
        self.passwords = {role.value: password for role, password in found.items()}
        config = state_dir / "watchpost.toml"
        config.write_text(SETTINGS.format(state=state_dir, run=run_dir, clip=clip().path))
        self._log = (state_dir / "log.txt").open("wb")
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "edge.cli.main", command, "--config", str(config)],
                stdout=self._log,
                stderr=self._log,
            )
            for command in ("recognise", "status")
        ]
        wait_until(lambda: bool(self.address))
        wait_until(lambda: read_state(run_dir, "recognise") is not None)

    @property
    def address(self) -> str:
        state = read_state(self.run_dir, "status")
        return state.facts.get("address", "") if state else ""

    def fact(self, name: str) -> str:
        state = read_state(self.run_dir, "recognise")
        return state.facts.get(name, "") if state else ""

    def preview(self) -> bool:
        return (self.run_dir / "preview.doorway.jpg").exists()

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(10)
        self._log.close()


def wait_until(true: Callable[[], bool], within_s: float = 30.0) -> None:
    end_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end_s, "it did not come true"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AimedBox]:
    with tempfile.TemporaryDirectory(dir=RAM) as run_dir:
        one = AimedBox(tmp_path_factory.mktemp("aimed") / "state", Path(run_dir))
        yield one
        one.close()
        assert not one.preview()


@pytest.fixture
def visit(browser: Browser, box: AimedBox) -> Iterator[Callable[..., Page]]:
    contexts = []

    def sign_in(role: str = "installer", width: int = 1280, scheme: str = "light") -> Page:
        viewport = {"width": width, "height": 900}
        context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(box.address + "sign-in?next=/camera")
        page.check(f"input[value={role}]")
        page.fill("input[name=password]", box.passwords[role])
        page.click("main button[type=submit]")
        return page

    yield sign_in
    for context in contexts:
        context.close()


def see_pictures(page: Page) -> None:
    expect(page.locator("#picture[data-number]")).to_be_visible(timeout=20_000)
    expect(page.locator("#boxes rect").first).to_be_attached(timeout=20_000)


def test_nobody_who_is_not_signed_in_gets_a_picture(browser: Browser, box: AimedBox) -> None:
    page = browser.new_page()
    for path in ("camera", "camera/picture.jpg", "camera/stream"):
        page.goto(box.address + path)
        assert "/sign-in" in page.url
    assert not (box.run_dir / "status" / "preview.doorway.wanted").exists()
    page.close()


def test_pictures_come_while_somebody_looks_and_are_gone_afterwards(
    box: AimedBox, visit: Callable[..., Page]
) -> None:
    page = visit()
    see_pictures(page)
    numbers = {page.locator("#picture").get_attribute("data-number") for _ in range(1)}
    page.wait_for_timeout(1500)
    numbers.add(page.locator("#picture").get_attribute("data-number"))
    assert len(numbers) == 2
    expect(page.locator("#gauge-size .said")).to_contain_text("px", timeout=15_000)
    page.goto(box.address + "notice")
    wait_until(lambda: not box.preview())
    assert list(box.run_dir.glob("preview.*")) == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_the_page_fits_is_silent_and_has_no_barriers(
    box: AimedBox, visit: Callable[..., Page], width: int, scheme: str
) -> None:
    page = visit(width=width, scheme=scheme)
    troubles: list[str] = []
    page.on("console", lambda one: troubles.append(one.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    see_pictures(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert troubles == []
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/camera-{width}-{scheme}.png", full_page=True)


def test_another_camera_can_be_chosen_and_is_then_the_only_one_shown(
    box: AimedBox, visit: Callable[..., Page]
) -> None:
    page = visit(width=360)
    see_pictures(page)
    assert box.preview()
    page.get_by_role("navigation", name="Cameras").get_by_role("link", name="yard").click()
    see_pictures(page)
    expect(page.get_by_role("img", name="Live picture of yard; faces are hidden")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wait_until(lambda: not box.preview())
    assert (box.run_dir / "preview.yard.jpg").exists()
    page.click("text=Hide faces now")
    see_pictures(page)
    assert page.url.endswith("/camera?camera=yard")


def test_an_operator_cannot_ask_to_see_faces(box: AimedBox, visit: Callable[..., Page]) -> None:
    page = visit("operator")
    expect(page.get_by_text("Only the installer may see faces.")).to_be_visible()
    csrf = page.locator("input[name=csrf]").first.get_attribute("value")
    answer = page.request.post(
        box.address + "camera/unblur",
        form={"csrf": csrf or "", "password": box.passwords["operator"]},
        headers={"origin": box.address.rstrip("/")},
    )
    assert answer.status == 403
    assert not (box.run_dir / "status" / "unblur.json").exists()


def test_seeing_faces_needs_the_password_and_leaves_banner_and_audit_lines(
    box: AimedBox, visit: Callable[..., Page]
) -> None:
    page = visit()
    see_pictures(page)
    page.fill("input[name=password]", "not the password")
    page.click("text=Show faces for 10 minutes")
    expect(page.get_by_text("The password is not right.")).to_be_visible()
    assert box.fact("unblurred") == ""

    page.fill("input[name=password]", box.passwords["installer"])
    page.click("text=Show faces for 10 minutes")
    expect(page.locator(".banner")).to_contain_text("Faces are visible", timeout=10_000)
    expect(page.locator("#picture[data-unblurred=true]")).to_be_visible(timeout=10_000)
    page.goto(box.address)
    expect(page.locator(".banner")).to_contain_text("Faces are visible")
    other = visit("operator")
    other.goto(box.address + "account")
    expect(other.locator(".banner")).to_contain_text("Faces are visible")
    other.goto(box.address + "camera")
    other.click("text=Hide faces now")
    wait_until(lambda: box.fact("unblurred") == "")
    page.goto(box.address + "camera")
    expect(page.locator("#picture[data-unblurred=false]")).to_be_visible(timeout=10_000)
    expect(page.locator(".banner")).to_have_count(0)

    own = AuditLog(box.state_dir / "preview-audit.log").verify()
    assert own.problem == ""
    assert [line["action"] for line in own.lines] == ["preview-unblurred", "preview-blurred"]
    asked = AuditLog(box.state_dir / "status" / "audit.log").verify()
    actions = [line["action"] for line in asked.lines]
    assert actions.count("preview-unblur") == 1
    assert box.passwords["installer"] not in json.dumps([asked.lines, own.lines])
