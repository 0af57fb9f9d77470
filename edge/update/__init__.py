"""Whole images in two slots: installing one, and keeping it only when the box works with it."""
