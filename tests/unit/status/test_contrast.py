"""Text stands out from what is behind it, in both colour schemes (WCAG 2.2, 1.4.3 AA)."""

from __future__ import annotations

import re

import pytest

from edge.status.rendering import STATIC

LEAST = 4.5
PAIRS = [
    *((text, ground) for text in ("ink", "quiet", "brand") for ground in ("page", "panel")),
    *((tone, f"{tone}-tint") for tone in ("good", "warning", "failure", "plain")),
    *(("ink", f"{tone}-tint") for tone in ("good", "warning", "failure")),
    ("warning", "panel"),
    ("on-brand", "brand"),
    ("ink", "brand-tint"),
]


def schemes() -> dict[str, dict[str, str]]:
    light, dark = (STATIC / "status.css").read_text().split("@media (prefers-color-scheme: dark)")
    pattern = re.compile(r"--([a-z-]+): #([0-9a-f]{6});")
    first = dict(pattern.findall(light))
    return {"light": first, "dark": first | dict(pattern.findall(dark))}


def luminance(colour: str) -> float:
    """Relative luminance of a hexadecimal sRGB colour, by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(scheme: str, text: str, ground: str) -> None:
    colours = schemes()[scheme]
    bright, dim = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= LEAST
