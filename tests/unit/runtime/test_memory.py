"""What was freed is not kept."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from edge.runtime.memory import give_back


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps and gives back")
def test_freed_memory_below_memory_in_use_goes_back_to_the_system() -> None:
    freed = [np.ones(2000) for _ in range(4000)]  # 16 kB each: from the heap, 64 MB together
    kept = np.ones(2000)
    del freed
    before = resident_bytes()
    give_back()
    assert resident_bytes() <= before
    assert kept.all()
    give_back()
