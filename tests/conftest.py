"""What all tests share: how many examples Hypothesis draws, and signals set back.

``pytest --hypothesis-profile=ten-thousand`` draws 10,000 in each test that fuzzes a format.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("ten-thousand", max_examples=10_000, deadline=None)


@pytest.fixture
def signals_set_back() -> Iterator[None]:
    """For tests of a service in their own process: its handlers are gone afterwards."""
    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
