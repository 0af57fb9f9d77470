"""How a program of this folder says what it found."""

from __future__ import annotations

import json
from collections.abc import Mapping

from edge.bench.board import words


def tell(found: Mapping[str, object], *, as_json: bool) -> None:
    """Print what was found on this machine: one JSON object, or a line for each figure."""
    told = {"machine": words(), **found}
    if as_json:
        print(json.dumps(told, indent=2))
        return
    for name, value in told.items():
        print(f"  {name:44} {f'{value:14,.3f}' if isinstance(value, float) else value}")
