"""What is used of Picamera2 and libcamera, and the import of both.

The port :class:`Stack` is all that ``picamera.py`` sees of them. :class:`InstalledStack` is made
when a camera is opened, never earlier: both packages exist on a Raspberry Pi only. Picamera2
0.3.27 or newer is needed, for ``capture_request(wait=seconds)``.
"""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from typing import Any, Protocol

from edge.errors import CaptureError


class Stack(Protocol):
    """The parts of Picamera2 and libcamera that are used."""

    def camera(self) -> Any:
        """A new ``picamera2.Picamera2()``."""
        ...

    def mapped(self, request: Any, stream: str) -> AbstractContextManager[Any]:
        """A ``picamera2.MappedArray`` of a request's stream, for reading."""
        ...

    def colour_space(self) -> Any:
        """``libcamera.ColorSpace.Sycc()``."""
        ...


class InstalledStack:
    """Picamera2 as the system has it.

    Raises:
        CaptureError: it is not installed, or does not fit the installed NumPy.
    """

    def __init__(self) -> None:
        try:
            self._picamera2 = importlib.import_module("picamera2")
            self._libcamera = importlib.import_module("libcamera")
        except ImportError as error:
            raise CaptureError(
                f"Picamera2 is not installed here ({error.name} is missing).",
                "Run `sudo apt install python3-picamera2`, and make the virtual environment "
                "with --system-site-packages; or set camera.source to another camera.",
            ) from error
        except ValueError as error:
            # Debian 12's simplejpeg, which picamera2 imports, is built for NumPy 1 (ADR 0033).
            raise CaptureError(
                f"The system's Picamera2 does not work with this NumPy ({error}).",
                "Run `pip install 'watchpost[raspberry-pi]'` in watchpost's environment.",
            ) from error

    def camera(self) -> Any:
        """See :class:`Stack`."""
        return self._picamera2.Picamera2()

    def mapped(self, request: Any, stream: str) -> AbstractContextManager[Any]:
        """See :class:`Stack`."""
        array: AbstractContextManager[Any] = self._picamera2.MappedArray(
            request, stream, write=False
        )
        return array

    def colour_space(self) -> Any:
        """See :class:`Stack`."""
        return self._libcamera.ColorSpace.Sycc()
