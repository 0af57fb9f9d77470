"""Processor time of the recogniser for an hour of video: an empty, a quiet and a busy scene.

    python -m benchmarks.energy [--json] [--frames N]

The scenes take turns, frame by frame; decoding is not in it. Keys: ``empty_cpu_s_per_hour``
(nobody), ``quiet_cpu_s_per_hour`` (the bundled clip's people for one minute of the hour, else
nobody), ``busy_cpu_s_per_hour`` (three strangers all the time, each frame embedding all of them,
which real tracks stop doing once they are settled), ``*_frame_cpu_ms`` (medians; of the clip the
mean, since its frames differ), and ``busy_by_empty``. The hours are extrapolated from one frame's
processor time at :data:`FRAMES_PER_S`; nothing was measured with a power meter.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from benchmarks.pipeline import cpu_s, moved, picture
from benchmarks.side_by_side import tell
from benchmarks.stages import demo_pipeline, frames_of_clip

FRAMES_PER_S = 10
BUSY_MINUTES = 1
_WARMUP = 5


def measure(frames: int = 150) -> dict[str, Any]:
    """All figures; see the module."""
    cv2.setNumThreads(1)
    pipelines = {name: demo_pipeline("default")[0] for name in ("empty", "clip", "busy")}
    three = picture()
    nobody = replace(three, y=np.full_like(three.y, 110))
    taken: dict[str, list[float]] = {name: [] for name in pipelines}
    for frame in frames_of_clip(frames + _WARMUP):
        drifting = moved(three, frame.index)
        shown = {
            "empty": replace(nobody, index=frame.index, t_s=drifting.t_s),
            "clip": frame,
            "busy": drifting,
        }
        for name, one in shown.items():
            took_s = cpu_s(lambda name=name, one=one: pipelines[name].process(one))
            if frame.index >= _WARMUP:
                taken[name].append(took_s)
    empty, busy = statistics.median(taken["empty"]), statistics.median(taken["busy"])
    clip = statistics.mean(taken["clip"])
    per_minute = 60 * FRAMES_PER_S
    return {
        "empty_cpu_s_per_hour": 60 * per_minute * empty,
        "quiet_cpu_s_per_hour": per_minute * (BUSY_MINUTES * clip + (60 - BUSY_MINUTES) * empty),
        "busy_cpu_s_per_hour": 60 * per_minute * busy,
        "empty_frame_cpu_ms": 1000 * empty,
        "clip_frame_cpu_ms": 1000 * clip,
        "busy_frame_cpu_ms": 1000 * busy,
        "busy_by_empty": statistics.median(
            a / b for a, b in zip(taken["busy"], taken["empty"], strict=True)
        ),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--frames", type=int, default=150, help="at most those of the clip")
    args = parser.parse_args()
    tell(measure(args.frames), as_json=args.json)


if __name__ == "__main__":
    main()
