"""Debian's Chromium, and one look at a page with all that goes wrong meanwhile."""

from __future__ import annotations

import shutil
from typing import Literal

from playwright.sync_api import Browser, Page, Playwright

from edge.status.access.roles import Role
from tests.integration.status_box import Box

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
Scheme = Literal["light", "dark"]


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


class Visit:
    """One look at a page.

    Args:
        browser: Chromium.
        width: of the window, pixels.
        scheme: what the reader prefers.
    """

    def __init__(self, browser: Browser, width: int = 1280, scheme: Scheme = "light") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            ignore_https_errors=True,
        )
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda one: self.troubles.append(one.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", lambda one: self.requests.append(one.url))

    def sign_in(self, address: str, password: str, role: Role = Role.OPERATOR) -> None:
        """Type a password into the form, and send it."""
        self.page.goto(f"{address}sign-in")
        self.page.get_by_label(role.value.capitalize()).check()
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()


def visit_as(
    browser: Browser,
    box: Box,
    role: Role = Role.OPERATOR,
    width: int = 1280,
    scheme: Scheme = "light",
) -> Visit:
    """Somebody who has signed in."""
    visit = Visit(browser, width, scheme)
    visit.sign_in(box.address, box.password(role), role)
    return visit
