"""Keeps a process to some of the processor's cores.

On a board with large and small cores the scheduler moves a thread between them, and a frame takes
three times as long on a small one. Threads that are started later stay on the same cores.
"""

from __future__ import annotations

import os

from edge.errors import ConfigError


def keep_to(cores: tuple[int, ...]) -> None:
    """Run this process on these cores only.

    Args:
        cores: their numbers, as in ``/proc/cpuinfo``; none: all stay allowed.

    Raises:
        ConfigError: this machine does not have one of them, or does not lend it to the process.
    """
    if not cores:
        return
    allowed = os.sched_getaffinity(0)
    if missing := sorted(set(cores) - allowed):
        raise ConfigError(
            f"speed.cores names {', '.join(str(one) for one in missing)}; "
            f"this process may use the cores {', '.join(str(one) for one in sorted(allowed))}.",
            "Choose among those; `lscpu --extended` shows which are large.",
        )
    os.sched_setaffinity(0, cores)
