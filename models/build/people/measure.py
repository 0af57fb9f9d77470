"""How far apart the rendered people are for the default pack: photos and clip.

In: the demo's data. Out: a report on standard output, as Markdown. Uses the project's own detector,
alignment and embedder, so it runs in the project's environment (no Blender).

    python -m models.build.people.measure DEMO_DATA_FOLDER
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from edge.capture.planes import frame_of
from edge.compose import box
from edge.compose.recognise import make_detector, make_embedder
from edge.compose.register import PackPhotoReader
from edge.errors import PhotoError
from edge.recognise.align import Aligner
from edge.recognise.pack import Pack
from edge.recognise.quality import measure as quality_of
from edge.values import Frame

Floats = NDArray[np.float32]

FUSED = 3
NEAR_EYES = 0.5  # a detection belongs to a walker when its eyes are this near, in eye distances


@dataclass(frozen=True, slots=True)
class Look:
    """One walker found in one frame."""

    inter_eye_px: float
    usable: bool
    template: Floats


def unit(vectors: Floats) -> Floats:
    """Rows at length one."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def photo_templates(pack: Pack, data: Path) -> dict[str, dict[str, Floats]]:
    """The template of every photo: person, file stem."""
    reader = PackPhotoReader(pack, 1)
    out: dict[str, dict[str, Floats]] = {}
    for photo in sorted((data / "photos").glob("*/*.jpg")):
        try:
            template = reader.read(photo).template
        except PhotoError as error:
            print(f"- refused: {photo.parent.name}/{photo.name}: {error}")
            continue
        out.setdefault(photo.parent.name, {})[photo.stem] = template
    return out


def galleries(photos: dict[str, dict[str, Floats]], enrolled: set[str]) -> dict[str, Floats]:
    """The mean template of each enrolled person's enrolment photos."""
    return {
        key: unit(np.mean([t for stem, t in photos[key].items() if stem.startswith("enrol")], 0))
        for key in sorted(enrolled)
    }


def report_photos(photos: dict[str, dict[str, Floats]], gallery: dict[str, Floats]) -> None:
    """Pairs of single photos, and photos against the gallery."""
    owner = np.array([key for key, views in photos.items() for _ in views])
    names = [f"{key}/{stem}" for key, views in photos.items() for stem in views]
    all_views = np.stack([t for views in photos.values() for t in views.values()])
    cosine = all_views @ all_views.T
    rows, columns = np.triu_indices(len(owner), 1)
    same = owner[rows] == owner[columns]
    pairs = cosine[rows, columns]
    for title, values in (("same person", pairs[same]), ("different people", pairs[~same])):
        low, mean, high = values.min(), values.mean(), values.max()
        print(f"- {title}: {len(values)} pairs, {low:.3f} / {mean:.3f} / {high:.3f}")
    worst = np.argsort(-np.where(same, -1, pairs))[:8]
    near = (f"{names[rows[i]]} {names[columns[i]]} {pairs[i]:.3f}" for i in worst)
    print("- nearest photos of different people: " + "; ".join(near))
    print("\n| person | own, other photos (min) | best other enrolled (max) |\n|---|---|---|")
    for key, views in photos.items():
        tests = [t for stem, t in views.items() if stem.startswith("view")]
        own = f"{min(float(t @ gallery[key]) for t in tests):.3f}" if key in gallery else "-"
        print(f"| {key} | {own} | {max(best_other(key, t, gallery)[0] for t in tests):.3f} |")


def best_other(key: str, template: Floats, gallery: dict[str, Floats]) -> tuple[float, str]:
    """The nearest enrolled person other than `key`."""
    return max((float(template @ other), name) for name, other in gallery.items() if name != key)


def frames(clip: Path) -> Iterator[Frame]:
    """The pictures of the clip."""
    with av.open(str(clip)) as file:
        for index, picture in enumerate(file.decode(video=0)):
            now = datetime.now(UTC)
            yield frame_of(picture, camera="clip", index=index, t_s=index / 10, taken_at=now)


def looks(pack: Pack, data: Path) -> tuple[dict[str, list[Look]], int]:
    """Every walker found in the clip, by person, and the number of faces of nobody."""
    truth = json.loads((data / "clip.json").read_text("utf-8"))
    places: dict[int, list[tuple[str, Floats]]] = {}
    for one in truth["appearances"]:
        for row in one["frames"]:
            eyes = np.array(row["eyes"], np.float32)
            places.setdefault(row["frame"], []).append((one["person"], eyes))
    detector, embedder = make_detector(pack, 1), make_embedder(pack, 1)
    aligner = Aligner(pack.manifest.embedder)
    out: dict[str, list[Look]] = {one["person"]: [] for one in truth["appearances"]}
    strays = 0
    for frame in frames(data / truth["file"]):
        for face in detector.detect(frame):
            key = walker_at(face.landmarks[:2], places.get(frame.index, []))
            if key is None:
                strays += 1
                continue
            chip = aligner.chip(frame, face.landmarks)
            usable = not quality_of(face, chip, pack.manifest.quality).reason
            out[key].append(Look(face.inter_eye_px, usable, embedder.embed([chip])[0]))
    return out, strays


def walker_at(eyes: Floats, places: list[tuple[str, Floats]]) -> str | None:
    """Whose eyes these are."""
    for key, true_eyes in places:
        apart = np.linalg.norm(true_eyes[1] - true_eyes[0])
        if np.linalg.norm(eyes.mean(0) - true_eyes.mean(0)) < NEAR_EYES * max(apart, 15.0):
            return key
    return None


def report_clip(pack: Pack, data: Path, gallery: dict[str, Floats]) -> None:
    """One row a walker: single looks and means of three looks in a row."""
    found, strays = looks(pack, data)
    truth = json.loads((data / "clip.json").read_text("utf-8"))
    shown = {one["person"]: len(one["frames"]) for one in truth["appearances"]}
    print(f"\nFaces found where no visible face is by the truth: {strays}.\n")
    print("| walker | visible | found | usable | eyes px | own | other | own x3 | other x3 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for key, seen in found.items():
        name = key if key in gallery else f"{key} (stranger)"
        if not seen:
            print(f"| {name} | {shown[key]} | 0 |")
            continue
        eyes = [look.inter_eye_px for look in seen]
        good = [look.template for look in seen if look.usable]
        fused = [unit(np.mean(good[i : i + FUSED], 0)) for i in range(len(good) - FUSED + 1)]
        cells = [_scores(key, part, gallery) for part in (good, fused)]
        print(
            f"| {name} | {shown[key]} | {len(seen)} | {len(good)} "
            f"| {min(eyes):.0f}-{max(eyes):.0f} | {cells[0]} | {cells[1]} |"
        )


def _scores(key: str, templates: list[Floats], gallery: dict[str, Floats]) -> str:
    """Two table cells: own minimum to maximum, and the best other enrolled person."""
    own = [float(t @ gallery[key]) for t in templates] if key in gallery else []
    other, who = max((best_other(key, t, gallery) for t in templates), default=(0.0, "-"))
    return (f"{min(own):.3f}-{max(own):.3f}" if own else "-") + f" | {other:.3f} {who}"


def main(data: Path) -> None:
    """Print the report."""
    pack = box.load("default")
    people = tomllib.loads((data / "people.toml").read_text("utf-8"))["person"]
    photos = photo_templates(pack, data)
    gallery = galleries(photos, {p["key"] for p in people if p["enrolled"]} & photos.keys())
    report_photos(photos, gallery)
    if (data / "clip.json").exists():
        report_clip(pack, data, gallery)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
