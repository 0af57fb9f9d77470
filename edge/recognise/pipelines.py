"""The pipelines of a box's cameras as one: each frame goes to its own camera's.

In: frames of any of the cameras. Out: recognitions. Always: tracks, backgrounds and alerts belong
to one camera; models and gallery are shared, so that a further camera costs no further model.
Used by one thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from edge.recognise.pipeline import Pipeline
from edge.values import Frame, Recognition
from edge.values.preview import SeenFace


class Pipelines:
    """One pipeline a camera, with the figures of all.

    Args:
        by_camera: the pipelines by the camera's name, at least one.
    """

    def __init__(self, by_camera: Mapping[str, Pipeline]) -> None:
        self._by_camera = dict(by_camera)
        self._last = next(iter(self._by_camera.values()))

    def process(self, frame: Frame, *, watched: bool = False) -> list[Recognition]:
        """See :meth:`edge.recognise.pipeline.Pipeline.process`.

        Raises:
            KeyError: there is no such camera.
        """
        self._last = self._by_camera[frame.camera]
        return self._last.process(frame, watched=watched)

    def retune(self, thresholds: tuple[tuple[int, float], ...]) -> None:
        """Decide by these from now on, whatever the camera."""
        for one in self._by_camera.values():
            one.retune(thresholds)

    def seen(self) -> tuple[SeenFace, ...]:
        """The faces followed in the last frame."""
        return self._last.seen()

    @property
    def looked(self) -> bool:
        """Whether faces were looked for in the last frame."""
        return self._last.looked

    @property
    def counts(self) -> dict[str, int]:
        """Totals of all cameras, by the names of ``Pipeline.counts``."""
        return {name: self.count(name) for name in self._last.counts}

    def count(self, name: str) -> int:
        """One of these totals."""
        return sum(one.counts[name] for one in self._by_camera.values())

    @property
    def counts_by_camera(self) -> dict[str, dict[str, int]]:
        """The same by camera."""
        return {name: one.counts for name, one in self._by_camera.items()}

    @property
    def mean_s(self) -> dict[str, float]:
        """Mean duration of each stage, over the cameras that have it, seconds."""
        every = [one.times.mean_s for one in self._by_camera.values()]
        names = dict.fromkeys(chain.from_iterable(every))
        known = {name: [one[name] for one in every if name in one] for name in names}
        return {name: sum(taken) / len(taken) for name, taken in known.items()}

    @property
    def total_s(self) -> dict[str, float]:
        """Summed duration of each stage since start, seconds."""
        every = [one.times.total_s for one in self._by_camera.values()]
        names = dict.fromkeys(chain.from_iterable(every))
        return {name: sum(one.get(name, 0.0) for one in every) for name in names}

    @property
    def uncertain_by_list(self) -> Counter[str]:
        """Uncertain tracks by the list that asked to hear of them."""
        return sum((one.uncertain_by_list for one in self._by_camera.values()), Counter[str]())

    @property
    def withheld(self) -> Counter[str]:
        """Tracks whose match was withheld, by reason."""
        return sum((one.withheld for one in self._by_camera.values()), Counter[str]())

    @property
    def suppressed_total(self) -> int:
        """Hits held back because the same camera reported the same entry a short time ago."""
        return sum(one.suppressed_total for one in self._by_camera.values())
