"""What the status page costs: bytes, time to its first byte, what viewers take from recognition.

A real box runs: ``watchpost recognise`` on the bundled clip with its people enrolled, and
``watchpost status``. Arms with and without people at the live page (Server-Sent Events over
loopback) follow one another in one run and change their order from round to round, so that
whatever else the machine does falls on both. Each arm lasts whole rounds of the clip, so that
both see the same faces. Two paces: ten pictures a second, as a camera gives them, and as fast
as it goes. Two layouts, as the viewers of a real box are on other machines: the viewers have
the machine's last core (``os.sched_setaffinity``) and the lowest priority; recognition has the
first core, and the page runs

- ``apart``: on the viewers' core, as on a board with a core to spare;
- ``together``: on recognition's core, as if the board had only one: the worst case.

For each pace and layout: the median over the rounds of (with viewers / without), less one, of the
recogniser's processor time for a frame (``cpu``) and of the time a frame takes through the stages
(``wall``). ``recognition_slowdown`` is the largest of these at ten pictures a second, which is how
a box runs; at full speed a page on the same core takes its share of that core by design.

``live_update_worst_ms`` is the longest from the moment at which a hit was stored until its row came
over the stream of the hits page.

    python -m benchmarks.status [--viewers 50] [--rounds 5] [--seconds 60] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.status_box import CLIP_FRAMES, Cores, Reading, Viewers, WatchedBox
from edge.demo.truth import people
from edge.report.spool import SpoolView
from tests.integration.demo_box import EnrolledSite, load_reader

PARTS = ("", "static/status.css", "static/status.js", "static/icon.svg")
ASKED = 40
HITS_AWAITED = 12
UPDATE_TIMEOUT_S = 60.0
ROWS = 200
ROW = re.compile(r'id="hit-([^"]+)"')
PACES = {"camera": "real-time", "full_speed": "as-fast-as-possible"}
LAYOUTS = ("apart", "together")
MEMORY = Path("/dev/shm")  # noqa: S108 - only a folder made anew in it is used


@dataclass(frozen=True, slots=True)
class Arm:
    """What a stretch of the clip took.

    Attributes:
        cpu_ms: the recogniser's processor time for a frame.
        wall_ms: the time a frame took through the stages.
        frames_per_s: how fast frames came.
        status_share: the page's processor time for a second.
    """

    cpu_ms: float
    wall_ms: float
    frames_per_s: float
    status_share: float


@dataclass(frozen=True, slots=True)
class Round:
    """Two arms that follow one another, and what the viewers were sent a second."""

    without: Arm
    watched: Arm
    events_per_s: float
    bytes_per_s: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60.0, help="at least, for each arm")
    parser.add_argument("--paces", nargs="+", choices=PACES, default=list(PACES))
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        found = measure(Path(folder), args)
    print(json.dumps(found, indent=2) if args.json else words(found))


def measure(folder: Path, args: argparse.Namespace) -> dict[str, float | str]:
    """All figures."""
    keys = tuple(one.key for one in people() if one.enrolled)
    (folder / "site").mkdir()
    site = EnrolledSite(folder / "site", load_reader(), keys)
    found: dict[str, float | str] = {"viewers": args.viewers, "rounds": args.rounds}
    worst = []
    for layout in args.layouts:
        cores = cores_of(layout)
        found[f"cores_{layout}"] = (
            f"recognition {cores.recognise}, page {cores.status}, viewers {cores.viewers}"
        )
        for pace in args.paces:
            place = folder / f"{layout}-{pace}"
            place.mkdir()
            box = WatchedBox(place, site, PACES[pace], cores)
            try:
                if "page_bytes" not in found:
                    found |= page_figures(box) | live_update(box)
                figures = summary(list(rounds(box, cores, args)))
            finally:
                box.close()
            found |= {f"{layout}_{pace}_{name}": value for name, value in figures.items()}
            if pace == "camera":
                worst += [figures["slowdown_cpu"], figures["slowdown_wall"]]
    return found | ({"recognition_slowdown": max(worst)} if worst else {})


def cores_of(layout: str) -> Cores:
    """Where each runs; on a machine of one core all share it."""
    own = sorted(os.sched_getaffinity(0))
    return Cores(own[0], own[0] if layout == "together" else own[-1], own[-1])


def rounds(box: WatchedBox, cores: Cores, args: argparse.Namespace) -> Iterator[Round]:
    """Pairs of arms, the first of each pair in turn with and without viewers."""
    for number in range(args.rounds):
        arms: dict[bool, Arm] = {}
        sent, began_s, took_s = {"events": 0, "bytes": 0, "lost": 0}, 0.0, 1.0
        for watched in (False, True) if number % 2 == 0 else (True, False):
            if not watched:
                arms[False] = arm(box, args.seconds)
                continue
            viewers = Viewers(box.address, box.sign_in(), args.viewers, cores.viewers)
            began_s = time.monotonic()
            arms[True] = arm(box, args.seconds)
            took_s = time.monotonic() - began_s
            sent = viewers.end()
        if sent["lost"]:
            raise SystemExit(f"{sent['lost']} viewers lost their stream: nothing was measured")
        yield Round(arms[False], arms[True], sent["events"] / took_s, sent["bytes"] / took_s)


def arm(box: WatchedBox, seconds: float) -> Arm:
    """Measure whole rounds of the clip, for at least so long."""
    first = last = box.read()
    while last.at_s - first.at_s < seconds or not is_whole(last.frames - first.frames):
        last = box.read()
    return between(first, last)


def is_whole(frames: float) -> bool:
    """Whether these are whole rounds of the clip, but for the frames of one of its words.

    The recogniser speaks once a second; at full speed that is most of a round, and many rounds
    lie in an arm, so that the rest weighs little.
    """
    return frames >= CLIP_FRAMES and frames % CLIP_FRAMES <= max(11, 0.05 * frames)


def between(first: Reading, last: Reading) -> Arm:
    """What lies between two readings."""
    frames, seconds = last.frames - first.frames, last.at_s - first.at_s
    return Arm(
        1000 * (last.recognise_s - first.recognise_s) / frames,
        1000 * (last.frame_s - first.frame_s) / frames,
        frames / seconds,
        (last.status_s - first.status_s) / seconds,
    )


def summary(measured: list[Round]) -> dict[str, float]:
    """Medians over the rounds; slow-downs are of each round's pair."""

    def median(values: Iterator[float]) -> float:
        return round(statistics.median(values), 4)

    return {
        "slowdown_cpu": median(r.watched.cpu_ms / r.without.cpu_ms - 1 for r in measured),
        "slowdown_wall": median(r.watched.wall_ms / r.without.wall_ms - 1 for r in measured),
        "frame_cpu_ms": median(r.without.cpu_ms for r in measured),
        "frame_wall_ms": median(r.without.wall_ms for r in measured),
        "frames_per_s": median(r.without.frames_per_s for r in measured),
        "frames_per_s_watched": median(r.watched.frames_per_s for r in measured),
        "page_cpu_s_per_s": median(r.without.status_share for r in measured),
        "page_cpu_s_per_s_watched": median(r.watched.status_share for r in measured),
        "viewer_events_per_s": median(r.events_per_s for r in measured),
        "viewer_bytes_per_s": median(r.bytes_per_s for r in measured),
    }


def page_figures(box: WatchedBox) -> dict[str, float]:
    """Size of the first page and time to its first byte."""
    headers = {"cookie": box.sign_in()}
    with httpx.Client(base_url=box.address, headers=headers) as client:
        sizes = [len(client.get("/" + part).content) for part in PARTS]
        first_ms = [first_byte_ms(client) for _ in range(ASKED)]
    return {
        "page_bytes": sum(sizes),
        "time_to_first_byte_ms": round(statistics.median(first_ms), 2),
    }


def live_update(box: WatchedBox) -> dict[str, float]:
    """How long after a hit was stored its row comes over the stream of the hits page."""
    headers, spool = {"cookie": box.sign_in()}, SpoolView(box.spool)
    known = {one.hit.hit_id for one in spool.recent(ROWS)}
    delays_ms: list[float] = []
    with (
        httpx.Client(base_url=box.address, headers=headers, timeout=UPDATE_TIMEOUT_S) as client,
        client.stream("GET", "/events/hits") as stream,
    ):
        for line in stream.iter_lines():
            row = ROW.search(line)
            if row is None or row[1] in known:
                continue
            came_at = datetime.now(UTC)
            (stored,) = (one for one in spool.recent(ROWS) if one.hit.hit_id == row[1])
            delays_ms.append(1000 * (came_at - stored.recorded_at).total_seconds())
            known.add(row[1])
            if len(delays_ms) >= HITS_AWAITED:
                break
    return {
        "live_update_ms": round(statistics.median(delays_ms)),
        "live_update_worst_ms": round(max(delays_ms)),
    }


def first_byte_ms(client: httpx.Client) -> float:
    """Milliseconds until a page begins to come."""
    began_s = time.perf_counter()
    with client.stream("GET", "/") as answer:
        next(answer.iter_raw())
        return 1000 * (time.perf_counter() - began_s)


def words(found: dict[str, float | str]) -> str:
    """The figures for people."""
    return "\n".join(
        f"{name:45} {value if isinstance(value, str) else f'{value:,}':>12}"
        for name, value in found.items()
    )


if __name__ == "__main__":
    main()
