"""A camera behind a GStreamer pipeline, with GStreamer's own test picture for a camera."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.capture.gstreamer import I420, PROGRAM, GStreamerSource
from edge.capture.latest import Latest
from edge.capture.open_source import make_source
from edge.errors import CaptureError, SourceBusy, SourceMissing
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import CameraSettings

needs_gstreamer = pytest.mark.skipif(
    not shutil.which(PROGRAM), reason="apt install gstreamer1.0-tools gstreamer1.0-plugins-base"
)
CLOCK = SystemClock(trust_system=True)


def settings(pipeline: str, **more: Any) -> CameraSettings:
    given = {"width": 320, "height": 240, "frames_per_s": 25.0, "open_timeout": "60s"} | more
    return CameraSettings(source=f"gst://{pipeline}", **given)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A stand-in whose script the test writes."""
    path = tmp_path / "gst-launch-1.0"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def refused(program: Path, script: str, **more: Any) -> CaptureError:
    program.write_text(f"#!/bin/sh\n{script}\n")
    with pytest.raises(CaptureError) as refusal:
        GStreamerSource(settings("camera", **more), CLOCK, program=str(program)).open()
    return refusal.value


@needs_gstreamer
@pytest.mark.parametrize("width", [320, 322])  # 322: rows of chroma are padded
def test_a_white_picture_arrives_as_limited_range_luma(width: int) -> None:
    source = GStreamerSource(settings("videotestsrc pattern=white", width=width), CLOCK)
    source.open()
    frames = [source.read() for _ in range(3)]
    source.close()
    for number, frame in enumerate(frames):
        assert frame is not None
        assert (frame.index, frame.y.shape, frame.u.shape) == (
            number,
            (240, width),
            (120, width // 2),
        )
        assert (frame.full_range, frame.matrix) == (False, "bt709")
        assert np.all(np.abs(frame.y.astype(int) - 235) <= 1)
        assert np.all(np.abs(frame.u.astype(int) - 128) <= 1)


@needs_gstreamer
def test_it_stands_behind_latest_as_every_camera_and_ends_at_once() -> None:
    source = make_source(settings("videotestsrc is-live=true pattern=ball"), CLOCK)
    assert isinstance(source, Latest)
    source.open()
    first = source.read()
    assert first is not None
    # The first pictures may be one and the same: the rate is kept by giving a picture twice.
    later = (source.read() for _ in range(200))
    moved = next(one for one in later if one and not np.array_equal(one.y, first.y))
    assert moved.index > first.index
    source.close()


@needs_gstreamer
def test_a_pipeline_that_ends_is_started_again_by_the_next_read() -> None:
    source = GStreamerSource(settings("videotestsrc num-buffers=2"), CLOCK)
    source.open()
    assert source.read() is not None
    assert source.read() is not None
    with pytest.raises(CaptureError):
        source.read()
    assert source.read() is not None
    source.close()


@needs_gstreamer
@pytest.mark.parametrize(
    ("pipeline", "told"),
    [
        ("nvarguscamerasrc sensor-id=0", "no element nvarguscamerasrc"),
        ("videotestsrc !! !", "ended: .*syntax"),
        ("videotestsrc 'open", "cannot be read"),
    ],
)
def test_a_pipeline_that_cannot_run_is_told_in_words(pipeline: str, told: str) -> None:
    with pytest.raises(CaptureError, match=told):
        GStreamerSource(settings(pipeline), CLOCK).open()


def test_a_missing_and_a_busy_camera_are_told_apart(program: Path) -> None:
    missing = refused(program, "echo 'ERROR: Cannot identify device /dev/video9' >&2; exit 1")
    busy = refused(program, "echo 'ERROR: Device is busy' >&2; exit 1")
    assert (type(missing), type(busy)) == (SourceMissing, SourceBusy)


def test_a_camera_that_hangs_is_given_up_and_its_process_ended(program: Path) -> None:
    pid_file = program.with_name("pid")
    said = refused(program, f"echo $$ > {pid_file}; exec sleep 600", open_timeout="500ms")
    assert "no picture within the time-out" in said.problem
    assert not Path(f"/proc/{pid_file.read_text().strip()}").exists()


def test_half_a_picture_is_none(program: Path) -> None:
    assert "ended: it said nothing" in refused(program, "head -c 1000 /dev/zero").problem


def test_words_without_end_block_nothing(program: Path) -> None:
    size = I420(320, 240).size
    program.write_text(
        f"#!/bin/sh\nhead -c 1000000 /dev/zero | tr '\\0' w >&2\nhead -c {size} /dev/zero\n"
    )
    source = GStreamerSource(settings("camera"), CLOCK, program=str(program))
    source.open()
    assert source.read() is not None
    source.close()


def test_a_machine_without_gstreamer_is_told(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="does not start"):
        GStreamerSource(settings("camera"), CLOCK, program=str(tmp_path / "absent")).open()


def test_no_shell_reads_the_pipeline(program: Path, tmp_path: Path) -> None:
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/words\n')
    source = GStreamerSource(
        settings(f"a b='$(touch {tmp_path}/harm) c' ! d"), CLOCK, program=str(program)
    )
    with pytest.raises(CaptureError):
        source.open()
    words = (tmp_path / "words").read_text().splitlines()
    assert words[:5] == ["-q", "a", f"b=$(touch {tmp_path}/harm) c", "!", "d"]
    assert not (tmp_path / "harm").exists()
