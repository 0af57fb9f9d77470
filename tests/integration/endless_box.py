"""A box that looks at the bundled clip for ever, with neither list nor broker, for fault tests."""

from __future__ import annotations

import time
from pathlib import Path

from edge.demo.box import BoxPlan, DemoBox
from edge.demo.truth import clip
from edge.values import Condition


def endless_box(folder: Path) -> DemoBox:
    """The box, not started."""
    plan = BoxPlan(
        folder=folder,
        source=str(clip().path),
        pace="real-time",
        repository=folder / "none",
        root=folder / "none.json",
        broker_port=1,
        site="demo",
    )
    one = DemoBox(plan)
    lines = one.config.read_text().replace("[camera]\n", "[camera]\nloop = true\n")
    kept = [line for line in lines.splitlines() if not line.startswith(("root =", "refresh ="))]
    kept[kept.index("[watchlist]") + 1] = 'source = ""'
    one.config.write_text("\n".join(kept))
    return one


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
