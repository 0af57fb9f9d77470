"""A recogniser that the kernel ends for want of memory comes back; a row of docs/reliability.md.

The fault is real: the running process is put into a control group with room for nothing more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.demo.box import DemoBox
from tests.integration.endless_box import endless_box, wait_for

CONTROL = Path("/sys/fs/cgroup")
LIMITS = {
    CONTROL / "memory": ("memory.limit_in_bytes",),  # control groups, version 1
    CONTROL: ("memory.max", "memory.swap.max"),  # version 2
}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[DemoBox]:
    one = endless_box(tmp_path / "box")
    one.start("run")
    yield one
    one.stop()


@pytest.fixture
def tight_group(tmp_path: Path) -> Iterator[Path]:
    """A control group without room, where this machine lets us make one."""
    for parent, limits in LIMITS.items():
        group = parent / f"watchpost-test-{os.getpid()}"
        if not (parent / "cgroup.procs").exists():
            continue
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            for name in limits:
                (group / name).write_text("0" if "swap" in name else str(1024**2))
        except OSError:
            group.rmdir()
            continue
        yield group
        group.rmdir()
        return
    pytest.skip("control groups for memory cannot be made here")


@pytest.mark.slow
def test_a_recogniser_that_runs_out_of_memory_is_started_again(
    box: DemoBox, tight_group: Path
) -> None:
    first = wait_for(box, "recognise")
    (tight_group / "cgroup.procs").write_text(str(first))
    assert wait_for(box, "recognise", unlike=first) != first
    assert "recognise ended with -9" in box.log.read_text()
