"""What became of images that do not run: given up by the box, or never started.

In: RAUC's slots, the ledger, which start of the machine this is. Out: None, or an
:class:`UpdateError` for the page, the status topic and the doctor. Always: told at every start
again until another image is installed there, because whoever installed it may have seen none of
it; nothing is changed but what :func:`note_installed` adds to the ledger.
"""

from __future__ import annotations

from pathlib import Path

from edge.errors import UpdateError
from edge.update.ledger import Ledger
from edge.update.slots import Slot, Slots

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_REMEDY = "Find out why, then install an image that works: `watchpost update install`."


def boot_id() -> str:
    """What tells this start of the machine from any other (random(4))."""
    return _BOOT_ID.read_text("ascii").strip()


def note_installed(before: Slots, after: Slots, ledger: Ledger, boot: str) -> None:
    """Remember which image is to run from the next start on.

    Raises:
        UpdateError: the ledger cannot be written.
    """
    images = {slot.name: slot.image for slot in before.slots}
    for slot in after.slots:
        if not slot.booted and slot.image != images.get(slot.name):
            ledger.note_installed(slot, boot)


def what_failed(slots: Slots, ledger: Ledger, boot: str) -> UpdateError | None:
    """Why the machine does not run the image that was installed last, if it should."""
    found = (_failure(slot, ledger, boot) for slot in slots.slots if not slot.booted)
    return next(filter(None, found), None)


def _failure(slot: Slot, ledger: Ledger, boot: str) -> UpdateError | None:
    image = f"The image {slot.version or 'as made'} in {slot.name}"
    if why := ledger.why_refused(slot):
        return UpdateError(f"{image} was given up, and the one before runs. {why}", _REMEDY)
    if ledger.awaited_since(slot) not in ("", boot):
        return UpdateError(f"{image} did not start, and the one before runs.", _REMEDY)
    return None
