"""Several cameras are shown side by side, and nothing of an earlier process stays."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from edge.processes.preview import Preview, PreviewLimits
from edge.processes.previews import Previews
from edge.processes.unblur import Unblurring
from edge.runtime.audit import AuditLog
from edge.runtime.preview_file import read_facts, wanted
from edge.runtime.wish_file import WishFile
from edge.values import Frame
from tests.fakes.clock import FakeClock
from tests.unit.processes.test_preview import HALF, NOISE, EmptyDetector


def previews_of(folder: Path, clock: FakeClock, *cameras: str) -> Previews:
    (folder / "status").mkdir(exist_ok=True)
    wish, log = folder / "status" / "unblur.json", AuditLog(folder / "audit.log")
    unblurring = Unblurring(WishFile(wish, clock), folder, log, clock, lambda _: True)
    limits = PreviewLimits(640, 384, 22.0, 44.0)
    made = {
        name: Preview(name, folder, EmptyDetector, limits, unblurring, clock) for name in cameras
    }
    return Previews(folder, made)


def run(previews: Previews, clock: FakeClock, folder: Path, asked: str) -> None:
    """Two seconds of both cameras while somebody looks through one."""
    frame = Frame("door", 0, 0.0, clock.utc(), NOISE, HALF, HALF)
    for index in range(40):
        clock.advance(0.05)
        path, at_s = wanted(folder / "status", asked), clock.utc().timestamp()
        path.touch()
        os.utime(path, (at_s, at_s))
        previews.look_around()
        camera = ("door", "yard")[index % 2]
        previews.take(replace(frame, camera=camera, taken_at=clock.utc()), ())


def test_only_the_camera_that_somebody_looks_through_is_shown(tmp_path: Path) -> None:
    clock = FakeClock()
    previews = previews_of(tmp_path, clock, "door", "yard")
    run(previews, clock, tmp_path, "yard")
    assert read_facts(tmp_path, "yard") is not None
    assert read_facts(tmp_path, "door") is None
    clock.advance(1.0)
    assert (previews.is_due("door"), previews.is_due("yard")) == (False, True)
    previews.close()
    assert list(tmp_path.glob("preview.*")) == []


def test_pictures_of_a_camera_that_is_no_more_are_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "preview.attic.jpg").write_bytes(b"left over")
    previews_of(tmp_path, FakeClock(), "door").look_around()
    assert list(tmp_path.glob("preview.*")) == []
