"""RAUC through its own command line, and its errors in words.

In: ``rauc`` on ``PATH`` (Debian 12: ``rauc`` and ``rauc-service``, version 1.8). Out: the port
:class:`Updater`. Always: each call is bounded in time and output; who signed a bundle, and whether
it is for this kind of box, is RAUC's to check, never ours. The command line is chosen over D-Bus
because it needs no further library and says the same.
"""

from __future__ import annotations

import selectors
import subprocess
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal, Protocol

from edge.errors import UpdateError
from edge.update.slots import Slots, slots_in

ANSWER_WITHIN_S = 60.0
INSTALL_WITHIN_S = 3600.0
_LOOK_EVERY_S = 1.0
_KEPT_LINES = 50
_LINE_BYTES = 500
_STATUS = ("status", "--detailed", "--output-format=json")
# What RAUC 1.8 says (recorded from it), and what that means.
_MEANINGS = (
    (
        "signature verification failed",
        "The bundle is not signed by anybody whom this box believes",
        "Take the bundle of your own fleet; the keyring is named in /etc/rauc/system.conf.",
    ),
    (
        "compatible mismatch",
        "The bundle is for another kind of box",
        "Take the bundle for this board; `watchpost update status` says which that is.",
    ),
    (
        "already processing",
        "RAUC is busy with another installation",
        "Wait until it is done: `watchpost update status`.",
    ),
    (
        "not provided by any .service files",
        "RAUC's service does not run",
        "Run `apt install rauc-service`, then `systemctl status rauc`.",
    ),
    (
        "could not connect",
        "RAUC's service cannot be reached",
        "Run the command as root; look at `systemctl status dbus rauc`.",
    ),
)
_ELSE = "Look at `journalctl -u rauc`; nothing is started from the new slot."


class Updater(Protocol):
    """Keeps images in slots."""

    def slots(self) -> Slots:
        """What is where.

        Raises:
            UpdateError: it cannot be told.
        """
        ...

    def install(self, bundle: Path, meanwhile: Callable[[str], None]) -> None:
        """Write a bundle into the slot that does not run.

        Args:
            bundle: a file.
            meanwhile: called about once a second with the newest line of progress, or "".

        Raises:
            UpdateError: it was refused or failed; what runs is as it was.
        """
        ...

    def mark(self, verdict: Literal["good", "bad"]) -> None:
        """Say to the bootloader how the running slot is.

        Raises:
            UpdateError: it could not be said.
        """
        ...


class RaucProgram:
    """RAUC's program.

    Args:
        program: name or path.
        install_within_s: longest time for an installation, seconds.
    """

    def __init__(self, program: str = "rauc", install_within_s: float = INSTALL_WITHIN_S) -> None:
        self._program = program
        self._install_within_s = install_within_s

    def slots(self) -> Slots:
        """See :class:`Updater`."""
        return slots_in(self._ask(*_STATUS))

    def mark(self, verdict: Literal["good", "bad"]) -> None:
        """See :class:`Updater`."""
        self._ask("status", f"mark-{verdict}", "booted")

    def install(self, bundle: Path, meanwhile: Callable[[str], None]) -> None:
        """See :class:`Updater`."""
        try:
            process = subprocess.Popen(  # noqa: S603 - our words and a path, no shell
                [self._program, "install", str(bundle)],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise _missing(error) from error
        with process:
            try:
                said = self._follow(process, meanwhile)
            finally:
                process.kill()  # no longer there, unless it took too long or we were stopped
        if process.returncode != 0:
            raise _in_words(f"installing {bundle.name}", "\n".join(said))

    def _follow(
        self, process: subprocess.Popen[bytes], meanwhile: Callable[[str], None]
    ) -> deque[str]:
        said: deque[str] = deque(maxlen=_KEPT_LINES)
        until_s = time.monotonic() + self._install_within_s
        with selectors.DefaultSelector() as ready:
            pipe = process.stdout
            if pipe is None:
                return said
            ready.register(pipe, selectors.EVENT_READ)
            while time.monotonic() < until_s:
                if ready.select(_LOOK_EVERY_S) and not _take_line(pipe, said):
                    process.wait(_LOOK_EVERY_S)
                    return said
                meanwhile(said[-1] if said else "")
        raise UpdateError(
            f"The installation took longer than {self._install_within_s:.0f} s.",
            "Look at `journalctl -u rauc`, and test the card.",
        )

    def _ask(self, *words: str) -> bytes:
        try:
            ran = subprocess.run(  # noqa: S603 - our own words, no shell
                [self._program, *words], capture_output=True, timeout=ANSWER_WITHIN_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise UpdateError(
                f"RAUC did not answer within {ANSWER_WITHIN_S:.0f} s.",
                "Look at `systemctl status rauc`.",
            ) from error
        except OSError as error:
            raise _missing(error) from error
        if ran.returncode != 0:
            said = (ran.stdout + ran.stderr).decode(errors="replace")
            raise _in_words(" ".join(words), said)
        return ran.stdout


def _take_line(pipe: IO[bytes], said: deque[str]) -> bool:
    line = pipe.readline(_LINE_BYTES)
    text = line.decode(errors="replace").strip()
    if text:
        said.append(text)
    return bool(line)


def _missing(error: OSError) -> UpdateError:
    return UpdateError(
        f"RAUC is not here ({error.strerror}): this machine has no slots for whole images.",
        "Update the package with apt, or make an image as firmware_config/rauc/README.md says.",
    )


def _in_words(what: str, said: str) -> UpdateError:
    low = said.lower()
    lines = [one.strip() for one in said.splitlines() if one.strip()]
    told = next((one for one in lines if one.startswith("LastError:")), lines[-1] if lines else "")
    reason = told.removeprefix("LastError:").strip()[:300]
    for mark, meaning, remedy in _MEANINGS:
        if mark in low:
            return UpdateError(f"{meaning} (RAUC: {reason}).", remedy)
    return UpdateError(f"RAUC failed at {what}: {reason or 'it said nothing'}.", _ELSE)
