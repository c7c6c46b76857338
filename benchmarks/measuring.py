"""What every benchmark shares: repeated times, their median, and the one table that is printed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.serving import answers_ready

LONGEST_START_SECONDS = 120


@dataclass(frozen=True)
class Measurement:
    """Measured `values` in `unit`; at most `limit` is wanted of the median, or of its ratio to `bare` where that is given."""

    name: str
    unit: str
    values: tuple[float, ...]
    limit: float | None = None
    bare: tuple[float, ...] = ()

    @property
    def judged(self) -> float:
        """What the limit is held against: the median, or its ratio to the bare application's median."""
        return median(self.values) / median(self.bare) if self.bare else median(self.values)

    @property
    def verdict(self) -> str:
        """“ok”, “over”, or empty where nothing is wanted."""
        return "" if self.limit is None else "ok" if self.judged <= self.limit else "over"


HEADER = ("Measure", "n", "Median", "Min to max", "Bare median", "Ratio", "At most", "")


def repeat(times: int, act: Callable[[], object]) -> tuple[float, ...]:
    """Milliseconds of each of `times` calls of `act`."""
    return tuple(measure(act) for _ in range(times))


def measure(act: Callable[[], object]) -> float:
    """Milliseconds of one call of `act`."""
    begin = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - begin)


def wait_until_answered(address: str, process: subprocess.Popen[bytes]) -> None:
    """Return when `address` answers 200; RuntimeError when `process` ends before, or after two minutes."""
    end = time.monotonic() + LONGEST_START_SECONDS
    while not answers_ready(address):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{address} does not answer; exit code of the server: {process.poll()}")
        time.sleep(0.02)


def format_table(measurements: Sequence[Measurement]) -> str:
    """One line per measurement under HEADER, in columns."""
    rows = [HEADER, *(_cells(measurement) for measurement in measurements)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    lines = ["  ".join(_pad(cell, width, place == 0) for place, (cell, width) in enumerate(zip(row, widths, strict=True))) for row in rows]
    return "\n".join(line.rstrip() for line in [lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _cells(part: Measurement) -> tuple[str, ...]:
    number = f"{{:,.{1 if part.unit == 'ms' and median(part.values) < 100 else 2 if part.unit in ('s', 'GiB') else 0}f}}".format
    spread = f"{number(min(part.values))} to {number(max(part.values))}"
    ratio = f"{part.judged:.2f}" if part.bare else ""
    limit = "" if part.limit is None else f"{part.limit:.2f} ×" if part.bare else f"{part.limit:g} {part.unit}"
    bare = f"{number(median(part.bare))} {part.unit}" if part.bare else ""
    return (part.name, str(len(part.values)), f"{number(median(part.values))} {part.unit}", spread, bare, ratio, limit, part.verdict)


def _pad(cell: str, width: int, left: bool) -> str:
    return cell.ljust(width) if left else cell.rjust(width)
