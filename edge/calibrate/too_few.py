"""The one way a calibration fails on sound input."""

from __future__ import annotations


class TooFew(Exception):  # noqa: N818 - reads as what is wrong
    """A photo set shows too few people, or too few photos of each, to measure something."""
