"""``watchpost bench`` as somebody runs it on a board: everything in it was measured just now."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from edge.bench.sheet import sheet
from edge.compose.bench import PARTS

COMMAND = [sys.executable, "-m", "edge.cli.main", "bench", "--quick", "--json"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("store")
    done = subprocess.run(
        [*COMMAND, "--folder", str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert list(folder.iterdir()) == []
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_every_part_has_figures_that_agree_with_each_other(found: dict[str, Any]) -> None:
    assert set(PARTS) <= found.keys()
    assert all(value > 0 for value in found["engines"].values())
    clip, crowd, energy = found["clip"], found["crowd"], found["energy"]
    assert clip["hits"] >= 3
    assert clip["frame"] > clip["detect"]
    assert 0 < crowd["non_inference_share"] < 1
    assert (crowd["faces_per_frame"], crowd["embeddings_per_frame"]) == (3, 3)
    assert crowd["detector_runs_per_frame"] == 1
    assert energy["empty_cpu_s_per_hour"] < energy["busy_cpu_s_per_hour"]
    assert found["memory"]["pipeline_rss_bytes"] > found["memory"]["base_rss_bytes"]
    assert found["store"]["group_hits_per_s"] > found["store"]["append_hits_per_s"]


def test_the_sheet_has_a_table_for_each_part_and_nothing_of_the_box(found: dict[str, Any]) -> None:
    text = sheet(found)
    assert text.count("| --- | --- |") == len(PARTS) + 1
    assert f"{found['engines']['embedder_1_threads_ms']:.2f} ms" in text
    assert "quick" in text
    for line in text.splitlines():
        assert not line or line.startswith(("#", "| "))


def test_a_part_that_is_missing_is_left_out_of_the_sheet(found: dict[str, Any]) -> None:
    assert "Memory" not in sheet({name: one for name, one in found.items() if name != "memory"})


def test_a_folder_that_is_not_there_is_told_before_anything_is_measured() -> None:
    done = subprocess.run(
        [*COMMAND, "--folder", "/nowhere"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "/nowhere" in done.stderr
    assert "Traceback" not in done.stderr
