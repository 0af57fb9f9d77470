"""Measures how well a pack recognises and detects; pure: pictures in, numbers out."""
