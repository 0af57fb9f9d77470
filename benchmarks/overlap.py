"""Decoding beside recognising: the bundled clip with one thread and with a thread for capture.

    python -m benchmarks.overlap [--json] [--rounds N]

The arms "in turn" (decode a picture, recognise it) and "beside" (the source in its own thread, as
every camera of a box is) take turns over the clip as fast as it goes; both see every picture. Keys:
``times_faster_beside`` (median of the ratios of wall time), ``*_s`` (medians). One decoding and one
inference thread: on one core the ratio is 1, and only a machine with nothing else to do shows it.
"""

from __future__ import annotations

import argparse
import threading
import time

import cv2

from benchmarks.telling import tell
from edge.bench.side_by_side import interleaved, median_ratio
from edge.bench.stages import demo_pipeline
from edge.capture.open_source import make_source, make_threaded
from edge.capture.source import Source
from edge.demo.truth import clip
from edge.recognise.pipeline import Pipeline
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import CameraSettings

CLOCK = SystemClock(trust_system=True)
CAMERA = CameraSettings(source=str(clip().path), pace="as-fast-as-possible")


def measure(rounds: int = 5) -> dict[str, float]:
    """All figures; see the module."""
    cv2.setNumThreads(1)
    pipelines = [demo_pipeline("default")[0] for _ in range(2)]
    arms = {
        "in_turn": lambda: play(make_source(CAMERA, CLOCK), pipelines[0]),
        "beside": lambda: play(make_threaded(CAMERA, CLOCK, threading.Condition()), pipelines[1]),
    }
    taken = interleaved(arms, rounds, warmup=1)
    return {
        "times_faster_beside": median_ratio(taken["in_turn"], taken["beside"]),
        **{f"{name}_s": sorted(times)[len(times) // 2] for name, times in taken.items()},
    }


def play(source: Source, pipeline: Pipeline) -> float:
    """Take every picture all the way; how long it took, seconds."""
    begin_s = time.perf_counter()
    source.open()
    while (frame := source.read()) is not None:
        pipeline.process(frame)
        source.release(frame)
    source.close()
    return time.perf_counter() - begin_s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    tell(measure(args.rounds), as_json=args.json)


if __name__ == "__main__":
    main()
