"""Ratios against a floor measured in the same run: `python -m bench`, figures in docs/benchmarks.md."""
