"""What several integration tests are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.broker import Mosquitto

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    # Most of these tests need none, and it takes long to load.
    from playwright.sync_api import sync_playwright

    from tests.integration.browser import launch

    with sync_playwright() as playwright:
        one = launch(playwright)
        yield one
        one.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A mosquitto that everyone may use."""
    one = Mosquitto(tmp_path / "broker")
    one.start()
    yield one
    one.stop()
