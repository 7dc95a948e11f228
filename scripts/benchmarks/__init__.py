"""Benchmarks, one file each: a one-line docstring first, `options(parser)` and `run(chosen) -> int`."""
