"""Whatever is planted, nothing of a person comes into a support bundle."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from edge.compose import box
from edge.compose.observing import make_observer
from edge.compose.status import support_bundle
from edge.compose.support_bundle import parts
from edge.doctor.bundle import log_shown, settings_shown, write_bundle
from edge.errors import ConfigError
from edge.runtime.setting_tables import Settings
from edge.runtime.settings import load_settings

NAME = "Ada Zyxwvut"
SECRET = "hunter2-qqzz"
PASSWORD = "correct-horse-1234"
TEMPLATE = bytes(range(1, 129))
PICTURE = b"\xff\xd8\xff\xe0qqzz-face\xff\xd9"
LINE = "2026-06-01 12:00:00,000 WARNING edge.report.link: Nothing listens at mqtt://u:{}@host."
TOML = f"""
[box]
state_dir = "state"
run_dir = "run"
[camera]
source = "rtsp://{SECRET}:{SECRET}@camera/{SECRET}"
[mqtt]
port = 1
username = "{SECRET}"
password_file = "{SECRET}"
[notice]
operator = "{NAME}"
contact = "{NAME}, {SECRET}"
[status]
port = 0
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A box with private things wherever private things can lie."""
    for name in ("state/watchlist/segments", "state/status/reviews", "run"):
        (tmp_path / name).mkdir(parents=True)
    planted = NAME.encode() + TEMPLATE + PICTURE + SECRET.encode()
    for name in (
        *("state/watchlist.key", "state/watchlist/active.sealed", f"state/{NAME}.jpg"),
        *("state/status/users.json", "state/status/reviews/x.json", "state/spool.db"),
        *(f"state/watchlist/segments/{'a' * 64}.sealed", "run/preview.jpg", "run/preview.json"),
    ):
        (tmp_path / name).write_bytes(planted)
    (tmp_path / "watchpost.toml").write_text(TOML)
    return load_settings(tmp_path / "watchpost.toml", {})


def bundle(settings: Settings) -> dict[str, bytes]:
    log = "\n".join([LINE.format(SECRET), f"somebody printed {NAME}", f"  File {NAME}", "ok"])
    return parts(settings, lambda: log)


def test_no_planted_name_template_picture_or_password_is_in_a_bundle(settings: Settings) -> None:
    everything = b"".join(bundle(settings).values())
    for planted in (b"Ada", b"Zyxwvut", b"qqzz", TEMPLATE[:16], PICTURE[:8]):
        assert planted not in everything


def test_a_bundle_still_tells_what_a_helper_needs(settings: Settings) -> None:
    found = bundle(settings)
    assert b'"broker"' in found["doctor.json"]
    assert b"spool.db" in found["files.json"]
    assert b'"rtsp"' in found["settings.json"]
    assert b"Nothing listens at mqtt://***@host." in found["log.txt"]


def test_every_text_setting_is_left_out_unless_it_is_known_to_be_harmless() -> None:
    shown = settings_shown(Settings())
    assert shown["box"]["id"] == "box-1"
    assert shown["mqtt"]["keepalive"] == "PT30S"
    assert shown["spool"]["max_rows"] == 1_000_000


def test_only_the_newest_lines_of_a_long_log_are_taken() -> None:
    line = LINE.format("x")
    taken = log_shown("\n".join([line] * 50_000))
    assert 0 < len(taken) <= 2 * 1024**2


def test_a_bundle_is_private_and_never_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    write_bundle(path, {"about.json": b"{}"})
    assert path.stat().st_mode & 0o777 == 0o600
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
        assert archive.getnames() == ["watchpost-support/about.json"]
    with pytest.raises(ConfigError):
        write_bundle(path, {})


def test_first_passwords_that_the_journal_holds_are_in_no_bundle(settings: Settings) -> None:
    told = f"First password of the page at https://box:8087/ for operator: {PASSWORD}"
    logged = f"2026-06-01 12:00:00,000 INFO edge.processes.status: {told}"
    found = parts(settings, lambda: f"{told}\n{logged}\noperator: {PASSWORD}")
    assert b"First password" in found["log.txt"]
    assert PASSWORD.encode() not in b"".join(found.values())


def test_the_pages_own_bundle_holds_nothing_that_was_planted(settings: Settings) -> None:
    settings.box.run_dir.joinpath("log").mkdir()
    lines = [LINE.format(SECRET), f"x password for operator: {PASSWORD}", f"somebody: {NAME}"]
    settings.box.run_dir.joinpath("log", "report.log").write_text("\n".join(lines))
    look = make_observer(settings, box.clock(settings))
    with tarfile.open(fileobj=io.BytesIO(support_bundle(settings, look))) as archive:
        held = {one.name: archive.extractfile(one) for one in archive.getmembers()}
        found = {name: file.read() for name, file in held.items() if file is not None}
    assert b"Nothing listens" in found["watchpost-support/log.txt"]
    assert b"recogniser" in found["watchpost-support/health.json"]
    everything = b"".join(found.values())
    for planted in (b"Ada", b"Zyxwvut", b"qqzz", PASSWORD.encode(), TEMPLATE[:16], PICTURE[:8]):
        assert planted not in everything
