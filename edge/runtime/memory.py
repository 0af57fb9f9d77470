"""Hands freed memory back to the system.

glibc keeps what a program frees for its next wish. After a large list was made ready to search
that is a third of the list's size, and pages of templates that should be gone. Elsewhere than
on glibc nothing happens.
"""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Return free pages; the next owner finds them zeroed (``malloc_trim``, glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
