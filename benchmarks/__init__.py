"""Benchmarks: ratios of arms measured side by side in one run, never pass or fail."""
