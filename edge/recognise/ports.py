"""What the recogniser needs from outside, as ports; it never sees what stands behind them."""

from __future__ import annotations

from typing import Protocol

from edge.values import Bytes, Candidate, Detection, Floats, Frame


class Detector(Protocol):
    """Finds faces."""

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """Faces in a frame, best score first, in frame pixels, a bounded number."""
        ...


class Embedder(Protocol):
    """Turns face chips into templates."""

    def embed(self, chips: list[Bytes]) -> Floats:
        """Templates of (height, width, 3) RGB uint8 chips: (n, dimensions), rows of length 1."""
        ...


class Gallery(Protocol):
    """Searches the active watchlist."""

    @property
    def version(self) -> int:
        """Version of the active list; 0 when there is none."""
        ...

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        """For each row of (n, dimensions) float32 probes, the best two *people*, best first.

        Only entries whose consent is live and covers this site are ever returned.
        """
        ...
