"""Curves are drawn, and what cannot be drawn is refused before anything is measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.eval.det_curve import Point
from edge.eval.plot import check_plot, draw

CURVE = [Point(0.001, 0.96, 0.2, 0.1, 0.3), Point(0.1, 0.9, 0.0, 0.0, 0.05)]
WITHOUT_MATPLOTLIB = """
import sys
sys.modules["matplotlib"] = None
from pathlib import Path
from edge.errors import ConfigError
from edge.eval.plot import check_plot
try:
    check_plot(Path("curve.png"))
except ConfigError as error:
    print(error.remedy)
"""


@pytest.mark.parametrize(("name", "begins"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml")])
def test_a_curve_becomes_a_picture(tmp_path: Path, name: str, begins: bytes) -> None:
    pytest.importorskip("matplotlib", reason="the extra eval is not installed")
    draw({"3 enrolled": CURVE}, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize("name", ["a.gif", "nowhere/a.png", "a"])
def test_a_place_where_no_picture_can_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        check_plot(tmp_path / name)


def test_without_matplotlib_the_error_says_what_to_install() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_MATPLOTLIB], capture_output=True, text=True, check=True
    )
    assert "watchpost[eval]" in said.stdout
