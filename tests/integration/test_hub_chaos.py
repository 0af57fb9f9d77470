"""Short runs of ``benchmarks/delivery_chaos.py`` and ``power_cut.py``: nothing recorded is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.delivery_chaos import chaos
from tests.integration.broker import needs_mosquitto
from tests.integration.postgres import needs_postgres

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.slow
@needs_mosquitto
@needs_postgres
def test_kills_of_report_broker_and_hub_lose_nothing_and_duplicate_nothing() -> None:
    found = chaos(kills=12, pause_s=0.7, seed=4)
    assert found.recorded > 200
    assert (found.lost, found.duplicated, found.unknown) == (0, 0, 0)
    assert set(found.kills) == {"report", "broker", "hub-1"}


def test_a_power_cut_takes_no_recorded_hit_and_would_without_flushes() -> None:
    told = subprocess.run(  # a process of its own: the VFS stays in SQLite until its end
        [sys.executable, "-m", "benchmarks.power_cut", "--cuts", "4", "--json"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(told.stdout)
    assert found["recorded"] == found["control_recorded"] > 0
    assert found["lost"] == 0
    assert found["control_lost"] > 0
