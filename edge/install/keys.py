"""The box's two keys, where systemd hands them to the units that may have them.

In: a machine. Out: steps that make ``watchlist-key`` and ``evidence-key``. Always: a key is made
once and never shown; where systemd runs with ``systemd-creds`` it is sealed to this machine (by
the TPM if there is one), else it is a file of root's. Processes run as different users, so a key
file in the state folder would not do.

A unit names a key once: of ``LoadCredential=`` and ``LoadCredentialEncrypted=`` with one name the
later alone counts, and the second kind refuses a file that is not sealed. So the units say the
first, and drop-ins the second for the keys that are sealed.
"""

from __future__ import annotations

import secrets
from functools import partial

from edge.install.declared import release_folder
from edge.install.machine import Machine, Owner
from edge.install.step import Step
from edge.runtime.atomic_file import write_new_file
from edge.watchlist.box_key import KEY_BYTES

KEYS = ("watchlist-key", "evidence-key")
PLAIN = "/etc/credstore"
SEALED = "/etc/credstore.encrypted"
_PROGRAM = "/usr/bin/systemd-creds"
_OPEN, _CLOSED = "LoadCredential=", "LoadCredentialEncrypted="


def key_steps(machine: Machine) -> list[Step]:
    """Make the keys that are missing, and have systemd open those that are sealed."""
    seals = machine.is_running and machine.at(_PROGRAM).exists()
    steps = [machine.folder(SEALED if seals else PLAIN, Owner("root", "root", 0o700))]
    sealed = []
    for name in KEYS:
        is_plain = machine.at(f"{PLAIN}/{name}").exists()
        if (seals and not is_plain) or machine.at(f"{SEALED}/{name}").exists():
            sealed.append(name)
        what = (
            f"make key {SEALED}/{name} (sealed)" if name in sealed else f"make key {PLAIN}/{name}"
        )
        make = _seal if name in sealed else _write
        steps.append(Step(what, partial(_is_there, machine, name), partial(make, machine, name)))
    return steps + _drop_in_steps(machine, sealed)


def key_files() -> list[str]:
    """Wherever a key of this box may lie, for those who remove it."""
    of_state = ["/var/lib/watchpost/watchlist.key", "/var/lib/watchpost/evidence.key"]
    return [f"{folder}/{name}" for folder in (PLAIN, SEALED) for name in KEYS] + of_state


def key_drop_ins() -> dict[str, list[str]]:
    """Paths of the units' drop-ins, each with the keys that its unit asks for."""
    asked = {}
    for unit in sorted(release_folder("systemd").glob("watchpost-*.service")):
        lines = unit.read_text("utf-8").splitlines()
        if keys := [one.removeprefix(_OPEN) for one in lines if one.startswith(_OPEN)]:
            asked[f"/etc/systemd/system/{unit.name}.d/50-watchpost-keys.conf"] = keys
    return asked


def _drop_in_steps(machine: Machine, sealed: list[str]) -> list[Step]:
    steps = []
    for path, keys in key_drop_ins().items():
        lines = [f"{_CLOSED}{key}" for key in keys if key in sealed]
        if lines:
            data = "\n".join(["# Made by `watchpost install`.", "[Service]", *lines, ""]).encode()
            steps.append(machine.file(path, data, Owner("root", "root", 0o644)))
    return steps


def _is_there(machine: Machine, name: str) -> bool:
    return any(machine.at(f"{folder}/{name}").exists() for folder in (PLAIN, SEALED))


def _write(machine: Machine, name: str) -> None:
    write_new_file(machine.at(f"{PLAIN}/{name}"), secrets.token_bytes(KEY_BYTES))


def _seal(machine: Machine, name: str) -> None:
    words = ("encrypt", f"--name={name}", "-", f"{SEALED}/{name}")
    machine.commands.run("systemd-creds", *words, given=secrets.token_bytes(KEY_BYTES))
