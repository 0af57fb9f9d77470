"""The identification report: rates by the keys that others read, and nobody's name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from edge.errors import ConfigError
from edge.eval.identify import Trials
from edge.eval.look import Times
from edge.eval.protocol import make_plan
from edge.eval.report import Report, Setup, make_report
from tests.unit.eval.scores import trials

SETUP = Setup("fake@1.0.0", 1, gates=False, degraded=("blur=2",), threshold=0.9)
NAMES = ("marigold", "hyacinth")
COUNTS = (5, 2)
PLAN = make_plan(
    [
        tuple(Path(f"{name}/{k}.jpg") for k in range(count))
        for name, count in zip(NAMES, COUNTS, strict=True)
    ],
    enrol=3,
    frames=1,
)


def report(found: Trials) -> Report:
    return make_report(SETUP, PLAN, found, Times(10, 5, 0.1, 0.01, 0.05))


def test_rates_stand_under_the_keys_that_others_read() -> None:
    tree = report(trials([0.95, 0.85], [0.1 * n for n in range(10)])).as_json()
    assert tree["fnir_at_fpir"] == {"0.1": 0.0, "0.01": 0.5, "0.003": 0.5}
    assert tree["unresolved_fpir"] == ["0.01", "0.003"]
    assert tree["threshold_at_fpir"]["0.1"] == pytest.approx(0.8)
    assert tree["at_pack_threshold"]["fnir"] == 0.5
    assert tree["probes"] == {"mated": 2, "non_mated": 10}
    assert tree["rank1"] == 1.0
    assert tree["ms_a_face"] == pytest.approx({"detect": 10, "align": 2, "embed": 10})
    json.dumps(tree)


def test_failures_are_counted_for_probes_of_both_kinds() -> None:
    fta = report(trials([0.95, -np.inf], [0.1, 0.2, -np.inf])).as_json()["fta"]
    assert (fta["mated_probes"], fta["non_mated_probes"]) == (1, 1)


def test_neither_names_nor_paths_appear() -> None:
    found = report(trials([0.95, 0.85], [0.5]))
    said = json.dumps(found.as_json()) + "\n".join(found.lines())
    assert not any(name in said for name in (*NAMES, ".jpg"))


def test_the_text_says_how_it_was_measured_and_warns_of_few_probes() -> None:
    said = "\n".join(report(trials([0.95, 0.85], [0.5])).lines())
    assert "3 photos enrolled, 1 fused" in said
    assert "gates off" in said
    assert "blur=2" in said
    assert "fewer than 100 non-mated probes" in said


def test_without_a_single_stranger_there_is_no_report() -> None:
    with pytest.raises(ConfigError, match="None of the 2 non-mated probes"):
        report(trials([0.9], [-np.inf, -np.inf]))
