"""`python -m benchmarks [NAME …]`: run all benchmarks, or those named, one after the other, and print one table.

The numbers depend on the machine and on what else it does, so they are reported and nothing fails because of them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.board import measure_board
from benchmarks.cold_load import measure_cold_load
from benchmarks.filter_change import measure_filter_change
from benchmarks.guard_cost import measure_guard_cost
from benchmarks.importing import measure_import
from benchmarks.large_delivery import measure_large_delivery
from benchmarks.measuring import Measurement, format_table
from benchmarks.server_time import measure_server_time
from benchmarks.start import measure_start
from benchmarks.time_above import measure_time_above

BENCHMARKS: Mapping[str, Callable[[Path], list[Measurement]]] = {
    "filter-change": measure_filter_change,
    "server-time": measure_server_time,
    "cold-load": measure_cold_load,
    "start": measure_start,
    "import": measure_import,
    "large-delivery": measure_large_delivery,
    "time-above": measure_time_above,
    "guard": measure_guard_cost,
    "board": measure_board,
}


def main(names: Sequence[str]) -> int:
    """Measure and print; 2 for a name that is no benchmark."""
    if strange := [name for name in names if name not in BENCHMARKS]:
        print(f"no benchmark: {', '.join(strange)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    measurements: list[Measurement] = []
    with tempfile.TemporaryDirectory(prefix="lymphotrace-benchmarks-") as folder:
        for name in names or BENCHMARKS:
            print(f"measuring {name} …", file=sys.stderr)
            inside = Path(folder) / name
            inside.mkdir()
            measurements += BENCHMARKS[name](inside)
    print(format_table(measurements))
    print(f"{os.cpu_count()} cores; load over the last five minutes {os.getloadavg()[1]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
