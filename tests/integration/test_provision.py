"""A new box without keyboard: its bundle on the boot partition, and it speaks to its broker."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.fleet.bundle import MAX_BUNDLE_BYTES
from edge.report import topics
from edge.status.inbox import FILE, FOLDER, take_bundle
from tests.integration.broker import needs_mosquitto
from tests.integration.delivery import record, wait_until
from tests.integration.test_delivery_example_broker import HUB, Site, site

__all__ = ["site"]
SITE, BOX = "site-1", "box-1"  # those that `record` writes hits for
NAME = f"{SITE}_{BOX}.watchpost.zip"
UNITS = Path(__file__).parents[2] / "systemd"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="making users needs root")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of a fresh system, with a stick and a boot partition."""
    folder = tmp_path / "root"
    for name in ("etc", "boot/firmware", "media/stick"):
        (folder / name).mkdir(parents=True)
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\n")
    return folder


@pytest.fixture
def bundle(site: Site, tmp_path: Path) -> Path:
    """What `watchpost fleet add` makes."""
    words = ["--site", SITE, "--broker", "localhost", "--port", str(site.broker.port), "--renew"]
    places = ["--fleet", str(tmp_path / "fleet"), "--out", str(tmp_path)]
    assert main(["fleet", "add", BOX, *words, *places]) == 0
    return tmp_path / NAME


def command_of(unit: str) -> list[str]:
    lines = (UNITS / unit).read_text().splitlines()
    line = next(one for one in lines if one.startswith("ExecStart="))
    return line.split()[1:]


def run(words: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge.cli.main", *words],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@needs_root
@needs_mosquitto
def test_a_bundle_on_the_boot_partition_becomes_a_box_that_reports_over_mutual_tls(
    site: Site, bundle: Path, root: Path, tmp_path: Path
) -> None:
    there = root / "boot/firmware" / NAME
    bundle.rename(there)
    said = run([*command_of("watchpost-provision.service"), "--root", str(root)])
    assert said.returncode == 0, said.stderr
    assert not there.exists()
    settings = root / "etc/watchpost/watchpost.toml"
    key = settings.with_name("box.key")
    assert (key.stat().st_mode & 0o777, settings.stat().st_mode & 0o777) == (0o600, 0o640)
    owners = [one.split(":") for one in (root / "etc/passwd").read_text().splitlines()]
    assert key.stat().st_uid == next(int(one[2]) for one in owners if one[0] == "watchpost-report")

    state, run_dir = tmp_path / "state", tmp_path / "run"
    state.mkdir()
    record(state / "spool.db", range(3))
    hub = site.guest(HUB)
    hub.subscribe("watchpost/v1/#")
    folders = {"WATCHPOST_BOX__STATE_DIR": str(state), "WATCHPOST_BOX__RUN_DIR": str(run_dir)}
    report = subprocess.Popen(
        [sys.executable, "-m", "edge.cli.main", "report", "--config", str(settings)],
        env=os.environ | folders,
    )
    try:
        own = topics.hit_topic(SITE, BOX)
        wait_until(lambda: sum(topic == own for topic, _ in hub.heard) == 3)
        wait_until(lambda: topics.status_topic(SITE, BOX) in {topic for topic, _ in hub.heard})
    finally:
        report.terminate()
        report.wait(30)
    assert all(f"/{SITE}/{BOX}/" in topic for topic, _ in hub.heard)


@needs_root
@needs_mosquitto
def test_a_bundle_that_the_page_took_is_put_in_force_by_its_unit_and_wiped(
    bundle: Path, root: Path
) -> None:
    page = root / "var/lib/watchpost/status"
    page.mkdir(parents=True)
    take_bundle(page, bundle.read_bytes(), "")
    words = command_of("watchpost-inbox.service")
    inbox = page / FOLDER / FILE
    assert words == ["provision", f"/{inbox.relative_to(root)}"]
    assert f"PathExists={words[1]}\n" in (UNITS / "watchpost-inbox.path").read_text()
    said = run(["provision", str(inbox), "--root", str(root)])
    assert said.returncode == 0, said.stderr
    assert not inbox.exists()
    assert f'id = "{BOX}"' in (root / "etc/watchpost/watchpost.toml").read_text()


def altered(bundle: Path, name: str, data: bytes) -> bytes:
    """The bundle with another file in the place of one."""
    other = bundle.with_name("other.zip")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(other, "w") as new:
        for one in old.namelist():
            new.writestr(one, data if one == name else old.read(one))
    return other.read_bytes()


def damaged(bundle: Path, tmp_path: Path) -> bytes:
    return bundle.read_bytes()[:-40]


def too_large(bundle: Path, tmp_path: Path) -> bytes:
    return bundle.read_bytes() + bytes(MAX_BUNDLE_BYTES)


def of_another_authority(bundle: Path, tmp_path: Path) -> bytes:
    assert main(["fleet", "init", str(tmp_path / "foreign"), "--no-passphrase"]) == 0
    return altered(bundle, "ca.pem", (tmp_path / "foreign/ca.pem").read_bytes())


def with_a_key_that_is_not_its_own(bundle: Path, tmp_path: Path) -> bytes:
    return altered(bundle, "box.key", (tmp_path / f"{HUB}.key").read_bytes())


def with_a_file_too_many(bundle: Path, tmp_path: Path) -> bytes:
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("../../etc/cron.d/evil", "x")
    return bundle.read_bytes()


def with_settings_of_another_box(bundle: Path, tmp_path: Path) -> bytes:
    return altered(bundle, "watchpost.toml", b'[box]\nid = "door-9"\nsite = "site-1"\n')


@needs_mosquitto
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (damaged, "damaged or no bundle at all"),
        (too_large, "at most 1048576 are allowed"),
        (of_another_authority, "not signed by its authority"),
        (with_a_key_that_is_not_its_own, "not its certificate's"),
        (with_a_file_too_many, "does not hold the files of a bundle"),
        (with_settings_of_another_box, "for another box than it says"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_bundle_that_is_not_right_is_refused_with_the_reason_and_changes_nothing(
    bundle: Path,
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: object,
    told: str,
) -> None:
    assert callable(spoil)
    there = root / "media/stick" / NAME
    there.write_bytes(spoil(bundle, tmp_path))
    before = sorted(str(one) for one in root.rglob("*"))
    capsys.readouterr()
    assert main(["provision", "--search", "--root", str(root)]) == 2
    assert told in capsys.readouterr().err
    assert sorted(str(one) for one in root.rglob("*")) == before
