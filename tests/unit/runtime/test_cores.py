"""A process keeps to the cores it is told, or says that there are none such."""

from __future__ import annotations

import os
import threading

import pytest

from edge.errors import ConfigError
from edge.runtime.cores import keep_to


def test_a_thread_and_those_it_starts_keep_to_the_cores() -> None:
    one = min(os.sched_getaffinity(0))
    seen: list[set[int]] = []

    def work() -> None:
        keep_to((one,))
        later = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
        later.start()
        later.join()

    apart = threading.Thread(target=work)
    apart.start()
    apart.join()
    assert seen == [{one}]


def test_no_cores_means_all_of_them() -> None:
    before = os.sched_getaffinity(0)
    keep_to(())
    assert os.sched_getaffinity(0) == before


def test_a_core_that_is_not_there_is_refused_by_its_number() -> None:
    with pytest.raises(ConfigError, match=r"speed\.cores names 1023;"):
        keep_to((1023,))
