"""A pack is verified before a byte of it is used."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from edge.errors import PackError
from edge.recognise.pack import MAX_MANIFEST_BYTES, load_pack
from tests.fakes.pack_files import to_toml
from tests.fakes.packs import manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pack = tmp_path / "packs" / "mine"
    pack.mkdir(parents=True)
    tree = manifest().model_dump(by_alias=True, exclude_none=True)
    for part in ("detector", "embedder"):
        (pack / f"{part}.tflite").write_bytes(part.encode())
        tree[part]["sha256"] = hashlib.sha256(part.encode()).hexdigest()
    (pack / "manifest.toml").write_text(to_toml(tree))
    return pack


def test_a_whole_pack_loads_and_names_itself(folder: Path) -> None:
    assert load_pack(folder).ref == "fake@1.0.0"


def test_a_missing_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no model pack at"):
        load_pack(tmp_path / "absent")


def test_a_missing_model_is_named(folder: Path) -> None:
    (folder / "embedder.tflite").unlink()
    with pytest.raises(PackError, match=r"embedder\.tflite cannot be read"):
        load_pack(folder)


def test_a_damaged_model_is_refused_by_its_sum(folder: Path) -> None:
    (folder / "detector.tflite").write_bytes(b"Detector")
    with pytest.raises(PackError, match=r"detector\.tflite is damaged"):
        load_pack(folder)


def test_a_model_outside_the_packs_folder_is_refused(folder: Path) -> None:
    text = (folder / "manifest.toml").read_text()
    text = text.replace('file = "detector.tflite"', 'file = "../../../etc/hostname"')
    (folder / "manifest.toml").write_text(text)
    with pytest.raises(PackError, match="outside the packs' folder"):
        load_pack(folder)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("schema = 1", "schema = 2", "schema"),
        ('decoder = "stride-grid"', 'decoder = "magic"', "detector.decoder"),
        ('decoder = "stride-grid"', 'decoder = "blazeface"', "needs detector.decode.anchors"),
        ("min_frames = 3", "min_frames = 1", "decision.min_frames"),
        ("dimensions = 128", "dimensions = 128\nextra = 1", "embedder.extra"),
        ("width = 640", "width = 64000", "detector.input.width"),
        ("mean = 128.0", "mean = inf", "detector.input.mean"),
        ("slope = 466.0", "slope = nan", "calibration.slope"),
        ("strides = [8, 16, 32]", "strides = [0, 8]", "detector.decode.strides"),
        ("schema = 1", "schema = = 1", "not valid TOML"),
    ],
)
def test_a_manifest_that_is_wrong_names_the_key(
    folder: Path, old: str, new: str, words: str
) -> None:
    text = (folder / "manifest.toml").read_text()
    assert old in text
    (folder / "manifest.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(PackError, match=words.replace(".", r"\.")):
        load_pack(folder)


def test_an_endless_manifest_is_not_read(folder: Path) -> None:
    (folder / "manifest.toml").write_bytes(b"#" * (MAX_MANIFEST_BYTES + 1))
    with pytest.raises(PackError, match="larger than"):
        load_pack(folder)
