"""What the ``recognise`` process needs besides camera and models, as ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edge.errors import CaptureError, WatchlistError
from edge.processes.recorder import Recording
from edge.values import Hit


class HitSink(Protocol):
    """Where hits are recorded for good; see :class:`edge.processes.recorder.Recorder`."""

    def open(self) -> None:
        """Begin."""
        ...

    def add(self, hit: Hit) -> None:
        """Take a hit to be recorded; never waits for the disk."""
        ...

    def standing(self) -> Recording:
        """How recording goes."""
        ...

    def close(self) -> None:
        """Record what waits, and let go of the file."""
        ...


class WatchedGallery(Protocol):
    """The active watchlist, kept fresh from its file."""

    @property
    def version(self) -> int:
        """Version of the active list; 0 when there is none."""
        ...

    @property
    def people(self) -> int:
        """People that can match now."""
        ...

    @property
    def entries_by_list(self) -> Mapping[str, int]:
        """How many entries of each list can match now."""
        ...

    @property
    def problem(self) -> WatchlistError | None:
        """Why the file that lies there is not the active list; None when all is well."""
        ...

    def refresh(self) -> bool:
        """Take a newer list from its file, when there is one.

        Raises:
            WatchlistError: the file is not usable; the list in memory stays.
        """
        ...


class CameraRow(Protocol):
    """Several cameras behind one source; see :class:`edge.capture.several.Several`."""

    @property
    def problem(self) -> CaptureError | None:
        """The first camera that is lost while others go on."""
        ...

    @property
    def dropped_by_camera(self) -> Mapping[str, int]:
        """Frames that were left out for newer ones."""
        ...
