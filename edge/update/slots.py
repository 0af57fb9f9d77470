"""What RAUC says of the two slots, as values.

In: the JSON of ``rauc status --detailed --output-format=json``, as RAUC 1.8 of Debian 12 writes it.
Out: :class:`Slots`. Always: bounded; fields that are not known are passed over, a document without
those that are needed is an error. Only slots that a bootloader starts (with a ``bootname`` and no
parent) are told of.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import UpdateError

MAX_STATUS_BYTES = 256 * 1024
_BOOTED, _GOOD = "booted", "good"
_AS_MADE = "as made"  # no bundle was ever installed there


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Bundle(_Model):
    version: str | None = Field(default=None, max_length=256)


class _Checksum(_Model):
    sha256: str = Field(default="", max_length=64)


class _Stamp(_Model):
    timestamp: str = Field(default="", max_length=64)


class _Installed(_Model):
    bundle: _Bundle = _Bundle()
    checksum: _Checksum = _Checksum()
    installed: _Stamp = _Stamp()


class _Slot(_Model):
    bootname: str | None = Field(default=None, max_length=256)
    parent: str | None = None
    state: str = ""
    boot_status: str | None = None
    slot_status: _Installed = _Installed()


class _Document(_Model):
    compatible: str = Field(max_length=256)
    boot_primary: str | None = Field(default=None, max_length=256)
    slots: list[dict[str, _Slot]] = Field(max_length=64)


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the places that an image is started from.

    Attributes:
        name: such as ``rootfs.0``.
        bootname: as the bootloader calls it.
        booted: whether the running system came from it.
        good: whether the bootloader will start it.
        version: of the bundle installed there, or "".
        image: what tells one installation from any other in this slot.
    """

    name: str
    bootname: str
    booted: bool
    good: bool
    version: str
    image: str


@dataclass(frozen=True, slots=True)
class Slots:
    """All of them.

    Attributes:
        compatible: the kind of box that bundles must be for.
        primary: name of the slot that is started next, or "".
        slots: by name.
    """

    compatible: str
    primary: str
    slots: tuple[Slot, ...]

    @property
    def booted(self) -> Slot:
        """The slot that runs now.

        Raises:
            UpdateError: RAUC does not know it.
        """
        found = next((one for one in self.slots if one.booted), None)
        if found is None:
            raise UpdateError(
                "RAUC does not know which slot this system was started from.",
                "The kernel's command line must name it; see firmware_config/rauc/README.md.",
            )
        return found

    @property
    def has_way_back(self) -> bool:
        """Whether another slot would start if the booted one were bad.

        With a bootloader that only tries the new slot (tryboot), the old one is already the next.
        """
        others = [one for one in self.slots if not one.booted]
        return any(one.good or one.name == self.primary for one in others)


def slots_in(data: bytes) -> Slots:
    """Read what RAUC said.

    Raises:
        UpdateError: it is not what RAUC says.
    """
    try:
        document = _Document.model_validate_json(data[: MAX_STATUS_BYTES + 1])
    except ValidationError as error:
        raise UpdateError(
            "What RAUC says of its slots cannot be understood.",
            "Look at `rauc status --detailed --output-format=json`; RAUC 1.8 is known to work.",
        ) from error
    named = sorted(
        ((name, slot) for one in document.slots for name, slot in one.items()), key=itemgetter(0)
    )
    found = tuple(_slot(name, one) for name, one in named if one.bootname and not one.parent)
    return Slots(document.compatible, document.boot_primary or "", found)


def _slot(name: str, said: _Slot) -> Slot:
    held = said.slot_status
    return Slot(
        name=name,
        bootname=said.bootname or "",
        booted=said.state == _BOOTED,
        good=said.boot_status == _GOOD,
        version=held.bundle.version or "",
        image=" ".join(filter(None, (held.checksum.sha256, held.installed.timestamp))) or _AS_MADE,
    )
