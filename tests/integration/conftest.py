"""What several integration tests are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.broker import Mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A mosquitto that everyone may use."""
    one = Mosquitto(tmp_path / "broker")
    one.start()
    yield one
    one.stop()
