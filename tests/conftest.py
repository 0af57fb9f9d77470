"""What all tests share: how many examples Hypothesis draws.

``pytest --hypothesis-profile=ten-thousand`` draws 10,000 in each test that fuzzes a format.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("ten-thousand", max_examples=10_000, deadline=None)
