"""Films presentations: rendered people themselves, and their pictures held up to the camera.

In: the folder of `visits` and the walkers of `models.build.people.clip`. Out, for
`watchpost eval attack`: `OUT/SPECIES/KEY_N.mp4`, 1280 x 720, a presentation each; species
`bona_fide_*` are people. Always: the same camera (lens, noise, H.264) films all of them, so that
what is told apart is not the making; the same seed makes the same film on the same libraries.

    python -m models.build.presence.recapture VISITS WALKERS OUT
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from models.build.presence.surfaces import SIZE_PX, Hold, Medium, paper, screen, view

Floats = NDArray[np.float64]
Pictures = list[NDArray[np.uint8]]

NOISE, JITTER_PX, CRF = 1.6, 0.4, 16
FRAMES, FPS, VISIT_FPS, WALK_FPS = 20, 10, 5, 10
EYES_MM = 63.0


def people(visits: Path) -> list[str]:
    """Everybody with a portrait."""
    return sorted(path.stem for path in (visits / "still").glob("*.png"))


def stand(visits: Path, key: str, room: Floats) -> Iterator[Floats]:
    """A visitor before the room."""
    for path in sorted((visits / "visit" / f"{key}_0").glob("*.png")):
        head = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        # The rendered part ends at the chest, and so at the picture's lower edge.
        left, top = (SIZE_PX[0] - head.shape[1]) // 2, SIZE_PX[1] - head.shape[0]
        full = np.zeros((SIZE_PX[1], SIZE_PX[0], 4), np.uint8)
        full[top:, left : left + head.shape[1]] = head
        yield _over(full, room)


def walk(walkers: Path, key: str, room: Floats) -> Iterator[Floats]:
    """A walker in the hall, alone, while the face is in the picture."""
    for path in sorted(walkers.glob(f"{key}_*.png")):
        note = json.loads(path.with_suffix(".json").read_text("utf-8"))
        eyes = np.array(note["eyes"])
        apart = np.hypot(*(eyes[1] - eyes[0]))
        inside = (eyes > 20) & (eyes < np.array(SIZE_PX) - 20)
        if apart < 22 or not inside.all() or abs(note["yaw_deg"]) > 40:
            continue
        x0, y0, x1, y1 = note["crop"]
        full = np.zeros((SIZE_PX[1], SIZE_PX[0], 4), np.uint8)
        full[y0:y1, x0:x1] = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        yield _over(full, room)


def _over(full: NDArray[np.uint8], room: Floats) -> Floats:
    grey = cv2.cvtColor(full[:, :, :3], cv2.COLOR_BGR2GRAY)
    cover = full[:, :, 3] / 255.0
    return np.asarray(grey * cover + room * (1 - cover))


def held(
    pictures: Pictures,
    medium: Medium,
    room: Floats,
    generator: np.random.Generator,
    *,
    eyes_px: float,
    curl: float = 0.0,
    still: float = 1.0,
    wanted_px: float | None = None,
) -> Iterator[Floats]:
    """A hand holds a surface before the room.

    Args:
        pictures: what it shows, frame after frame; the last one stays.
        medium: what it is.
        room: the empty room.
        generator: of the hand.
        eyes_px: between the eyes of a picture, in its pixels.
        curl: greatest curvature, 1/m.
        still: how much the hand moves; 1 is usual.
        wanted_px: between the eyes, in the camera's picture; by chance when None.
    """
    eyes_mm = eyes_px * medium.width_mm / pictures[0].shape[1]
    wanted = generator.uniform(30, 75) if wanted_px is None else wanted_px
    distance = eyes_mm / 1000 * 1493 / wanted
    phase, speed = generator.uniform(0, 6.28, 7), generator.uniform(0.15, 0.6, 7)
    lean = generator.uniform(-6, 6, 3)
    for index in range(FRAMES):
        s = still * np.sin(2 * np.pi * speed * index / FPS + phase)
        hold = Hold(
            x_m=0.03 * s[0] * distance * 2,
            y_m=0.02 * s[1] * distance * 2,
            z_m=distance * (1 + 0.12 * s[2]),
            yaw_deg=lean[0] + 9 * s[3],
            pitch_deg=lean[1] + 7 * s[4],
            roll_deg=lean[2] / 2 + 4 * s[5],
            curl_per_m=curl * (0.6 + 0.4 * s[6]) if curl else 0.0,
        )
        luma, cover = view(pictures[min(index, len(pictures) - 1)], medium, hold)
        yield luma + room * (1 - cover)


def _portrait(visits: Path, key: str) -> Pictures:
    grey = cv2.imread(str(visits / "still" / f"{key}.png"), cv2.IMREAD_GRAYSCALE)
    return [np.asarray(grey, np.uint8)]


def _replay(visits: Path, key: str) -> Pictures:
    """A visit as a film on a screen, twice as fast as it was seen, square around the head."""
    found: Pictures = []
    for path in sorted((visits / "visit" / f"{key}_0").glob("*.png")):
        head = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        part = _over(head, np.full(head.shape[:2], 120.0)).astype(np.uint8)
        found += [np.asarray(cv2.resize(part, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))] * 2
    return found


def _cut(visits: Path, key: str, room: Floats, generator: np.random.Generator) -> Iterator[Floats]:
    """A print cut out along the head."""
    path = sorted((visits / "visit" / f"{key}_0").glob("*.png"))[-1]
    head = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    grey = cv2.cvtColor(head[:, :, :3], cv2.COLOR_BGR2GRAY)
    width = EYES_MM * head.shape[1] / 60.0
    medium = paper(generator, width)
    bare = Medium(width, (0, 0), 0, medium.grids, medium.black, medium.white, medium.gamma)
    mask = Medium(width, (0, 0), 0, (), 0, 255, 1.0)
    seed = int(generator.integers(2**31))
    empty, outline = np.zeros_like(room), [np.asarray(head[:, :, 3], np.uint8)]
    large = [np.asarray(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))]
    outline = [np.asarray(cv2.resize(outline[0], None, fx=2, fy=2))]
    shown = held(large, bare, empty, np.random.default_rng(seed), eyes_px=120.0)
    cover = held(outline, mask, empty, np.random.default_rng(seed), eyes_px=120.0)
    for luma, alpha in zip(shown, cover, strict=True):
        kept = np.clip(alpha / 255, 0, 1) ** 2
        yield luma * kept + room * (1 - kept)


def _filling(
    visits: Path, key: str, room: Floats, generator: np.random.Generator
) -> Iterator[Floats]:
    """A film of a whole visit on a tablet so near that its edges lie outside the picture."""
    shown = [np.clip(one, 0, 255).astype(np.uint8) for one in stand(visits, key, room)]
    medium = screen(generator, "tablet")
    twice = [one for one in shown for _ in range(2)]
    yield from held(
        twice, medium, room, generator, eyes_px=WHOLE_EYES_PX, still=0.15, wanted_px=56.0
    )


Maker = Callable[[Path, str, Floats, np.random.Generator], Iterator[Floats]]
STILL_EYES_PX, REPLAY_EYES_PX, WHOLE_EYES_PX = 86.0, 110.0, 48.0
ATTACKS: dict[str, Maker] = {
    "print_flat": lambda v, k, room, g: held(
        _portrait(v, k), paper(g), room, g, eyes_px=STILL_EYES_PX
    ),
    "print_curled": lambda v, k, room, g: held(
        _portrait(v, k), paper(g), room, g, eyes_px=STILL_EYES_PX, curl=float(g.uniform(2, 6))
    ),
    "print_cut_out": _cut,
    "phone_photo": lambda v, k, room, g: held(
        _portrait(v, k), screen(g, "phone"), room, g, eyes_px=STILL_EYES_PX
    ),
    "tablet_photo_on_a_stand": lambda v, k, room, g: held(
        _portrait(v, k), screen(g, "tablet"), room, g, eyes_px=STILL_EYES_PX, still=0.05
    ),
    "phone_video": lambda v, k, room, g: held(
        _replay(v, k), screen(g, "phone"), room, g, eyes_px=REPLAY_EYES_PX
    ),
    "tablet_video": lambda v, k, room, g: held(
        _replay(v, k), screen(g, "tablet"), room, g, eyes_px=REPLAY_EYES_PX
    ),
    "monitor_video": lambda v, k, room, g: held(
        _replay(v, k), screen(g, "monitor"), room, g, eyes_px=REPLAY_EYES_PX, still=0.1
    ),
    "tablet_video_edges_out_of_view": _filling,
}


def film(frames: Iterator[Floats], path: Path, fps: int, generator: np.random.Generator) -> None:
    """Let the camera see frames and encode them; nothing is written when there are fewer than 8."""
    seen = [_camera(frame, generator) for frame in frames]
    if len(seen) < 8:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"crf": str(CRF), "preset": "fast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE_PX, "yuvj420p"
        stream.thread_count = 1
        for luma in seen:
            planes = np.concatenate([luma, np.full((360, 1280), 128, np.uint8)])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuvj420p")))
        out.mux(stream.encode())


def _camera(frame: Floats, generator: np.random.Generator) -> NDArray[np.uint8]:
    soft = cv2.GaussianBlur(frame, (0, 0), 0.5)
    noisy = soft + generator.normal(0, NOISE, soft.shape)
    return np.asarray(np.clip(np.rint(noisy), 0, 255), np.uint8)


def main(visits: Path, walkers: Path, out: Path) -> None:
    """Film what is missing."""
    cv2.setNumThreads(1)
    room = np.asarray(cv2.imread(str(walkers / "room.png"), cv2.IMREAD_GRAYSCALE), np.float64)
    for number, key in enumerate(people(visits)):
        live = {
            "bona_fide_standing": (lambda k: stand(visits, k, room), VISIT_FPS),
            "bona_fide_walking": (lambda k: walk(walkers, k, room), WALK_FPS),
        }
        for species, (make, fps) in live.items():
            path = out / species / f"{key}_0.mp4"
            if not path.exists():
                film(make(key), path, fps, np.random.default_rng([number, 1]))
        for index, (species, attack) in enumerate(ATTACKS.items()):
            path = out / species / f"{key}_0.mp4"
            if not path.exists():
                generator = np.random.default_rng([number, 2, index])
                film(attack(visits, key, room, generator), path, FPS, generator)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
