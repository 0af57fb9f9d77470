"""A process that is frozen or stopped comes back by itself; rows of docs/reliability.md."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.demo.box import DemoBox
from edge.processes.supervisor import PROCESSES
from tests.integration.endless_box import endless_box, wait_for


@pytest.fixture
def box(tmp_path: Path) -> Iterator[DemoBox]:
    one = endless_box(tmp_path / "box")
    one.start("run")
    yield one
    one.stop()


@pytest.mark.slow
def test_a_frozen_recogniser_is_replaced_and_frames_flow_again(box: DemoBox) -> None:
    first = wait_for(box, "recognise")
    os.kill(first, signal.SIGSTOP)
    assert wait_for(box, "recognise", unlike=first) != first
    assert not Path(f"/proc/{first}").exists()


@pytest.mark.slow
def test_each_process_that_somebody_stops_is_started_again(box: DemoBox) -> None:
    for name in PROCESSES:
        first = wait_for(box, name)
        os.kill(first, signal.SIGTERM)
        assert wait_for(box, name, unlike=first) != first
