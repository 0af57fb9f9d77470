"""What recognition and reporting leave for the page: a curve of budgets and the list's facts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from edge.processes.budget_curve import ALTERNATIVES, BudgetCurve, Scene
from edge.recognise.budget import Budget, Limits
from tests.fakes.calibrations import calibration

LIMITS = Limits(threshold=0.962, floor=0.95, ceiling=0.99, margin=0.015, min_frames=3)


def write_curve(
    run_dir: Path, wanted: float | None = 1.0, people: int = 200, origin: str = "settings"
) -> None:
    budget = Budget(calibration(), LIMITS, wanted)
    curve = BudgetCurve(run_dir / "budget.json")
    curve.begin(Scene(budget, budget.plan(people, 5000.0), people, 5000.0, origin))
    for _ in ALTERNATIVES:
        curve.step()


def write_list(run_dir: Path, now: datetime) -> None:
    roles = [
        {
            "role": role,
            "version": 17,
            "expires_at": (now + timedelta(days=30)).isoformat(),
            "keys": 1,
            "threshold": 1,
            "signatures": 1,
        }
        for role in ("root", "targets", "snapshot", "timestamp")
    ]
    lists = [
        {"list_id": "residents", "purpose": "Tell the nurses when a resident leaves."},
        {"list_id": "staff", "purpose": "Open the staff door."},
    ]
    document = {
        "format": 1,
        "version": 17,
        "issued_at": now.isoformat(),
        "expires_at": (now + timedelta(days=30)).isoformat(),
        "pack": "default@1",
        "lists": [{**one, "show_label": one["list_id"] == "residents"} for one in lists],
        "segments": 2,
        "entries": 15,
        "revoked": 1,
        "root": "ab" * 32,
        "roles": roles,
    }
    (run_dir / "watchlist.json").write_text(json.dumps(document))
