"""Kernels that miscalculate are switched off before anybody is named by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numkong
import numpy as np
import pytest

from edge.errors import WatchlistError
from edge.watchlist import products
from edge.watchlist.part import Part
from edge.watchlist.search import ExactSearch
from tests.fakes.watchlists import table


class WrongKernels:
    """NumKong on a processor on which some of its kernels are wrong."""

    def __init__(self, *wrong: str) -> None:
        self.on = {"serial": True, "neon": True, "sve": False, "sve2": True, "sme": True}
        self._wrong = wrong

    def get_capabilities(self) -> dict[str, bool]:
        return dict(self.on)

    def disable_capability(self, name: str) -> None:
        self.on[name] = False

    def dots_pack(self, rows: Any) -> Any:
        return numkong.dots_pack(rows)

    def dots_packed(self, rows: Any, packed: Any) -> Any:
        found = np.array(numkong.dots_packed(rows, packed))
        if any(self.on[name] for name in self._wrong):
            found[-1, -1] += 1
        return found


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    products.make_sure.cache_clear()
    yield
    products.make_sure.cache_clear()


def test_right_kernels_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = WrongKernels()
    monkeypatch.setattr(products, "numkong", kernels)
    products.make_sure(128)
    assert kernels.on["sme"]


def test_wrong_kernels_are_switched_off_and_no_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kernels = WrongKernels("sme")
    monkeypatch.setattr(products, "numkong", kernels)
    products.make_sure(128)
    assert kernels.on == {"serial": True, "neon": True, "sve": False, "sve2": True, "sme": False}
    assert "sme" in caplog.text


def test_where_nothing_calculates_right_no_search_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "numkong", WrongKernels("serial"))
    with pytest.raises(WatchlistError, match="dot products are wrong"):
        ExactSearch([Part(table(np.eye(4, 128, dtype=np.int8)))])
