"""What lies in models/ is what models/build makes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from models.build import manifest

PACKS = ["default", "blazeface"]
TEMPLATE = """schema = 1 # kept
[detector]
file = "detector.tflite"
sha256 = ""
[quality]
min_inter_eye_px = 20.0 # set by measurement
"""


@pytest.mark.parametrize("pack", PACKS)
def test_a_manifest_is_its_template_with_the_digests_of_its_models(pack: str) -> None:
    folder = manifest.PACKS / pack
    template = (manifest.TEMPLATES / f"{pack}.toml").read_text("utf-8")
    assert (folder / "manifest.toml").read_text("utf-8") == manifest.fill(template, folder)


@pytest.mark.parametrize("pack", PACKS)
def test_a_card_names_the_digest_of_each_model_of_its_pack(pack: str) -> None:
    folder = manifest.PACKS / pack
    card = (folder / "CARD.md").read_text("utf-8")
    for model in folder.glob("*.tflite"):
        assert hashlib.sha256(model.read_bytes()).hexdigest() in card


def test_tables_and_comments_that_the_build_does_not_know_are_kept(tmp_path: Path) -> None:
    (tmp_path / "detector.tflite").write_bytes(b"model")
    digest = hashlib.sha256(b"model").hexdigest()
    filled = manifest.fill(TEMPLATE, tmp_path)
    assert filled == TEMPLATE.replace('sha256 = ""', f'sha256 = "{digest}"')


def test_a_manifest_of_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(manifest.ManifestError, match="detector"):
        manifest.fill(TEMPLATE, tmp_path)
