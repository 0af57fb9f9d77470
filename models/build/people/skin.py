"""The colours of a face: linear RGB and roughness at every vertex of the bust.

Everything is painted by place in the rest pose (`template.Bust`); no photograph is an input.
"""

from __future__ import annotations

import numpy as np

from models.build.people.identity import Identity
from models.build.people.surface import Floats, linear_rgb, noise, smoothstep
from models.build.people.template import Bust, beard_mask, brow_band, bust, scalp_mask

HAIR_SRGB = {
    "black": (0.09, 0.075, 0.07),
    "dark": (0.16, 0.12, 0.095),
    "brown": (0.27, 0.19, 0.13),
    "auburn": (0.36, 0.18, 0.11),
    "blond": (0.58, 0.46, 0.31),
    "grey": (0.5, 0.49, 0.48),
    "white": (0.78, 0.77, 0.75),
}
BEARD_SHADOW = {"none": 0.25, "stubble": 0.75, "full": 0.8, "goatee": 0.3}
SCALP_COVER = {"bald": 0.12, "buzz": 0.6}
MOUTH_SRGB = (0.35, 0.12, 0.11)


class Paint:
    """Linear colours (M, 3) of the bust's vertices, changed in layers."""

    def __init__(self, base: Floats, count: int) -> None:
        """Cover `count` vertices with one colour."""
        self.colour: Floats = np.tile(base, (count, 1))

    def tint(self, mask: Floats, factor: tuple[float, ...] | Floats) -> None:
        """Multiply by `factor` where the mask is 1."""
        self.colour *= 1 + mask[:, None] * (np.array(factor) - 1)

    def cover(self, mask: Floats, colour: Floats) -> None:
        """Replace by `colour` where the mask is 1."""
        share = mask[:, None]
        self.colour[:] = self.colour * (1 - share) + colour * share


def hair_rgb(name: str) -> Floats:
    """A hair colour in linear light."""
    return linear_rgb(HAIR_SRGB[name])


def paint(who: Identity) -> tuple[Floats, Floats]:
    """Colours (M, 3) and roughness (M,) of the bust."""
    b, seed = bust(), who.seed
    r = np.random.default_rng(5000 + seed)
    base = linear_rgb(np.array(who.skin_srgb) / 255.0)
    dark = float(smoothstep(0.35, 0.08, base.mean()))
    coat = Paint(base, len(b.points))
    coarse, mid, fine = (noise(b.points, f, seed + k) for k, f in ((1, 1.2), (2, 5), (3, 22)))
    coat.tint(np.clip(0.5 + 0.25 * coarse, 0, 1), (0.93, 0.88, 0.86))
    coat.tint(np.clip(0.5 + 0.3 * mid, 0, 1), (0.95, 0.91, 0.90))
    coat.tint(np.clip(0.5 + 0.3 * fine, 0, 1), (0.95, 0.94, 0.93))
    _blush(coat, b, who.redness * (1 - 0.6 * dark), mid)
    _around_eyes(coat, b, who, r)
    if who.male:
        _beard_shadow(coat, b, who, base)
    _spots(coat, b, who, r)
    scalp = scalp_mask(who) * SCALP_COVER.get(who.style, 0.85)
    coat.cover(scalp, hair_rgb(who.hair))
    brows = brow_band(who)[0] * 0.45 * np.clip(who.brows.dense, 0, 1)
    coat.cover(brows, hair_rgb(who.brow_hair))
    lips = smoothstep(0.03, 0.16, b.lips)
    lip_colour = _lip_colour(who, base, dark, r)
    coat.cover(lips * np.clip(0.45 + who.lip * 0.6, 0, 1), lip_colour * (1 + 0.08 * fine[:, None]))
    inside = (b.front < 1.36) & (b.side < 0.26) & (np.abs(b.up - 6.62) < 0.12) & (b.front > 0.4)
    coat.colour[inside] = linear_rgb(MOUTH_SRGB)
    rough = 0.52 - 0.13 * b.spot((0, 7.0, 1.7), (0.2, 0.4, 0.4))
    rough = rough - 0.10 * b.spot((0, 7.75, 1.4), (0.5, 0.25, 0.4)) - 0.1 * lips + 0.03 * mid
    return np.clip(coat.colour, 0.003, 0.95), np.clip(rough, 0.25, 0.75)


def _blush(coat: Paint, b: Bust, strength: float, mid: Floats) -> None:
    red = b.spots((0.42, 6.86, 1.25), (0.22, 0.2, 0.4)) * 0.8
    red = red + b.spot((0, 6.93, 1.75), (0.16, 0.15, 0.25)) * 0.8
    red = red + smoothstep(0.3, 0.6, b.ears) * 0.7
    red = red + b.spot((0, 6.2, 1.4), (0.2, 0.15, 0.3)) * 0.3
    red = np.clip(red, 0, 1) * (1 + 0.15 * mid)
    coat.tint(np.clip(red * strength, 0, 1.3), (1.0, 0.76, 0.74))
    coat.tint(b.spot((0, 7.75, 1.3), (0.6, 0.3, 0.5)) * 0.4, (1.02, 1.0, 0.95))


def _around_eyes(coat: Paint, b: Bust, who: Identity, r: np.random.Generator) -> None:
    under = b.spots((0.30, 7.14, 1.4), (0.16, 0.06, 0.3)) * who.eye_shadow
    under = under + b.spots((0.18, 7.22, 1.4), (0.07, 0.07, 0.2)) * 0.4
    coat.tint(np.clip(under, 0, 1), (0.78, 0.68, 0.70))
    lid = b.spots((0.31, 7.36, 1.4), (0.17, 0.055, 0.25))
    coat.tint(np.clip(lid * 0.5, 0, 1), (0.85, 0.74, 0.72))
    if who.makeup > 0.1:
        coat.tint(np.clip(lid * who.makeup, 0, 0.8), r.uniform(0.3, 0.8, 3))
    rim = np.sqrt(((b.side - 0.315) / 0.17) ** 2 + ((b.up - 7.282) / 0.075) ** 2)
    coat.tint(smoothstep(1.1, 0.8, rim) * (b.front > 1.1) * 0.6, (0.75, 0.5, 0.48))
    coat.tint(b.spot((0, 6.79, 1.6), (0.14, 0.05, 0.15)) * 0.45, (0.6, 0.45, 0.42))  # nostrils


def _beard_shadow(coat: Paint, b: Bust, who: Identity, base: Floats) -> None:
    strength = BEARD_SHADOW[who.beard] * (1.2 if who.hair in ("black", "dark") else 0.7)
    grey = who.hair in ("grey", "white")
    hair = linear_rgb((0.30, 0.30, 0.33) if grey else (0.25, 0.21, 0.2))
    patchy = 0.55 + 0.25 * noise(b.points, 30, who.seed + 9)
    share = np.clip(beard_mask("full") * strength * patchy, 0, 0.85)
    if who.beard == "goatee":
        share = np.maximum(share, np.clip(beard_mask("goatee") * 0.5, 0, 0.6))
    coat.cover(share, hair * (0.4 + 0.6 * base / base.max()))


def _spots(coat: Paint, b: Bust, who: Identity, r: np.random.Generator) -> None:
    """Freckles, moles, and the spots of age."""
    p, seed = b.points, who.seed
    if who.freckles > 0.1:
        spots = smoothstep(1.3, 2.0, noise(p, 26, seed + 5))
        spots = spots * smoothstep(-0.6, 0.6, noise(p, 3, seed + 6))
        spots = spots * np.clip(b.spot((0, 7.0, 1.5), (0.65, 0.35, 0.8)) + 0.15, 0, 1)
        coat.tint(np.clip(spots * who.freckles, 0, 0.75), (0.55, 0.42, 0.36))
    for _ in range(who.moles):
        face = np.flatnonzero((b.front > 1.0) & (b.up > 6.2) & (b.up < 7.9))
        away = np.linalg.norm(p - p[r.choice(face)], axis=1)
        coat.tint(smoothstep(1, 0.5, away / r.uniform(0.012, 0.028)), (0.28, 0.22, 0.2))
    if who.old > 0.4:
        spots = smoothstep(1.2, 1.9, noise(p, 9, seed + 7))
        coat.tint(np.clip(spots * (who.old - 0.3), 0, 0.5), (0.7, 0.6, 0.52))


def _lip_colour(who: Identity, base: Floats, dark: float, r: np.random.Generator) -> Floats:
    """Lips follow the skin's tone, lipstick included: strong contrast reads as a caricature."""
    fair, deep = np.array([0.86, 0.55, 0.52]), np.array([0.95, 0.72, 0.72])
    lips = base * (fair * (1 - dark) + deep * dark)
    if who.makeup <= 0.1:
        return lips
    share = min(who.makeup, 0.7) * 0.6
    stick = lips * np.array([r.uniform(0.95, 1.15), r.uniform(0.5, 0.8), r.uniform(0.6, 0.9)])
    return lips * (1 - share) + stick * share
