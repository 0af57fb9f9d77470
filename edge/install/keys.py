"""The box's two keys, where systemd hands them to the units that may have them.

In: a machine. Out: steps that make ``watchlist-key`` and ``evidence-key``. Always: a key is made
once and never shown; with a TPM it is sealed to this machine, else it is a file of root's.
Processes run as different users, so a key file in the state folder would not do.
"""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path

from edge.install.machine import Machine, Owner
from edge.install.step import Step
from edge.runtime.atomic_file import write_new_file
from edge.watchlist.box_key import KEY_BYTES

KEYS = ("watchlist-key", "evidence-key")
PLAIN = "/etc/credstore"
SEALED = "/etc/credstore.encrypted"
_TPM = "/sys/class/tpmrm"
_PROGRAM = "/usr/bin/systemd-creds"


def key_steps(machine: Machine) -> list[Step]:
    """Make the keys that are missing."""
    sealed = has_tpm(machine)
    folder = SEALED if sealed else PLAIN
    make = _seal if sealed else _write
    steps = [machine.folder(folder, Owner("root", "root", 0o700))]
    for name in KEYS:
        what = f"make key {folder}/{name}" + (" (sealed by the TPM)" if sealed else "")
        steps.append(Step(what, partial(_is_there, machine, name), partial(make, machine, name)))
    return steps


def key_files() -> list[str]:
    """Wherever a key of this box may lie, for those who remove it."""
    of_state = ["/var/lib/watchpost/watchlist.key", "/var/lib/watchpost/evidence.key"]
    return [f"{folder}/{name}" for folder in (PLAIN, SEALED) for name in KEYS] + of_state


def has_tpm(machine: Machine) -> bool:
    """Whether this machine, as it runs now, can seal a key."""
    devices = Path(_TPM)
    return machine.is_running and Path(_PROGRAM).exists() and any(devices.glob("tpmrm*"))


def _is_there(machine: Machine, name: str) -> bool:
    return any(machine.at(f"{folder}/{name}").exists() for folder in (PLAIN, SEALED))


def _write(machine: Machine, name: str) -> None:
    write_new_file(machine.at(f"{PLAIN}/{name}"), secrets.token_bytes(KEY_BYTES))


def _seal(machine: Machine, name: str) -> None:
    words = ("encrypt", "--with-key=tpm2", f"--name={name}", "-", f"{SEALED}/{name}")
    machine.commands.run("systemd-creds", *words, given=secrets.token_bytes(KEY_BYTES))
