"""An installation that things happen to: its database, its folders, deliveries, and the program itself as a process."""

# ruff: noqa: S608 every statement is made of constants of the product
from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text

from dashboard.cli import main
from data_access.content_hash import TABLES
from data_access.engine import create_database_engine
from data_access.repository import SqlRepository
from tests.data_access.deliveries import DM, EX, LB, write_sdtm
from tests.data_access.test_sdtm_records import AE, CM, DS, FA, SV
from tests.serving import ROOT, own_environment

STUDY = "nct05600920"
LARGE_PARTICIPANTS, LARGE_DAYS = 60, 125
HOURS = ("07:00", "09:30", "12:00", "15:30", "18:00")


@dataclass(frozen=True)
class Installation:
    """A folder that holds everything the program writes, and the address of its database."""

    folder: Path
    url: str

    @property
    def var(self) -> Path:
        """The folder VAR."""
        return self.folder / "var"

    @property
    def temporary(self) -> Path:
        """Where temporary files go."""
        return self.folder / "temporary"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the program."""
        self.temporary.mkdir(parents=True, exist_ok=True)
        return own_environment(self.var, DATABASE_URL=self.url, TMPDIR=str(self.temporary))

    def run(self, *words: str) -> int:
        """Run a command in this process; returns its exit code."""
        return main(words, self.environment)

    def import_and_publish(self, delivery: Path) -> int:
        """`import --publish` in this process; returns its exit code."""
        return self.run("import", STUDY, str(delivery), "--publish")

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own; its messages can be read line by line."""
        return start_program([sys.executable, "-m", "dashboard", *words], self.environment)

    def start_import(self, delivery: Path) -> subprocess.Popen[str]:
        """Start `import --publish` as a process of its own."""
        return self.start("import", STUDY, str(delivery), "--publish")

    def statuses(self) -> dict[str, str]:
        """Every snapshot by its content hash, with its status. Each is whole, and there is no row without a snapshot."""
        engine = create_database_engine(self.url)
        try:
            with engine.connect() as connection:
                for table in TABLES:
                    lost = f'SELECT count(*) FROM "{table}" WHERE snapshot_id NOT IN (SELECT id FROM snapshot)'
                    assert connection.scalar(text(lost)) == 0, f"{table} has rows of no snapshot"
            repository = SqlRepository(engine)
            found = repository.list_all(STUDY)
            for snapshot in found:
                repository.verify(snapshot)
            return {snapshot.content_hash: snapshot.status for snapshot in found}
        finally:
            engine.dispose()

    def left_files(self) -> list[Path]:
        """What lies in the temporary folder."""
        return sorted(self.temporary.iterdir())


def start_program(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a program with pipes for what it writes."""
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end of a program: its exit code, and what else it said to standard error."""
    _, said = process.communicate(timeout=90)
    return process.returncode, said


def wait_for_word(process: subprocess.Popen[str], word: str) -> list[str]:
    """Read the messages of a program until one holds `word`, or it ends; returns the lines read."""
    lines = []
    for line in process.stderr or ():
        lines.append(line)
        if word in line:
            break
    return lines


def write_small(folder: Path, value: int = 120) -> Path:
    """A delivery with one participant and a row of every table that SDTM fills; `value` makes it different from others."""
    lb = [{**LB, "LBORRES": str(value)}, {**LB, "LBDTC": "2024-03-18", "LBORRES": "230"}]
    return write_sdtm(folder, lb=lb, ae=[AE], cm=[CM], sv=[SV], ds=[DS], fa=[FA])


def write_large(folder: Path, value: int = 120) -> Path:
    """A delivery with 37,500 counts of 60 participants, which is stored in two batches."""
    names = [f"P{number}" for number in range(LARGE_PARTICIPANTS)]
    days = [(date(2024, 3, 5) + timedelta(days=day)).isoformat() for day in range(LARGE_DAYS)]
    counts = [
        {**LB, "USUBJID": name, "LBDTC": f"{day}T{hour}", "LBORRES": str(value + number)}
        for number, name in enumerate(names)
        for day in days
        for hour in HOURS
    ]
    return write_sdtm(folder, [{**DM, "USUBJID": name} for name in names], [{**EX, "USUBJID": name} for name in names], counts)
