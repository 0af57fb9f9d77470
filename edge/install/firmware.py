"""Drop-in settings of the operating system, by board.

In: the files of ``firmware_config/generic`` and ``firmware_config/raspberry_pi``; what else lies
there is to be read and copied by hand. Out: steps that put them in place. Always: files of our own
only; of others' files one line is added, on a Raspberry Pi, and taken away again by name. Nothing
takes effect before the next start of the machine.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from edge.install.declared import release_folder
from edge.install.machine import Machine, Owner
from edge.install.step import Step

# Where a file of ours goes.
GENERIC = {
    "journald.conf": "/etc/systemd/journald.conf.d/50-watchpost.conf",
    "watchdog.conf": "/etc/systemd/system.conf.d/50-watchpost.conf",
    "sysctl.conf": "/etc/sysctl.d/50-watchpost.conf",
    "chrony.conf": "/etc/chrony/conf.d/50-watchpost.conf",
    # Put there to be read and switched on by hand: a wrong firewall locks its installer out.
    "watchpost.nft": "/etc/nftables.d/watchpost.nft",
}
RASPBERRY_PI = {
    "60-watchpost-led.rules": "/etc/udev/rules.d/60-watchpost-led.rules",
    "watchpost-led.conf": "/etc/systemd/system/watchpost-status.service.d/50-watchpost-led.conf",
}
PLACES = (*GENERIC.values(), *RASPBERRY_PI.values())
PI_FILE = "/boot/firmware/watchpost.txt"
PI_CONFIG = "/boot/firmware/config.txt"
PI_LINE = "include watchpost.txt"
_MODEL = "/proc/device-tree/model"


def is_raspberry_pi(machine: Machine) -> bool:
    """Whether the machine says that it is one."""
    model = Path(machine.at(_MODEL))
    return model.exists() and model.read_bytes().startswith(b"Raspberry Pi")


def firmware_steps(machine: Machine) -> list[Step]:
    """Put the drop-ins in place."""
    folder = release_folder("firmware_config")
    plain = Owner("root", "root", 0o644)
    steps = [
        machine.file(path, (folder / "generic" / name).read_bytes(), plain)
        for name, path in GENERIC.items()
    ]
    if is_raspberry_pi(machine):
        steps += [
            machine.file(path, (folder / "raspberry_pi" / name).read_bytes(), plain)
            for name, path in RASPBERRY_PI.items()
        ]
        # The boot partition is FAT: it has no owners and one mode for all.
        data = (folder / "raspberry_pi" / "watchpost.txt").read_bytes()
        place, config = machine.at(PI_FILE), machine.at(PI_CONFIG)
        steps.append(
            Step(
                f"write {PI_FILE}",
                lambda: place.exists() and place.read_bytes() == data,
                lambda: _write(place, data),
            )
        )
        steps.append(
            Step(
                f"add `{PI_LINE}` to {PI_CONFIG}",
                partial(_is_included, config),
                lambda: _write(config, config.read_bytes().rstrip(b"\n") + _ADDED),
            )
        )
    return steps


def exclude_step(machine: Machine) -> Step:
    """Take the line out of a Raspberry Pi's config.txt again."""
    config = machine.at(PI_CONFIG)

    def do() -> None:
        lines = config.read_text("utf-8").replace(_ADDED.decode(), "\n")
        kept = [line for line in lines.splitlines() if line.strip() != PI_LINE]
        _write(config, "\n".join([*kept, ""]).encode())

    return Step(f"take `{PI_LINE}` out of {PI_CONFIG}", lambda: not _is_included(config), do)


# [all]: the file may end in a section for another board.
_ADDED = f"\n[all]\n{PI_LINE}\n".encode()


def _is_included(config: Path) -> bool:
    return config.exists() and PI_LINE in config.read_text("utf-8").splitlines()


def _write(place: Path, data: bytes) -> None:
    beside = place.with_name(place.name + ".new")
    beside.write_bytes(data)
    beside.replace(place)
