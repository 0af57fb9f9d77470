"""The README's pictures: everybody at a glance, and one frame of the clip.

python -m models.build.people.pictures DEMO_DATA_FOLDER IMAGES_FOLDER FRAME
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import av
from PIL import Image, ImageDraw

COLUMNS, SIDE_PX, LABEL_PX = 6, 168, 18
INK, PAPER = (40, 40, 40), (245, 245, 245)


def sheet(data: Path) -> Image.Image:
    """One photo of each person with the name under it; strangers last."""
    people = tomllib.loads((data / "people.toml").read_text("utf-8"))["person"]
    rows = -(-len(people) // COLUMNS)
    out = Image.new("RGB", (COLUMNS * SIDE_PX, rows * (SIDE_PX + LABEL_PX)), PAPER)
    draw = ImageDraw.Draw(out)
    for place, person in enumerate(people):
        x, y = place % COLUMNS * SIDE_PX, place // COLUMNS * (SIDE_PX + LABEL_PX)
        stem = "enrol_1" if person["enrolled"] else "view_1"
        photo = Image.open(data / "photos" / person["key"] / f"{stem}.jpg")
        out.paste(photo.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS), (x, y))
        label = person["name"] if person["enrolled"] else "stranger"
        draw.text((x + 6, y + SIDE_PX + 3), label, fill=INK)
    return out


def frame(clip: Path, number: int) -> Image.Image:
    """One picture of the clip."""
    with av.open(str(clip)) as file:
        for index, picture in enumerate(file.decode(video=0)):
            if index == number:
                return picture.to_image()
    raise IndexError(number)


def main(data: Path, images: Path, number: int) -> None:
    """Write both pictures."""
    images.mkdir(parents=True, exist_ok=True)
    sheet(data).save(images / "people.webp", quality=82, method=6)
    frame(data / "clip.mp4", number).save(images / "walk.webp", quality=80, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
