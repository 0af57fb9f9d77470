"""Everything that the program reads beside its code travels in the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="requirements-build.lock is not installed")

ROOT = Path(__file__).parents[2]
# Where a folder of the checkout lies in the wheel.
PLACES = {
    "edge": "edge",
    "models/default": "edge/packs/default",
    "models/blazeface": "edge/packs/blazeface",
    "systemd": "edge/install/release/systemd",
    "firmware_config": "edge/install/release/firmware_config",
}
SHOW = """
import sys
from pathlib import Path
import edge
from edge.compose.status import worker
from edge.runtime.setting_tables import BoxSettings, Settings
from edge.status.pages import navigation
from edge.status.rendering import STATIC, TEMPLATES, Renderer

here = Path(edge.__file__).parents[1]
assert here == Path(sys.argv[1]), here
assert {"icon.svg", "status.css", "status.js"} <= {one.name for one in STATIC.iterdir()}
worker(Settings(box=BoxSettings(state_dir=here / "state", run_dir=here / "run")))
for one in TEMPLATES.iterdir():
    Renderer().check(one.name)
print(len(list(TEMPLATES.iterdir())), len(navigation()))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (made,) = folder.glob("*.whl")
    return made


def test_packs_demo_pages_units_firmware_settings_and_the_hubs_tables_are_in_the_wheel(
    wheel: Path,
) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PLACES], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    files = [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]
    with zipfile.ZipFile(wheel) as archive:
        there = {one.filename: one.file_size for one in archive.infolist()}
    assert len(files) > 400
    for name in files:
        folder = next(one for one in PLACES if name.startswith(f"{one}/"))
        assert PLACES[folder] + name.removeprefix(folder) in there, name
    kinds = {Path(name).suffix for name in there if name.startswith("edge/")}
    assert {".tflite", ".mp4", ".jpg", ".html", ".css", ".service", ".toml", ".nft"} <= kinds
    assert "edge/hub/migrations/versions/first_tables.py" in there


def test_the_page_is_whole_when_installed_from_a_wheel(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    shown = subprocess.run(
        [sys.executable, "-c", SHOW, str(site)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert all(int(count) >= 4 for count in shown.stdout.split())
