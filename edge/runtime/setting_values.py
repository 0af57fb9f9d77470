"""What a setting can be: a table, a time such as ``5m``, a name, a text in some languages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_UNITS_S = {"ms": 0.001, "s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def _duration(value: object) -> object:
    """Turn ``"90s"``, ``"5m"``, ``"2h"`` or ``"7d"`` into a timedelta; pass what is no text on."""
    if isinstance(value, str):
        parts = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)\s*", value)
        if not parts:
            raise ValueError("write a time such as 500ms, 90s, 5m, 2h or 7d")
        return timedelta(seconds=float(parts[1]) * _UNITS_S[parts[2]])
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Language = Literal["en", "de"]
_Text = Annotated[str, Field(max_length=2000)]
Texts = _Text | dict[Language, _Text]


class Table(BaseModel):
    """One table; unknown keys are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
