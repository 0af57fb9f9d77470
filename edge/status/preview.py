"""The page's end of the preview: asks the recogniser to show pictures, and reads what it shows.

In: lookers. Out: the newest picture with what is told of it, and requests in RUN/status.
Always: the camera's ``wanted`` is touched at most once a second and only while somebody looks;
files are read at most ``READS_PER_S`` times a second, however many look; a picture older than
``FRESH_S`` is none. Whether faces are hidden is the recogniser's doing, and how long they may be
seen is for it to enforce.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from edge.runtime.clock import Clock
from edge.runtime.preview_file import UNBLUR, facts_file, read_facts, read_picture, wanted
from edge.runtime.wish_file import leave_wish, unwritable
from edge.status import words
from edge.status.access.roles import Role
from edge.status.snapshot import Snapshot
from edge.values.preview import PreviewFacts

READS_PER_S = 10.0
ASK_EVERY_S = 1.0
FRESH_S = 5.0
UNBLUR_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PreviewPicture:
    """A picture as it was found.

    Attributes:
        facts: what is told of it.
        jpeg: the picture.
    """

    facts: PreviewFacts
    jpeg: bytes


class PreviewWindow:
    """Looks through one camera, with the recogniser's eyes; callable from any thread.

    Args:
        camera: its name.
        run_dir: RUN, where pictures lie.
        requests: RUN/status, where requests go.
        clock: time.
    """

    def __init__(self, camera: str, run_dir: Path, requests: Path, clock: Clock) -> None:
        self._camera = camera
        self._run_dir = run_dir
        self._requests = requests
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_s = self._read_s = float("-inf")
        self._written_ns = 0
        self._picture: PreviewPicture | None = None

    def look(self) -> PreviewPicture | None:
        """The newest picture, or None: then one comes within seconds if the camera works.

        Raises:
            ConfigError: the request cannot be written.
        """
        with self._lock:
            now_s = self._clock.monotonic_s()
            if now_s - self._asked_s >= ASK_EVERY_S:
                self._asked_s = now_s
                self._ask()
            if now_s - self._read_s >= 1 / READS_PER_S:
                self._read_s = now_s
                self._picture = self._read()
            return self._picture

    def _ask(self) -> None:
        path = wanted(self._requests, self._camera)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o640)
            try:
                os.utime(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise unwritable(self._requests, error) from error

    def _read(self) -> PreviewPicture | None:
        try:
            written_ns = facts_file(self._run_dir, self._camera).lstat().st_mtime_ns
        except OSError:
            return None
        age_s = self._clock.utc().timestamp() - written_ns / 1e9
        if abs(age_s) > FRESH_S:
            return None
        if written_ns == self._written_ns and self._picture is not None:
            return self._picture
        facts, jpeg = (
            read_facts(self._run_dir, self._camera),
            read_picture(self._run_dir, self._camera),
        )
        if facts is None or not jpeg:
            return None
        self._written_ns = written_ns
        return PreviewPicture(facts, jpeg)


def unblur(requests: Path, role: Role, now: datetime) -> None:
    """Ask to see faces for a while, on all cameras; the recogniser decides.

    Raises:
        ConfigError: the request cannot be written.
    """
    leave_wish(requests / UNBLUR, {"until": (now + UNBLUR_FOR).isoformat(), "by": role.value})


def blur(requests: Path) -> None:
    """Take the request back.

    Raises:
        ConfigError: it cannot be removed.
    """
    try:
        (requests / UNBLUR).unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(requests, error) from error


def unblurred_until(snapshot: Snapshot, zone: tzinfo | None) -> str:
    """Until when faces are visible in the preview, in words; empty when they are hidden."""
    try:
        until = datetime.fromisoformat(snapshot.recognise.fact("unblurred") or "")
    except ValueError:
        return ""
    if until.tzinfo is None or until <= snapshot.taken_at:
        return ""
    return words.moment(until, snapshot.taken_at, zone)
