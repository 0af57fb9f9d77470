"""The page's templates and static files travel in the wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="requirements-build.lock is not installed")

ROOT = Path(__file__).parents[2]
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


def test_the_page_is_whole_when_installed_from_a_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
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
