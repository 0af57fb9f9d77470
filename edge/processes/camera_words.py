"""Says how each camera of several is, for the state file."""

from __future__ import annotations

from collections.abc import Mapping

from edge.processes.frame_rate import FrameRate

SILENT_S = 5.0


class CameraWords:
    """Remembers when each camera last gave a frame."""

    def __init__(self) -> None:
        self._rates: dict[str, FrameRate] = {}

    def tick(self, camera: str, now_s: float) -> None:
        """A frame of this camera was processed."""
        self._rates.setdefault(camera, FrameRate()).tick(now_s)

    def of(
        self,
        counts: Mapping[str, Mapping[str, int]],
        dropped: Mapping[str, int],
        now_s: float,
    ) -> dict[str, str]:
        """A sentence for each camera, by ``camera.NAME``.

        Args:
            counts: ``Pipeline.counts`` by camera.
            dropped: frames left out for newer ones, by camera.
            now_s: steady time, seconds.
        """
        words = {}
        for name, counted in counts.items():
            rate = self._rates.get(name)
            if rate is None or rate.age_s(now_s) > SILENT_S:
                words[f"camera.{name}"] = "gives no pictures"
                continue
            words[f"camera.{name}"] = (
                f"{rate.per_s(now_s):.1f} pictures per second, {counted['hits']} hits, "
                f"{dropped.get(name, 0)} pictures left out"
            )
        return words
