"""A seed becomes the description of a person: shape targets, colours, hair, clothes.

The same seed, sex and ancestry give the same person on every machine (numpy's PCG64). The order of
the random draws is therefore part of the format: add new draws at the end only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

from models.build.people import assets

# MakeHuman's names of its three base shapes.
ANCESTRIES = ("african", "asian", "caucasian")
TONE = {"african": "dark", "asian": "mid", "caucasian": "light"}

SKINS = {  # sRGB, light to dark
    "caucasian": [(238, 203, 186), (228, 190, 168), (214, 172, 146), (203, 156, 124)],
    "asian": [(226, 188, 156), (211, 168, 133), (190, 144, 108)],
    "african": [(150, 104, 78), (116, 78, 58), (98, 67, 52), (84, 57, 46)],
}
IRISES = [(70, 42, 25), (92, 58, 30), (110, 85, 45), (85, 110, 70), (90, 125, 150)]
IRISES += [(110, 130, 140), (50, 30, 20)]
BROWN_IRISES = [0, 0, 1, 6]

AXES = [("decr", "incr"), ("down", "up"), ("in", "out"), ("backward", "forward")]
AXES += [("concave", "convex"), ("compress", "uncompress")]
FOLDERS = ["head", "nose", "eyes", "mouth", "chin", "cheek", "ears", "forehead", "eyebrows", "neck"]
# Sliders that would move or age the whole head, or make caricatures.
UNUSED = {"head/head-trans", "head/head-age", "head/head-angle", "neck/neck-trans"}
UNUSED |= {"chin/chin-jaw-drop", "neck/neck-scale-vert", "head/head-fat", "head/head-scale-depth"}
UNUSED |= {"ears/l-ear-trans"}
STILL = {"mouth/mouth-trans|in", "nose/nose-trans|in", "forehead/forehead-trans|in"}
SPREAD = {
    "forehead/forehead-scale-vert": 0.2,
    "forehead/forehead-trans": 0.3,
    "forehead/forehead-temple": 0.35,
    "forehead/forehead-nubian": 0.2,
    "nose/nose-greek": 0.15,
    "nose/nose-curve": 0.2,
    "nose/nose-width1": 0.2,
    "nose/nose-width2": 0.2,
    "nose/nose-width3": 0.2,
    "nose/nose-volume": 0.2,
    "nose/nose-trans": 0.4,
    "nose/nose-septumangle": 0.3,
    "nose/nose-compression": 0.15,
    "mouth/mouth-angles": 0.25,
    "mouth/mouth-trans": 0.4,
    "mouth/mouth-trans|backward": 0.25,
    "mouth/mouth-dimples": 0.3,
    "mouth/mouth-laugh-lines": 0.3,
    "eyes/l-eye-trans": 0.5,
    "eyes/l-eye-push1": 0.2,
    "eyes/l-eye-push2": 0.2,
    "eyes/l-eye-bag": 0.3,
    "eyes/l-eye-height1": 0.35,
    "eyes/l-eye-height2": 0.35,
    "eyes/l-eye-height3": 0.3,
    "head/head-scale-horiz": 0.4,
    "head/head-scale-vert": 0.25,
    "neck/neck-double": 0.2,
    "ears/l-ear-wing": 0.35,
}
SPREAD_OTHERWISE = {"nose": 0.27, "mouth": 0.35}  # else 0.46
HEAD_SHAPES = ["diamond", "invertedtriangular", "oval", "rectangular", "round", "square"]
HEAD_SHAPES += ["triangular"]


@dataclass(frozen=True, slots=True)
class Brows:
    """Eyebrows: factors around 1, and shifts in decimetres."""

    thick: float
    dense: float
    length: float
    arch_dm: float
    up_dm: float


@dataclass(frozen=True, slots=True)
class Identity:
    """One person who does not exist. Strengths are 0..1 unless a comment says otherwise."""

    seed: int
    sex: str  # "f" or "m"
    ancestry: str
    blend: dict[str, float]  # ancestry -> share; sums to 1
    age_years: float
    targets: dict[str, float]  # shape target -> weight
    skin_srgb: tuple[float, ...]  # 0..255
    iris_srgb: tuple[int, ...]  # 0..255
    hair: str
    brow_hair: str
    style: str
    beard: str
    brows: Brows
    lip: float
    redness: float
    freckles: float
    eye_shadow: float
    moles: int
    makeup: float
    cloth_rgb: tuple[float, ...]  # linear, 0..1
    collar: str

    @property
    def old(self) -> float:
        """0 at 25 years, 1 at 90."""
        return (self.age_years - 25) / 65

    @property
    def male(self) -> bool:
        """Whether the base shape is MakeHuman's male one."""
        return self.sex == "m"


@cache
def sliders() -> dict[str, tuple[str, str]]:
    """Pairs of opposite targets: slider -> (low target, high target), in a fixed order."""
    pairs: dict[tuple[str, tuple[str, str]], dict[str, str]] = {}
    ends = "|".join(end for axis in AXES for end in axis)
    pattern = re.compile(rf"((?!r-).*)-({ends})$")
    names = list(assets.load().targets)
    for folder in FOLDERS:
        for name in (n for n in names if n.startswith(folder + "/")):
            match = pattern.fullmatch(name.split("/")[1])
            if match:
                axis = next(a for a in AXES if match[2] in a)
                pairs.setdefault((f"{folder}/{match[1]}", axis), {})[match[2]] = name
    return {
        (name if axis == AXES[0] else f"{name}|{axis[0]}"): (pair[axis[0]], pair[axis[1]])
        for (name, axis), pair in pairs.items()
        if len(pair) == 2
    }


def base_shape(
    gender: float, old: float, blend: dict[str, float], muscle: float, weight: float
) -> dict[str, float]:
    """MakeHuman's macro targets: gender 0 female..1 male, old 0..1, muscle and weight 0..1."""

    def thirds(x: float, what: str) -> dict[str, float]:
        low, high = max(0, 1 - 2 * x), max(0, 2 * x - 1)
        return {f"min{what}": low, f"average{what}": 1 - abs(2 * x - 1), f"max{what}": high}

    out: dict[str, float] = {}
    for sex, sex_share in (("female", 1 - gender), ("male", gender)):
        for age, age_share in (("young", 1 - old), ("old", old)):
            share = sex_share * age_share
            for name, part in blend.items():
                out[f"macrodetails/{name}-{sex}-{age}"] = share * part
            for m, m_share in thirds(muscle, "muscle").items():
                for w, w_share in thirds(weight, "weight").items():
                    name = f"macrodetails/universal-{sex}-{age}-{m}-{w}"
                    out[name] = share * m_share * w_share
    return {name: part for name, part in out.items() if part > 0}


def _spread(slider: str) -> float:
    if slider in STILL:
        return 0.0
    name = slider.split("|")[0]
    usual = SPREAD_OTHERWISE.get(name.split("/")[0], 0.46)
    return SPREAD.get(slider, SPREAD.get(name, usual))


def _face_shape(r: np.random.Generator) -> dict[str, float]:
    """Random slider positions as target weights."""
    out: dict[str, float] = {}
    for slider, (low, high) in sliders().items():
        if slider.split("|")[0] in UNUSED:
            continue
        x = float(np.clip(r.normal(0, _spread(slider)), -1, 1))
        target = low if x < 0 else high
        out[target] = out.get(target, 0) + abs(x)
        folder, name = target.split("/")
        if name.startswith("l-"):
            out[f"{folder}/r-{name[2:]}"] = abs(x) * float(r.uniform(0.92, 1.08))
    shape = str(r.choice(HEAD_SHAPES))
    out["head/head-" + shape] = float(r.uniform(0.1, 0.55))
    fat = float(np.clip(r.normal(0, 0.3), -0.6, 0.6))
    out["head/head-fat-" + ("incr" if fat > 0 else "decr")] = abs(fat)
    for name in (n for n in assets.load().targets if n.startswith("asym/")):
        if r.random() < 0.35:
            out[name] = float(r.uniform(0, 0.35))
    return out


def _hair_colour(r: np.random.Generator, ancestry: str, old: float) -> str:
    dark = ["black", "dark"]
    hair = r.choice(
        ["dark", "brown", "auburn", "blond", "brown"] if ancestry == "caucasian" else dark
    )
    if old > 0.5 and r.random() < 0.75:
        hair = r.choice(["grey", "white"])
    return str(hair)


def _style(r: np.random.Generator, ancestry: str, male: bool) -> str:
    usual = ["short", "short", "buzz", "crew", "bald", "side"]
    curly = ["buzz", "afro_s", "bald"]
    if not male:
        usual = ["long", "bob", "tied", "long", "pixie", "bob"]
        curly = ["afro", "tied", "afro_s", "long"]
    style = r.choice(usual)
    return str(r.choice(curly) if ancestry == "african" else style)


def _brows(r: np.random.Generator, male: bool) -> Brows:
    return Brows(
        thick=float(r.uniform(0.55, 1.35) * (1.1 if male else 0.8)),
        dense=float(r.uniform(0.5, 1.2)),
        length=float(r.uniform(0.8, 1.1)),
        arch_dm=float(r.normal(0, 0.018)),
        up_dm=float(r.normal(0, 0.02)),
    )


def _between(palette: list[tuple[int, ...]], r: np.random.Generator) -> tuple[float, ...]:
    q = r.uniform(0, len(palette) - 1)
    i = int(q)
    pair = zip(palette[i], palette[min(i + 1, len(palette) - 1)], strict=True)
    return tuple(float(a + (b - a) * (q - i)) for a, b in pair)


def identity(seed: int, sex: str, ancestry: str) -> Identity:
    """The person of a seed, aged 25 to 70; `sex` is "f" or "m", `ancestry` one of ANCESTRIES."""
    r = np.random.default_rng(1000 + seed)
    male = sex == "m"
    female_gender, male_gender = r.uniform(0, 0.15), r.uniform(0.85, 1)
    shares = r.dirichlet([0.35] * 3) * 0.3
    shares[ANCESTRIES.index(ancestry)] += 0.7
    blend = dict(zip(ANCESTRIES, map(float, shares), strict=True))
    old = float(np.clip(r.uniform(22, 70) - 25, 0, 65) / 65)
    muscle = float(r.uniform(0.35, 0.7))
    weight = float(np.clip(r.normal(0.5, 0.22), 0.1, 0.95))
    targets = base_shape(male_gender if male else female_gender, old, blend, muscle, weight)
    for name, part in _face_shape(r).items():
        targets[name] = targets.get(name, 0) + part
    fair = ancestry == "caucasian"
    skin = _between(SKINS[ancestry], r)
    iris = IRISES[int(r.choice(len(IRISES) if fair else BROWN_IRISES))]
    hair = _hair_colour(r, ancestry, old)
    return Identity(
        seed=seed,
        sex=sex,
        ancestry=ancestry,
        blend=blend,
        age_years=25 + 65 * old,
        targets=targets,
        skin_srgb=skin,
        iris_srgb=iris,
        hair=hair,
        brow_hair="grey" if hair == "white" else hair,
        style=_style(r, ancestry, male),
        beard=str(r.choice(["none", "none", "stubble", "full", "goatee"])) if male else "none",
        brows=_brows(r, male),
        lip=float(r.uniform(0.25, 0.8) * (0.7 if male else 1)),
        redness=float(r.uniform(0.4, 1.2)),
        freckles=float(max(0, r.normal(-0.1, 0.6) if fair else r.normal(-0.4, 0.4))),
        eye_shadow=float(r.uniform(0.1, 0.8)),
        moles=int(r.integers(0, 6)),
        makeup=0.0 if male else float(max(0, r.normal(0.2, 0.4))),
        cloth_rgb=tuple(float(c) for c in r.uniform(0.03, 0.6, 3) * r.uniform(0.3, 1)),
        collar=str(r.choice(["crew", "v", "crew", "turtle"])),
    )
