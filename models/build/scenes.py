"""Pictures of computed people in computed rooms, on luma, to calibrate the quantised detector.

In:   the rendered chips that `chips` reads, and a seed.
Out:  uint8 luma frames with faces of all sizes, seen by good and bad cameras.
Always: the same seed gives the same frames; no photograph goes in.
Not here: truth about where the faces are; calibration only wants the right range of contents.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from models.build import chips

PixelArray = NDArray[np.uint8]

ROWS, COLUMNS = 384, 640
FACE_SIDE_PX = (18.0, 380.0)


def frames(count: int, seed: int) -> PixelArray:
    """Frames (count, 384, 640), uint8 luma 0..255."""
    random = np.random.default_rng(seed)
    faces = chips.luma(chips.load())
    return np.stack([_frame(faces, random) for _ in range(count)])


def _frame(faces: PixelArray, random: np.random.Generator) -> PixelArray:
    picture = _room(random)
    for _ in range(random.integers(0, 9)):
        _paste_face(picture, faces[random.integers(len(faces))], random)
    return _through_a_camera(picture, random)


def _room(random: np.random.Generator) -> Image.Image:
    """Light and dark areas, straight-edged things, and texture at several scales."""
    field = np.full((ROWS, COLUMNS), random.uniform(40, 200))
    for cells in (3, 9, 40, 160):
        coarse = random.normal(0, random.uniform(0, 30), (cells, cells)).astype(np.float32)
        size = (COLUMNS, ROWS)
        field += np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    picture = Image.fromarray(np.clip(field, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(random.integers(0, 40)):
        left, top = random.uniform(-50, COLUMNS), random.uniform(-50, ROWS)
        width, height = np.exp(random.uniform(1, 5.5, 2))
        shade = int(random.integers(0, 256))
        draw = pen.rectangle if random.random() < 0.6 else pen.ellipse
        draw((left, top, left + width, top + height), fill=shade, width=0)
    return picture


def _paste_face(picture: Image.Image, face: PixelArray, random: np.random.Generator) -> None:
    """Paste a chip, turned by up to 30 degrees, with a soft or a hard round edge."""
    side = int(np.exp(random.uniform(*np.log(FACE_SIDE_PX))))
    mask = Image.new("L", (chips.CHIP_SIZE_PX, chips.CHIP_SIZE_PX), 0)
    ImageDraw.Draw(mask).ellipse((12, -20, 138, 160), fill=255)
    if random.random() < 0.5:
        mask = mask.filter(ImageFilter.GaussianBlur(6))
    angle = random.uniform(-30, 30)
    where = (int(random.uniform(-side / 3, COLUMNS)), int(random.uniform(-side / 3, ROWS)))
    shown, edge = (
        layer.rotate(angle, Image.Resampling.BILINEAR).resize((side, side), Image.Resampling.BOX)
        for layer in (Image.fromarray(face), mask)
    )
    picture.paste(shown, where, edge)


def _through_a_camera(picture: Image.Image, random: np.random.Generator) -> PixelArray:
    """Blur, exposure from low light to glare, and sensor noise."""
    if random.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(random.uniform(0.5, 2)))
    light = np.asarray(picture, np.float64) / 255
    darkest, brightest = random.uniform(-0.1, 0.1), random.uniform(0.7, 1.2)
    if random.random() < 0.2:
        brightest = random.uniform(0.15, 0.5)
    light = darkest + light ** np.exp(random.normal(0, 0.35)) * (brightest - darkest)
    noise = random.normal(0, abs(random.normal(0, 6)), light.shape)
    return np.asarray(np.clip(light * 255 + noise, 0, 255), np.uint8)
