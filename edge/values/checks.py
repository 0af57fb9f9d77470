"""What every value needs when it checks itself."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def need(condition: bool, message: str) -> None:
    """Refuse a value.

    Raises:
        ValueError: the condition does not hold.
    """
    if not condition:
        raise ValueError(message)


def aware(moment: datetime, name: str) -> None:
    """Refuse a time without a zone.

    Raises:
        ValueError: it has none.
    """
    need(moment.tzinfo is not None, f"{name} needs a time zone")
