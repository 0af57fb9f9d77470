"""Measures what a pack's scores mean, on photos of people who are not on the list."""
