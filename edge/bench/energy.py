"""Processor time of the recogniser for an hour of video: empty, waiting, quiet and busy scenes.

    python -m benchmarks.energy [--json] [--frames N]

Each scene goes through two pipelines, with the savings of ``[speed]`` and without (keys with
``unspared``); scenes and pipelines take turns, frame by frame; decoding is not in it. Keys:
``empty_cpu_s_per_hour`` (nobody), ``waiting_cpu_s_per_hour`` (a person on the list, recognised, who
stands still), ``quiet_cpu_s_per_hour`` (the bundled clip's people for one minute of the hour, else
nobody), ``busy_cpu_s_per_hour`` (three strangers all the time, each frame embedding all of them,
which real tracks stop doing once they are settled), ``*_frame_cpu_ms`` (means: looks are rare and
dear), ``empty_share_of_a_core`` and ``*_by_unspared``. Still scenes have a sensor's noise. The
hours are extrapolated from the processor time of a frame at :data:`FRAMES_PER_S`; nothing was
measured with a power meter.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from edge.bench.pipeline import cpu_s, moved, picture
from edge.bench.stages import demo_pipeline, frames_of_clip
from edge.runtime.setting_tables import SpeedSettings
from edge.values import Frame

FRAMES_PER_S = 10
BUSY_MINUTES = 1
NOISE = 3.0  # of 255, standard deviation of a pixel
UNSPARED = SpeedSettings(motion_gate=False, adaptive_rate=False, needed_looks=False)
_NOISY_PICTURES = 8
_WARMUP = 20  # frames until the first hit and until a scene counts as still
_SCENES = ("empty", "waiting", "clip", "busy")


def measure(frames: int = 150) -> dict[str, float]:
    """All figures; see the module."""
    cv2.setNumThreads(1)
    arms = {"": SpeedSettings(), "_unspared": UNSPARED}
    pipelines = {s + a: demo_pipeline("default", arms[a])[0] for s in _SCENES for a in arms}
    taken: dict[str, list[float]] = {name: [] for name in pipelines}
    for index, shown in enumerate(scenes(frames + _WARMUP)):
        for name, pipeline in pipelines.items():
            one = shown[name.partition("_")[0]]
            took_s = cpu_s(partial(pipeline.process, one))
            if index >= _WARMUP:
                taken[name].append(took_s)
    mean_s = {name: statistics.mean(times) for name, times in taken.items()}
    per_minute = 60 * FRAMES_PER_S
    hours = {name: 60 * per_minute * mean for name, mean in mean_s.items()}
    for arm in arms:
        clip, empty = mean_s["clip" + arm], mean_s["empty" + arm]
        minutes = (BUSY_MINUTES, 60 - BUSY_MINUTES)
        hours["quiet" + arm] = per_minute * (minutes[0] * clip + minutes[1] * empty)
    return {
        **{f"{name}_cpu_s_per_hour": hours[name] for name in sorted(hours) if "clip" not in name},
        **{f"{name}_frame_cpu_ms": 1000 * mean for name, mean in mean_s.items()},
        "empty_share_of_a_core": mean_s["empty"] * FRAMES_PER_S,
        **{f"{name}_by_unspared": mean_s[name] / mean_s[name + "_unspared"] for name in _SCENES},
    }


def scenes(count: int) -> Iterator[dict[str, Frame]]:
    """A frame of each scene, in step."""
    three = picture()
    nobody = replace(three, y=np.full_like(three.y, 110))
    films = {"empty": noisy(nobody, count), "waiting": noisy(known_person(), count)}
    clip = list(frames_of_clip(count))
    for index in range(count):
        turn, place = divmod(index, len(clip))
        later_s = turn * (clip[-1].t_s + 60.0)
        yield {
            "clip": replace(clip[place], index=index, t_s=clip[place].t_s + later_s),
            "busy": moved(three, index),
            **{name: next(film) for name, film in films.items()},
        }


def noisy(still: Frame, count: int) -> Iterator[Frame]:
    """A still picture as a camera gives it, its noise drawn from a few pictures."""
    chance = np.random.default_rng(1)
    pictures = [
        np.clip(still.y + chance.normal(0, NOISE, still.y.shape), 0, 255).astype(np.uint8)
        for _ in range(_NOISY_PICTURES)
    ]
    for index in range(count):
        luma = pictures[int(chance.integers(_NOISY_PICTURES))]
        yield replace(still, y=luma, index=index, t_s=index / FRAMES_PER_S)


def known_person() -> Frame:
    """A frame of the clip in which somebody on the list stands near."""
    return next(frame for frame in frames_of_clip(24) if frame.index == 22)
