"""The port through which pictures come in.

A source leases frames: ``read`` hands out views into its own buffers, and the caller gives
them back with ``release`` as soon as it has taken what it needs. At most two frames are out
at once. ``open`` and ``read`` never block for longer than the configured time-outs.
"""

from __future__ import annotations

from typing import Protocol

from edge.values import Frame


class Source(Protocol):
    """A camera, stream, file or folder."""

    def open(self) -> None:
        """Get ready to read.

        Raises:
            SourceMissing: there is no such device, file or stream.
            SourceBusy: another program holds it.
            CaptureError: it cannot be read for another reason.
        """
        ...

    def read(self) -> Frame | None:
        """The next frame, or None at the end of a file or folder.

        Raises:
            CaptureError: no frame within the time-out, or the pixels are unusable.
        """
        ...

    def release(self, frame: Frame) -> None:
        """Give a frame's buffers back; its planes must not be used any more."""
        ...

    def close(self) -> None:
        """Let go of the device or file; safe to call twice."""
        ...
