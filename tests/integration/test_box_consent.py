"""Only a live consent on a list with a good signature ever makes a hit: the whole box."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.compose.register import PackPhotoReader
from edge.demo.box import DemoBox
from edge.demo.truth import people
from edge.register.enrol import revoke
from tests.fakes.clock import FakeClock
from tests.integration.demo_box import EnrolledSite, load_reader, make_box, recognise_clip

TWO = ("ada", "bruno")


@pytest.fixture(scope="module")
def reader() -> PackPhotoReader:
    return load_reader()


def sync(box: DemoBox) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge.cli.main", "watchlist", "sync", "--config"]
    return subprocess.run(
        [*command, str(box.config)], capture_output=True, text=True, timeout=60, check=False
    )


def test_consenting_people_are_hits_and_all_others_are_not(
    tmp_path: Path, reader: PackPhotoReader
) -> None:
    site = EnrolledSite(tmp_path, reader, TWO)
    box = make_box(tmp_path / "box", site)
    assert sync(box).returncode == 0
    assert site.keys_of(recognise_clip(box)) == ["ada", "bruno"]


def test_a_revoked_person_is_no_hit(tmp_path: Path, reader: PackPhotoReader) -> None:
    site = EnrolledSite(tmp_path, reader, TWO)
    box = make_box(tmp_path / "box", site)
    assert sync(box).returncode == 0
    revoke(site.operator.register, site.entries["bruno"], "changed their mind")
    site.operator.publish(site.repository)
    assert sync(box).returncode == 0
    assert site.keys_of(recognise_clip(box)) == ["ada"]


def test_a_person_whose_consent_has_expired_since_publishing_is_no_hit(
    tmp_path: Path, reader: PackPhotoReader
) -> None:
    two_days_ago = FakeClock(datetime.now(UTC) - timedelta(days=2))
    site = EnrolledSite(tmp_path, reader, ("ada",), two_days_ago)
    bruno = next(person for person in people() if person.key == "bruno")
    done = site.operator.enrol(bruno, lasting=timedelta(days=1))
    site.entries["bruno"] = done.entry_id
    site.operator.publish(site.repository)
    box = make_box(tmp_path / "box", site)
    assert sync(box).returncode == 0
    assert site.keys_of(recognise_clip(box)) == ["ada"]


def test_a_consent_for_another_site_is_no_hit(tmp_path: Path, reader: PackPhotoReader) -> None:
    site = EnrolledSite(tmp_path, reader, ("ada",))
    box = make_box(tmp_path / "box", site)
    box.config.write_text(box.config.read_text().replace('site = "demo"', 'site = "elsewhere"'))
    assert sync(box).returncode == 0
    assert recognise_clip(box) == []


def test_a_clock_that_is_not_to_be_trusted_makes_no_hits(
    tmp_path: Path, reader: PackPhotoReader
) -> None:
    from edge.runtime.clock import kernel_clock_synchronised

    site = EnrolledSite(tmp_path, reader, ("ada",))
    box = make_box(tmp_path / "box", site)
    assert sync(box).returncode == 0
    text = box.config.read_text()
    box.config.write_text(text.replace('trust = "system"', 'trust = "synchronised"'))
    expected = ["ada"] if kernel_clock_synchronised() else []
    assert site.keys_of(recognise_clip(box)) == expected


def test_a_tampered_list_is_refused_and_the_old_one_stays_in_force(
    tmp_path: Path, reader: PackPhotoReader
) -> None:
    site = EnrolledSite(tmp_path, reader, TWO)
    box = make_box(tmp_path / "box", site)
    assert sync(box).returncode == 0
    site.operator.publish(site.repository)
    for manifest in (site.repository / "targets").glob("*.watchlist.json"):
        data = bytearray(manifest.read_bytes())
        data[len(data) // 2] ^= 1
        manifest.write_bytes(data)
    refused = sync(box)
    assert refused.returncode == 5
    assert "Traceback" not in refused.stderr
    assert site.keys_of(recognise_clip(box)) == ["ada", "bruno"]


def test_a_box_without_a_list_recognises_nobody(tmp_path: Path, reader: PackPhotoReader) -> None:
    site = EnrolledSite(tmp_path, reader, ("ada",))
    assert recognise_clip(make_box(tmp_path / "box", site)) == []
