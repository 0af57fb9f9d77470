"""A process that is frozen or stopped comes back by itself; rows of docs/reliability.md."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.demo.box import BoxPlan, DemoBox
from edge.demo.truth import clip
from edge.processes.supervisor import PROCESSES
from edge.values import Condition


@pytest.fixture
def box(tmp_path: Path) -> Iterator[DemoBox]:
    plan = BoxPlan(
        folder=tmp_path / "box",
        source=str(clip().path),
        pace="real-time",
        repository=tmp_path / "none",
        root=tmp_path / "none.json",
        broker_port=1,
        site="demo",
    )
    one = DemoBox(plan)
    lines = one.config.read_text().replace("[camera]\n", "[camera]\nloop = true\n")
    kept = [line for line in lines.splitlines() if not line.startswith(("root =", "refresh ="))]
    kept[kept.index("[watchlist]") + 1] = 'source = ""'
    one.config.write_text("\n".join(kept))
    one.start("run")
    yield one
    one.stop()


def wait_for(box: DemoBox, name: str, *, unlike: int = 0) -> int:
    """Wait until another process of this name has made progress; its id."""
    until_s = time.monotonic() + 120
    while True:
        state = box.state(name)
        if state and state.pid != unlike and state.condition is not Condition.STARTING:
            frames = state.figures.get("frames_total", 0.0) if name == "recognise" else 1.0
            if frames and Path(f"/proc/{state.pid}").exists():
                return state.pid
        assert time.monotonic() < until_s, box.log.read_text()[-3000:]
        time.sleep(0.05)


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
