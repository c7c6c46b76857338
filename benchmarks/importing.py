"""Importing the 254 participants of the CDISC pilot, real and published, from CSV files into an empty database."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from benchmarks.measuring import Measurement, repeat
from tests.data_access.deliveries import write_pilot
from tests.serving import own_environment, run_command

LONGEST_SECONDS = 5
TIMES = 5


def measure_import(folder: Path) -> list[Measurement]:
    """The command as an administrator types it: start of Python, check, storing and publishing."""
    delivery, numbers = write_pilot(folder / "pilot", "csv"), count(1)

    def import_once() -> None:
        environment = own_environment(folder / f"var{next(numbers)}")
        run_command("import", "cdiscpilot01", str(delivery), "--publish", environment=environment)

    times = repeat(TIMES, import_once)
    return [Measurement("import of 254 participants, CSV", "s", tuple(time / 1000 for time in times), LONGEST_SECONDS)]
