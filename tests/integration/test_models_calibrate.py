"""`watchpost models calibrate` as it is typed."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from edge.cli.main import main
from edge.recognise.pack import load_pack

ROOT = Path(__file__).parents[2]
FACES = ROOT.parent / "shared" / "faces-dev"
PHOTOS = ROOT / "edge" / "demo" / "data" / "photos"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the default pack."""
    folder = tmp_path / "packs" / "mine"
    shutil.copytree(ROOT / "models" / "default", folder)
    return folder


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Photos of the people with most of them."""
    if not FACES.is_dir():
        pytest.skip("needs shared/faces-dev beside the checkout")
    folder = tmp_path / "faces"
    for person in sorted(FACES.iterdir()):
        pictures = sorted(person.iterdir())[:9]
        if len(pictures) >= 8:
            (folder / person.name).mkdir(parents=True)
            for picture in pictures:
                (folder / person.name / picture.name).symlink_to(picture)
    return folder


@pytest.mark.slow
def test_a_calibration_is_written_into_the_manifest_and_names_nobody(
    pack: Path, faces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (pack / "manifest.toml").read_text("utf-8")
    arguments = ["models", "calibrate", str(pack), "--impostors", str(faces), "--write"]
    assert main([*arguments, "--source", "a test"]) == 0
    said = capsys.readouterr().out
    assert not [person.name for person in faces.iterdir() if person.name in said]
    calibration = load_pack(pack).manifest.calibration
    assert calibration.source == "a test"
    assert [one.looks for one in calibration.looks] == [1, 3, 5]
    kept = tomllib.loads((pack / "manifest.toml").read_text("utf-8")) | {"calibration": None}
    assert kept == tomllib.loads(before) | {"calibration": None}


def test_the_most_alike_pairs_are_named_only_when_asked_for(
    pack: Path, faces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for person in sorted(faces.iterdir())[22:]:
        shutil.rmtree(person)
    double = faces / "Zz_Double"
    double.mkdir()
    first = next(iter(sorted(faces.iterdir())))
    for picture in sorted(first.iterdir())[:4]:
        picture.rename(double / picture.name)
    arguments = ["models", "calibrate", str(pack), "--impostors", str(faces)]
    assert main([*arguments, "--most-alike", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].split()[1:] == [first.name, "Zz_Double"]


def test_too_few_people_are_refused(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = pack.parent / "few"
    for name in ("ada", "bruno"):
        shutil.copytree(PHOTOS / name, few / name)
    assert main(["models", "calibrate", str(pack), "--impostors", str(few)]) == 2
    assert "fewer than 20 people" in capsys.readouterr().err


def test_a_folder_to_leave_out_that_is_not_there_is_refused(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["models", "calibrate", str(pack), "--impostors", str(PHOTOS)]
    assert main([*arguments, "--leave-out", "nobody"]) == 2
    assert "no folder nobody" in capsys.readouterr().err


def test_an_installed_signed_pack_is_not_changed(
    pack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pack / "SHA256SUMS.sig").write_bytes(b"signature")
    assert main(["models", "calibrate", str(pack), "--impostors", str(PHOTOS), "--write"]) == 4
    assert "signed pack" in capsys.readouterr().err


def test_a_manifest_to_write_to_that_is_not_there_is_refused_before_anything_is_measured(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["models", "calibrate", str(pack), "--impostors", str(PHOTOS)]
    assert main([*arguments, "--write", str(tmp_path / "absent.toml")]) == 2
    assert "no manifest" in capsys.readouterr().err
