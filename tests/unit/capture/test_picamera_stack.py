"""The system's Picamera2 beside an environment's own NumPy.

Raspberry Pi OS on Debian 12 has a simplejpeg that is built for NumPy 1, and Picamera2 imports it.
A folder stands for the system's packages; the environment is the real one, its NumPy and its
simplejpeg included. Each look is a process of its own, since an extension is loaded once.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOOK = """
import sys
first, last = sys.argv[1:]
sys.path[:0] = [first] if first else []
sys.path.append(last)  # as with --system-site-packages: the environment's own come first
from edge.capture.picamera_stack import InstalledStack
from edge.errors import CaptureError
try:
    InstalledStack()
except CaptureError as error:
    print(error)
else:
    print("loaded with simplejpeg", sys.modules["simplejpeg"].__version__)
"""
# What the extension of Debian 12 says beside NumPy 2.
REFUSES = 'raise ValueError("numpy.dtype size changed. Expected 96 from C header, got 88")\n'


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """Packages of the system: Picamera2 imports simplejpeg when it is imported."""
    folder = tmp_path / "dist-packages"
    folder.mkdir()
    (folder / "simplejpeg.py").write_text(REFUSES)
    (folder / "picamera2.py").write_text("import libcamera, simplejpeg\n")
    (folder / "libcamera.py").write_text("")
    return folder


def look(system: Path, before: str = "") -> str:
    words = [sys.executable, "-c", LOOK, before, str(system)]
    return subprocess.run(
        words, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120
    ).stdout


def test_the_environments_simplejpeg_is_taken_and_not_the_systems(system: Path) -> None:
    assert look(system).startswith("loaded with simplejpeg 1.")


def test_an_environment_without_it_is_told_what_to_install(system: Path) -> None:
    said = look(system, before=str(system))
    assert "does not work with this NumPy (numpy.dtype size changed" in said
    assert "pip install 'watchpost[raspberry-pi]'" in said


def test_no_picamera2_at_all_is_another_matter(tmp_path: Path) -> None:
    assert "picamera2 is missing" in look(tmp_path)
