"""Setting a box up: joins the steps to the page's passwords and certificate."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from edge.fleet.bundle import Bundle
from edge.install.answers import SETTINGS_FILE, Answers, files_for, settings_in
from edge.install.machine import Machine, Owner
from edge.install.plan import FOLDER, install_steps
from edge.install.step import Step
from edge.processes.status import own_names
from edge.runtime.box_name import box_name
from edge.runtime.setting_tables import Settings
from edge.runtime.settings import load_settings
from edge.status.access.accounts import FILE, Accounts
from edge.status.certificate import own_certificate

PAGE = "/var/lib/watchpost/status"
# Debian's secure_path (sudoers(5)).
_SUDO_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OWNER = Owner("watchpost-status", "watchpost", 0o600)


def plan(machine: Machine, answers: Answers, bundle: Bundle | None) -> tuple[list[Step], Settings]:
    """The steps, and the settings that the box will have.

    Raises:
        ConfigError: answers, bundle or settings are not usable.
    """
    place = machine.at(f"{FOLDER}/{SETTINGS_FILE}")
    files = files_for(answers, bundle, has_settings=place.exists())
    given = files.get(SETTINGS_FILE)
    settings = settings_in(given) if given else load_settings(place, {})
    steps = install_steps(machine, files, program(), page_steps(machine, settings))
    return steps, settings


def program() -> str:
    """Where this ``watchpost`` is; next to its Python, as pip and the package put it."""
    return str(Path(sys.executable).parent / "watchpost")


def command() -> str:
    """What to type for this ``watchpost`` after ``sudo``, which looks in few folders."""
    return "watchpost" if shutil.which("watchpost", path=_SUDO_PATH) else program()


def page_steps(machine: Machine, settings: Settings) -> list[Step]:
    """First passwords, and a certificate where the page is seen from elsewhere."""
    own = machine.at(PAGE)

    def passwords() -> None:
        Accounts(own).prepare()
        machine.give(own / FILE, _OWNER)

    def certificate() -> None:
        made = own_certificate(own, own_names(settings.status.host), datetime.now(UTC))
        machine.give(made.key_file, _OWNER)
        machine.give(made.cert_file, Owner("watchpost-status", "watchpost", 0o644))

    steps = [Step("make the page's passwords", (own / FILE).exists, passwords)]
    if settings.status.is_secure and settings.status.cert_file is None:
        is_made = (own / "page-cert.pem").exists
        steps.append(Step("make the page's certificate", is_made, certificate))
    return steps


def page_address(settings: Settings) -> str:
    """Where a browser finds the page."""
    listens = settings.status.host
    host = f"{box_name()}.local" if listens in ("0.0.0.0", "::") else listens  # noqa: S104 - compared, not bound
    return f"{'https' if settings.status.is_secure else 'http'}://{host}:{settings.status.port}/"
