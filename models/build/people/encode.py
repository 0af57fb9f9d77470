"""Put the walkers into the room, add the camera's noise, encode the clip and write its truth.

In: the folder that `clip.py` filled (room, one crop and one note for each walker and frame), and
`people.toml`. Out: `clip.mp4` (H.264, 4:2:0, limited range, BT.709) and `clip.json`.

    python -m models.build.people.encode RENDERED_FOLDER DEMO_DATA_FOLDER
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.build.people import walk

Pixels = NDArray[np.uint8]

WIDTH_PX, HEIGHT_PX = 1280, 720
NOISE_LUMA, NOISE_COLOUR = 1.6, 0.7  # standard deviation, grey levels
QUALITY_CRF = "21"
FACING_DEG = 60.0


@dataclass(frozen=True, slots=True)
class Crop:
    """One walker in one frame: where its pixels go and what is known of its head."""

    note: dict
    pixels: Pixels  # (h, w, 4) RGBA, straight alpha

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the picture."""
        x0, y0, x1, y1 = self.note["crop"]
        return slice(y0, y1), slice(x0, x1)


def crops_of(folder: Path, frame: int) -> list[Crop]:
    """The walkers of a frame, far ones first."""
    crops = []
    for path in sorted(folder.glob(f"*_{frame:04d}.json")):
        note = json.loads(path.read_text("utf-8"))
        if note is not None:
            crops.append(Crop(note, np.asarray(Image.open(path.with_suffix(".png")))))
    return sorted(crops, key=lambda c: -c.note["depth_m"])


def compose(room: Pixels, crops: list[Crop]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """The picture (h, w, 3), and which crop owns each pixel (h, w), -1 for the room."""
    picture = room.astype(np.float32)
    owner = np.full(room.shape[:2], -1, np.int8)
    for number, crop in enumerate(crops):
        alpha = crop.pixels[..., 3:].astype(np.float32) / 255
        part = picture[crop.box]
        picture[crop.box] = part + (crop.pixels[..., :3] - part) * alpha
        owner[crop.box][alpha[..., 0] > 0.5] = number
    return picture, owner


def add_noise(picture: NDArray[np.float32], frame: int) -> Pixels:
    """Sensor noise, the same for the same frame number."""
    r = np.random.default_rng(frame)
    luma = r.standard_normal((*picture.shape[:2], 1), np.float32) * NOISE_LUMA
    colour = r.standard_normal(picture.shape, np.float32) * NOISE_COLOUR
    return np.clip(picture + luma + colour + 0.5, 0, 255).astype(np.uint8)


def face_visible(note: dict, number: int, owner: NDArray[np.int8]) -> bool:
    """Whether both eyes are in the picture, uncovered, and the face is turned to the camera."""
    for x, y in note["eyes"]:
        if not (0 <= x < WIDTH_PX and 0 <= y < HEIGHT_PX) or owner[int(y), int(x)] != number:
            return False
    return abs(note["yaw_deg"]) <= FACING_DEG


def head_box(note: dict) -> list[int]:
    """x, y, width, height of the head without hair, cut at the picture's edge."""
    x0, y0, x1, y1 = note["head"]
    x0, x1 = (int(np.clip(round(x), 0, WIDTH_PX)) for x in (x0, x1))
    y0, y1 = (int(np.clip(round(y), 0, HEIGHT_PX)) for y in (y0, y1))
    return [x0, y0, x1 - x0, y1 - y0]


def truth_row(note: dict) -> dict:
    """What the truth file says about one walker in one frame."""
    (ax, ay), (bx, by) = note["eyes"]
    return {
        "frame": note["frame"],
        "head_box": head_box(note),
        "eyes": [[round(v, 1) for v in eye] for eye in note["eyes"]],
        "inter_eye_px": round(float(np.hypot(bx - ax, by - ay)), 1),
        "distance_m": round(note["depth_m"], 2),
        "yaw_deg": round(note["yaw_deg"]),
    }


class Writer:
    """An H.264 file with limited-range BT.709 colour, as cameras deliver it."""

    def __init__(self, path: Path, fps: float) -> None:
        """Open `path` for writing."""
        self._file = av.open(str(path), "w", options={"movflags": "+faststart"})
        self._stream = self._file.add_stream("libx264", rate=Fraction(fps))
        self._stream.width, self._stream.height = WIDTH_PX, HEIGHT_PX
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {"crf": QUALITY_CRF, "preset": "slow", "g": "50"}
        context = self._stream.codec_context
        context.color_range, context.colorspace = 1, 1
        context.color_primaries, context.color_trc = 1, 1

    def add(self, picture: Pixels) -> None:
        """Encode one RGB picture (h, w, 3)."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame = frame.reformat(
            format="yuv420p",
            dst_colorspace="ITU709",
            src_color_range="JPEG",
            dst_color_range="MPEG",
        )
        self._file.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what is left."""
        self._file.mux(self._stream.encode(None))
        self._file.close()


def appearances(rows: dict[str, list[dict]], enrolled: set[str]) -> list[dict]:
    """Each walker's rows in order of appearance; only frames in which the face is visible."""
    return [
        {
            "person": key,
            "enrolled": key in enrolled,
            "first_frame": found[0]["frame"],
            "last_frame": found[-1]["frame"],
            "frames": found,
        }
        for key, found in sorted(rows.items(), key=lambda item: item[1][0]["frame"])
    ]


def write_truth(path: Path, head: dict, shown: list[dict]) -> None:
    """JSON with one line for each row, so that a difference can be read."""
    parts = []
    for one in shown:
        rows = ",\n      ".join(json.dumps(row) for row in one["frames"])
        start = json.dumps({k: v for k, v in one.items() if k != "frames"})[:-1]
        parts.append(f'    {start}, "frames": [\n      {rows}\n    ]}}')
    top = json.dumps(head, indent=2)[:-2]
    text = f'{top},\n  "appearances": [\n' + ",\n".join(parts) + "\n  ]\n}\n"
    json.loads(text)
    path.write_text(text, encoding="utf-8")


def main(rendered: Path, data: Path) -> None:
    """Encode the clip and write the truth."""
    fps, length_s, _ = walk.load(Path(__file__).with_name("walks.toml"))
    people = tomllib.loads((data / "people.toml").read_text("utf-8"))["person"]
    enrolled = {p["key"] for p in people if p["enrolled"]}
    room = np.asarray(Image.open(rendered / "room.png").convert("RGB"))
    writer = Writer(data / "clip.mp4", fps)
    rows: dict[str, list[dict]] = {}
    count = round(length_s * fps)
    for frame in range(count):
        crops = crops_of(rendered, frame)
        picture, owner = compose(room, crops)
        for number, crop in enumerate(crops):
            if face_visible(crop.note, number, owner):
                rows.setdefault(crop.note["person"], []).append(truth_row(crop.note))
        noisy = add_noise(picture, frame)
        Image.fromarray(noisy).save(rendered / f"frame_{frame:04d}.png", compress_level=1)
        writer.add(noisy)
    writer.close()
    head = {"file": "clip.mp4", "fps": fps, "width": WIDTH_PX, "height": HEIGHT_PX, "frames": count}
    head |= {"colour_range": "tv", "colour_matrix": "bt709", "enrolled": sorted(enrolled)}
    write_truth(data / "clip.json", head, appearances(rows, enrolled))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
