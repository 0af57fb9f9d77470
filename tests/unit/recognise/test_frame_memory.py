"""A frame is read where it lies: what is allocated and read for it does not grow with its size.

The frame is seventeen million pixels, so that a copy of a plane, kept, passing or inside a native
library, stands out from all else. The real models and stages are at work.
"""

from __future__ import annotations

import mmap
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.bench.pipeline import picture
from edge.compose.recognise import make_pipeline
from edge.recognise.pipeline import Pipeline
from edge.runtime.memory import give_back
from edge.runtime.setting_tables import Settings
from edge.values import Bytes, Candidate, Floats, Frame
from tests.fakes.tensors import bundled

SIDE = 4096
PAGE = mmap.PAGESIZE
PAGEMAP, CLEAR_REFS = Path("/proc/self/pagemap"), Path("/proc/self/clear_refs")


class Nobody:
    version = 1

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        return [()] * len(probes)


def own_pages(shape: tuple[int, int]) -> tuple[mmap.mmap, Bytes]:
    """A plane of zeros in pages of its own, none of which was touched yet."""
    memory = mmap.mmap(-1, shape[0] * shape[1], flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    return memory, np.frombuffer(memory, np.uint8).reshape(shape)


def pages_touched(plane: Bytes) -> int:
    with PAGEMAP.open("rb") as pages:
        pages.seek(plane.ctypes.data // PAGE * 8)
        entries = np.frombuffer(pages.read(plane.nbytes // PAGE * 8), np.uint64)
    return int((entries >> np.uint64(63)).sum())


def peak_bytes() -> int:
    """The most memory that this process had resident since the peak was reset."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


@pytest.fixture
def large() -> Frame:
    """Three faces in a corner of a very large picture, whose chroma nobody has read yet."""
    luma = np.full((SIDE, SIDE), 110, np.uint8)
    cv2.resize(picture().y, (2560, 1440), luma[:1440, :2560])
    chroma = [own_pages((SIDE // 2, SIDE // 2))[1] for _ in "uv"]
    taken = datetime(2026, 1, 1, tzinfo=UTC)
    return Frame("hall", 0, 0.0, taken, luma, chroma[0], chroma[1], full_range=True)


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    tracemalloc.start()
    made = make_pipeline(Settings(), bundled("default"), Nobody())
    yield made
    tracemalloc.stop()


def later(frame: Frame, index: int) -> Frame:
    return replace(frame, index=index, t_s=index / 10)


def test_no_buffer_made_for_a_frame_is_as_large_as_one_of_its_planes(
    pipeline: Pipeline, large: Frame
) -> None:
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for index in range(3):
        pipeline.process(later(large, index))
    kept, most = tracemalloc.get_traced_memory()
    assert pipeline.counts["looks"] == 9
    assert most - before < large.u.nbytes / 2
    assert kept - before < large.u.nbytes / 4


def test_native_code_copies_no_plane_either(pipeline: Pipeline, large: Frame) -> None:
    for index in range(2):
        pipeline.process(later(large, index))
    give_back()  # else a copy could lie in memory that was let go before
    try:
        CLEAR_REFS.write_text("5")  # resets the peak
    except OSError:
        pytest.skip("this kernel does not reset the peak")
    before = peak_bytes()
    pipeline.process(later(large, 2))
    assert pipeline.counts["looks"] == 9
    assert peak_bytes() - before < large.u.nbytes / 2


def test_of_the_chroma_only_what_lies_under_faces_is_read(pipeline: Pipeline, large: Frame) -> None:
    pipeline.process(later(large, 0))
    faces = pipeline.seen()
    assert len(faces) == 3
    rows = max(face.detection.box[3] for face in faces)
    touched = pages_touched(large.u)
    # Chroma has half the rows, two of them a page; a chip reaches beyond its face on all sides.
    assert 0 < touched < 3 * rows / 4
    assert touched < large.u.nbytes / PAGE / 2
