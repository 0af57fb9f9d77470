"""Compares templates of the demo's photos that two machines made with one pack.

``python -m tests.runtimes.compare HERE.npz THERE.npz`` takes two files of
``tests/runtimes/templates.py``, the second made with the first as BEFORE. Prints how near they
are; exit code 1 unless every chip's cosine is at least 0.999.
"""

from __future__ import annotations

import sys

import numpy as np

SAME = 0.999


def main(here: str, there: str) -> int:
    """Compare, print, and say whether they are the same."""
    with np.load(here) as one, np.load(there) as other:
        a, b = dict(one), dict(other)
    say = sys.stdout.write
    say(f"{a['runtime']}: {len(a['names'])} faces here, {len(b['names'])} there\n")
    if a["names"].tolist() != b["names"].tolist():
        say("faces were found in different photos\n")
        return 1
    eyes = np.hypot(*(a["landmarks"][:, 1] - a["landmarks"][:, 0]).T)
    moved = np.abs(a["landmarks"] - b["landmarks"]).max(axis=(1, 2)) / eyes
    say(f"landmarks differ by at most {moved.max():.4f} eye distances\n")
    chips = np.einsum("ij,ij->i", a["whole"], b["chip"], dtype=np.float64)
    say(f"same chip: cosine at least {chips.min():.6f}, median {np.median(chips):.6f}\n")
    whole = np.einsum("ij,ij->i", a["whole"], b["whole"], dtype=np.float64)
    share = (whole >= SAME).mean()
    say(f"photo to template: cosine at least {whole.min():.6f}, {share:.1%} from {SAME}\n")
    return 0 if chips.min() >= SAME else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
