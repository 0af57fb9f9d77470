"""The services: their files, and whether they start with the machine.

In: a machine and the path of the program. Out: steps. Always: where a Debian package brought the
unit files nothing is written; elsewhere they are written with the path of this program.
"""

from __future__ import annotations

from functools import partial

from edge.errors import ConfigError
from edge.install.declared import release_folder
from edge.install.machine import Machine, Owner
from edge.install.step import Step

UNITS = ("watchpost-recognise", "watchpost-report", "watchpost-status")
# Beside the three: what looks for a bundle from the page, and what proves a new image.
_INBOX = "watchpost-inbox.path"
_ENABLED = (*(f"{name}.service" for name in UNITS), _INBOX, "watchpost-update.service")
FILES = (*_ENABLED, "watchpost-inbox.service")
_PROGRAM = "/opt/watchpost/bin/watchpost"
_OWN = "/etc/systemd/system"
_PACKAGED = ("/lib/systemd/system", "/usr/lib/systemd/system")


def unit_steps(machine: Machine, program: str) -> list[Step]:
    """Unit files where no package brought them, then the services."""
    steps = []
    for file in FILES:
        if not any(machine.at(f"{folder}/{file}").exists() for folder in _PACKAGED):
            text = (release_folder("systemd") / file).read_text("utf-8")
            data = text.replace(_PROGRAM, program).encode()
            steps.append(machine.file(f"{_OWN}/{file}", data, Owner("root", "root", 0o644)))
    steps += [_enable(machine, file) for file in _ENABLED]
    if machine.is_running:
        run = machine.commands.run
        # Without waiting: this may itself run in a service that the others start after.
        start = partial(run, "systemctl", "restart", "--no-block", *UNITS, _INBOX)
        reload = partial(run, "systemctl", "daemon-reload")
        steps.insert(-len(_ENABLED), Step("reload systemd", _always, reload, follows=True))
        active = partial(_are_active, machine)
        steps.append(Step(f"start {', '.join(UNITS)}", active, start, follows=True))
    return steps


def stop_steps(machine: Machine) -> list[Step]:
    """Stop the services and take them out of the start."""
    steps = []
    if machine.is_running:
        stop = partial(machine.commands.run, "systemctl", "stop", *_ENABLED)
        steps.append(Step(f"stop {', '.join(_ENABLED)}", _never, stop))
    for file in _ENABLED:
        link = machine.at(f"{_OWN}/multi-user.target.wants/{file}")
        step = Step(f"disable {file}", lambda link=link: not link.is_symlink(), link.unlink)  # type: ignore[misc]
        steps.append(step)
    return steps


def _enable(machine: Machine, file: str) -> Step:
    link = machine.at(f"{_OWN}/multi-user.target.wants/{file}")
    # The link itself, as `systemctl enable` makes it: also in a root that systemd does not run.
    brought = [one for one in (*_PACKAGED, _OWN) if machine.at(f"{one}/{file}").exists()]
    target = f"{brought[0] if brought else _OWN}/{file}"

    def do() -> None:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)

    return Step(f"enable {file}", link.is_symlink, do)


def _are_active(machine: Machine) -> bool:
    try:
        for unit in (*UNITS, _INBOX):
            machine.commands.run("systemctl", "is-active", "--quiet", unit)
    except ConfigError:
        return False
    return True


def _always() -> bool:
    return True


def _never() -> bool:
    return False
