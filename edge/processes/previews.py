"""The previews of all cameras of a box.

In: frames of any of them. Out: what each camera's :class:`edge.processes.preview.Preview` writes.
Always: pictures that an earlier process left are removed before the first frame, those of cameras
that the settings no longer name too; whether faces may be seen is one decision for all cameras.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from edge.processes.preview import Preview
from edge.runtime.preview_file import remove_previews
from edge.values import Frame
from edge.values.preview import SeenFace

log = logging.getLogger(__name__)


class Previews:
    """One preview a camera.

    Args:
        run_dir: RUN.
        by_camera: the previews by the camera's name, at least one.
    """

    def __init__(self, run_dir: Path, by_camera: Mapping[str, Preview]) -> None:
        self._run_dir = run_dir
        self._by_camera = dict(by_camera)
        self._tidied = False

    def look_around(self) -> None:
        """Find out whether somebody looks; called again and again, frames or not."""
        if not self._tidied:
            self._tidy()
        for one in self._by_camera.values():
            one.look_around()

    def is_due(self, camera: str) -> bool:
        """Whether this camera's next frame will be shown, so that faces must be looked for."""
        return self._by_camera[camera].is_due

    def take(self, frame: Frame, faces: tuple[SeenFace, ...]) -> None:
        """See :meth:`edge.processes.preview.Preview.take`."""
        self._by_camera[frame.camera].take(frame, faces)

    def close(self) -> None:
        """Take away what was written."""
        for one in self._by_camera.values():
            one.close()

    def facts(self) -> dict[str, str]:
        """For the state file: until when faces are visible, if they are."""
        return next(iter(self._by_camera.values())).facts()

    def _tidy(self) -> None:
        try:
            remove_previews(self._run_dir)
        except OSError as error:
            log.error("cannot remove what an earlier preview left: %s", error)
            return
        self._tidied = True
