"""What the status page costs: bytes, time to its first byte, what viewers take from recognition.

Recognition is stood in for by its hottest stage on real models: the pack's detector, again and
again over one picture on one thread. The page runs as a process of its own. Rounds without and
with viewers follow one another in one run, so that whatever else the machine does falls on both.
The viewers themselves run at the lowest priority, because real ones run on other machines; the
slow-down is the median of the rounds' ratios.

    python -m benchmarks.status [--viewers 50] [--rounds 6] [--seconds 10] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing import Process
from pathlib import Path

import httpx
import numpy as np

from edge.compose import box as boxes
from edge.compose.recognise import make_detector
from edge.status.access.roles import Role
from edge.values import Frame
from tests.integration.status_box import Box, make_hit

PARTS = ("", "static/status.css", "static/status.js", "static/icon.svg")
ASKED = 40


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        box = start(Path(folder))
        try:
            found = measure(box, args.viewers, args.rounds, args.seconds)
        finally:
            box.close()
    print(json.dumps(found, indent=2) if args.json else words(found))


def start(folder: Path) -> Box:
    """A box that works, with its page."""
    box = Box(folder)
    box.start_page()
    box.healthy()
    box.record(*(make_hit(number, age=timedelta(minutes=number)) for number in range(1, 21)))
    return box


def measure(box: Box, viewers: int, rounds: int, seconds: float) -> dict[str, float]:
    """All figures."""
    cookies = sign_in(box)
    with httpx.Client(base_url=box.address, cookies=cookies) as client:
        sizes = [len(client.get("/" + part).content) for part in PARTS]
        first_ms = [first_byte_ms(client) for _ in range(ASKED)]
    ratios = [one_round(box, cookies, viewers, seconds) for _ in range(rounds)]
    return {
        "page_bytes": sum(sizes),
        "time_to_first_byte_ms": round(statistics.median(first_ms), 2),
        "viewers": viewers,
        "rounds": rounds,
        "recognition_slowdown": round(statistics.median(ratios) - 1, 4),
        "recognition_slowdown_worst": round(max(ratios) - 1, 4),
    }


def sign_in(box: Box) -> dict[str, str]:
    """The cookie of an operator."""
    form = {"role": "operator", "password": box.password(Role.OPERATOR), "next": "/"}
    origin = {"origin": box.address.rstrip("/")}
    return dict(httpx.post(f"{box.address}sign-in", data=form, headers=origin).cookies)


def first_byte_ms(client: httpx.Client) -> float:
    """Milliseconds until a page begins to come."""
    began_s = time.perf_counter()
    with client.stream("GET", "/") as answer:
        next(answer.iter_raw())
        return 1000 * (time.perf_counter() - began_s)


def one_round(box: Box, cookies: dict[str, str], viewers: int, seconds: float) -> float:
    """Time of a detection with viewers, over that without."""
    alone_s = detection_s(seconds)
    crowd = Process(target=watch, args=(box.address, cookies, viewers), daemon=True)
    crowd.start()
    time.sleep(3)
    watched_s = detection_s(seconds)
    crowd.kill()
    crowd.join()
    return watched_s / alone_s


def detection_s(seconds: float) -> float:
    """Median time of one detection at ten pictures a second, as a camera gives them."""
    detector = make_detector(boxes.load("default"), 1)
    frame = noise()
    times, end_s = [], time.perf_counter() + seconds
    while (began_s := time.perf_counter()) < end_s:
        detector.detect(frame)
        times.append(time.perf_counter() - began_s)
        time.sleep(max(0.0, 0.1 - times[-1]))
    return statistics.median(times)


def noise() -> Frame:
    """A picture of 1280x720; what is on it does not change what a detection costs."""
    y = np.random.default_rng(1).integers(0, 256, (720, 1280), np.uint8)
    half = np.full((360, 640), 128, np.uint8)
    return Frame("bench", 0, 0.0, datetime.now(UTC), y, half, half)


def watch(address: str, cookies: dict[str, str], viewers: int) -> None:
    """Keep pages open until killed."""
    os.nice(19)
    asyncio.run(_watch(address, cookies, viewers))


async def _watch(address: str, cookies: dict[str, str], viewers: int) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(cookies=cookies, limits=limits, timeout=60) as client:
        await asyncio.gather(*(_read(client, f"{address}events/overview") for _ in range(viewers)))


async def _read(client: httpx.AsyncClient, address: str) -> None:
    async with client.stream("GET", address) as answer:
        answer.raise_for_status()
        async for _ in answer.aiter_raw():
            pass


def words(found: dict[str, float]) -> str:
    """The figures for people."""
    return "\n".join(f"{name:28} {value:>12,}" for name, value in found.items())


if __name__ == "__main__":
    main()
