"""How long a reader waits, measured: `python -m benchmarks` prints medians beside a bare Dash application of the same content."""
