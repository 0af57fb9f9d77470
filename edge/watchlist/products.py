"""Tries NumKong's dot products on this very processor before anybody is named by them.

In: the dimensions of the rows. Out: nothing; kernels that miscalculate are switched off, the most
special ones first. Always: a search whose products are wrong is never begun: it would name
somebody else, with a high score. Seen with NumKong 7.8.6 and SME as QEMU 7.2 emulates it.
"""

from __future__ import annotations

import logging
from functools import cache
from itertools import product

import numkong
import numpy as np

from edge.errors import WatchlistError

_ROWS, _PROBES = (1, 35, 64), (1, 2, 3, 16)  # whole tiles of the kernels, and what is left over

log = logging.getLogger(__name__)


@cache
def make_sure(dimensions: int) -> None:
    """Compare the products of some rows with NumPy's; once for each number of dimensions.

    Raises:
        WatchlistError: no kernel for this processor calculates right.
    """
    if _right(dimensions):
        return
    known = numkong.get_capabilities()
    for kernels in [name for name, on in reversed(known.items()) if on and name != "serial"]:
        numkong.disable_capability(kernels)
        if _right(dimensions):
            log.warning("NumKong miscalculates here; its kernels down to %s are off", kernels)
            return
    raise WatchlistError(
        "This processor's dot products are wrong, so that nobody can be recognised safely.",
        "Update watchpost and NumKong; tell us the processor (`watchpost bench` names it).",
    )


def _right(dimensions: int) -> bool:
    chance = np.random.default_rng(1)
    for rows, probes in product(_ROWS, _PROBES):
        some = chance.integers(-127, 128, (rows, dimensions), dtype=np.int8)
        others = chance.integers(-127, 128, (probes, dimensions), dtype=np.int8)
        some[-1], others[-1] = 127, -127  # the largest sum
        found = np.asarray(numkong.dots_packed(some, numkong.dots_pack(others)))
        if not np.array_equal(found, some.astype(np.int32) @ others.T.astype(np.int32)):
            return False
    return True
