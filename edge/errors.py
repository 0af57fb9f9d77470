"""Every error watchpost raises on purpose, one tree, each with what to do about it.

    WatchpostError
    ├── ConfigError          a setting is missing, unknown or out of its range      exit 2
    ├── CaptureError         the camera or file gives no usable frames              exit 3
    │   ├── SourceMissing    there is no such device, file or stream
    │   ├── SourceBusy       another program holds the camera
    │   └── FrameFormatError the pixels are not what a frame must be
    ├── PackError            a model pack is missing, damaged or does not fit       exit 4
    ├── WatchlistError       a list is unsigned, altered, stale or for another pack exit 5
    ├── ConsentError         an enrolment without a live consent                    exit 6
    ├── PhotoError           an enrolment photo that cannot be used                 exit 6
    ├── RegisterError        the operator's register refuses or is damaged          exit 6
    ├── BrokerError          the MQTT broker refuses or cannot be reached           exit 7
    ├── SpoolError           hits cannot be recorded: no space, read-only, damaged  exit 8
    ├── HubError             the receiver's database cannot be used                 exit 9
    └── UpdateError          an image cannot be fetched, installed or marked        exit 10

An error is two sentences: what is wrong, and what to do. The command line prints both
and ends with ``exit_code``; it never shows a traceback for one of these.
"""

from __future__ import annotations


class WatchpostError(Exception):
    """Something went wrong that a person can understand and mend.

    Args:
        problem: one sentence: what is wrong, with the measured value and the limit.
        remedy: one sentence: what the reader should do now.
    """

    exit_code = 1
    worth_retrying = True  # a service tries again; set False where trying again changes nothing
    part = ""  # of the box, where a check of its own tells of trouble there

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"


class ConfigError(WatchpostError):
    """A setting is missing, unknown or out of its range."""

    exit_code = 2


class CaptureError(WatchpostError):
    """The camera, stream, file or folder gives no usable frames."""

    exit_code = 3
    part = "camera"


class SourceMissing(CaptureError):  # noqa: N818 - reads as the state it reports
    """There is no such device, file or stream."""


class SourceBusy(CaptureError):  # noqa: N818 - reads as the state it reports
    """Another program holds the camera."""


class FrameFormatError(CaptureError):
    """The pixels are not in a format that a frame can be made of."""


class PackError(WatchpostError):
    """A model pack is missing, damaged, or its manifest does not fit its models."""

    exit_code = 4


class WatchlistError(WatchpostError):
    """A watchlist is unsigned, altered, stale, or made for another pack."""

    exit_code = 5
    part = "watchlist"


class ConsentError(WatchpostError):
    """An enrolment lacks a live, in-scope consent."""

    exit_code = 6


class PhotoError(WatchpostError):
    """An enrolment photo cannot be used."""

    exit_code = 6


class RegisterError(WatchpostError):
    """The operator's register refuses a change or is damaged."""

    exit_code = 6


class BrokerError(WatchpostError):
    """The MQTT broker refuses this box or cannot be reached."""

    exit_code = 7
    part = "broker"


class SpoolError(WatchpostError):
    """Hits cannot be recorded or read: no space, read-only, or a damaged file."""

    exit_code = 8
    part = "spool"


class HubError(WatchpostError):
    """The receiver's database cannot be reached, read or written."""

    exit_code = 9


class UpdateError(WatchpostError):
    """A whole image cannot be fetched, installed, or marked good or bad."""

    exit_code = 10
