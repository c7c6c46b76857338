"""A delivery with 1,000,000 count rows: importing it into either database, reading its transport file, and comparing two such cuts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from benchmarks.measuring import Measurement, measure, repeat
from dashboard.archive import Archive
from dashboard.changes import compare_published
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.definitions import read_definitions
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace
from data_access.formats.receiving import receive
from data_access.opening import open_repository
from tests.postgres import started_postgres
from tests.serving import ROOT, own_environment

STUDY = "nct05600920"
LONGEST_SECONDS, MOST_GIBIBYTES = 40, 1.5
LONGEST_COMPARISON_SECONDS, LARGEST_RATIO = 10, 2
TIMES = 3
CODES = ("LYM", "CD4", "CD8", "CD19", "NK")
COHORTS = ("NTI7-240", "NTI7-480", "NTI7-720")
# Of 5,025 × 40 × 5 rows each cut lacks one in 201, which leaves 1,000,000.
PARTICIPANTS, DAYS, DAYS_APART, LACKS_ONE_IN, CORRECTS_ONE_IN, SEED = 5_025, 40, 10, 201, 500, 1
START = np.datetime64("2024-03-04")


def measure_large_delivery(folder: Path) -> list[Measurement]:
    """Seconds and peak memory of `import --publish` by engine, the transport file against pandas, and the comparison of two cuts."""
    results = _draw_results(0)
    first, second = _write_delivery(folder / "first", results), _write_delivery(folder / "second", _draw_results(1))
    pyreadstat.write_xport(results, folder / "lb.xpt", table_name="LB", file_format_version=5)
    del results
    environment = own_environment(folder / "var")
    on_sqlite = _measure_import("SQLite", first, environment)
    with started_postgres() as server:
        on_postgres = _measure_import("PostgreSQL", first, own_environment(folder / "other", DATABASE_URL=server.database_maker()()))
    _run(["import", STUDY, str(second), "--publish"], environment)
    compared = _measure_comparison(environment)
    return [*on_sqlite, *on_postgres, _measure_transport_file(folder / "lb.xpt"), *compared]


def _draw_results(cut: int) -> pd.DataFrame:
    """LB of data cut 0 or 1: five analytes every ten days for everybody; each lacks rows of the other, and some were corrected between."""
    random = np.random.default_rng(SEED)
    row = np.arange(PARTICIPANTS * DAYS * len(CODES))
    value = random.lognormal(np.log(300), 0.6, len(row)).round(1)
    time_of_day = np.array([f"T{hour:02d}:30" for hour in range(24)])[random.integers(7, 18, len(row))]
    turn = row // len(CODES) % DAYS
    rows = pd.DataFrame(
        {
            "STUDYID": "NCT05600920",
            "DOMAIN": "LB",
            "USUBJID": np.array(_names())[row // (DAYS * len(CODES))],
            "LBSEQ": (row % (DAYS * len(CODES)) + 1).astype(np.float64),
            "LBTESTCD": np.array(CODES)[row % len(CODES)],
            "LBORRES": np.where((cut == 1) & (row % CORRECTS_ONE_IN == 0), value + 10, value).astype(str),
            "LBORRESU": "/uL",
            "LBDTC": np.char.add((START + turn * DAYS_APART).astype(str), time_of_day),
            "VISIT": np.array([f"WEEK {DAYS_APART * number // 7}" for number in range(DAYS)])[turn],
        }
    )
    return rows[row % LACKS_ONE_IN != cut].reset_index(drop=True)


def _names() -> list[str]:
    return [f"NCT05600920-{number:05d}" for number in range(PARTICIPANTS)]


def _write_delivery(folder: Path, results: pd.DataFrame) -> Path:
    folder.mkdir()
    who = pd.DataFrame({"STUDYID": "NCT05600920", "USUBJID": _names(), "SEX": "F", "AGE": "41", "RFSTDTC": str(START)})
    who["ARMCD"] = [COHORTS[number % len(COHORTS)] for number in range(PARTICIPANTS)]
    doses = who[["STUDYID", "USUBJID"]].assign(EXTRT="NT-I7", EXDOSE=[code.split("-")[1] for code in who["ARMCD"]], EXDOSU="ug/kg")
    given = pd.concat([doses.assign(EXSTDTC=f"{START + 84 * number}T09:00") for number in range(3)])
    results.to_csv(folder / "lb.csv", index=False)
    who.assign(DOMAIN="DM").to_csv(folder / "dm.csv", index=False)
    given.assign(DOMAIN="EX").to_csv(folder / "ex.csv", index=False)
    return folder


def _measure_import(engine: str, delivery: Path, environment: Mapping[str, str]) -> list[Measurement]:
    seconds, gibibytes = _run(["import", STUDY, str(delivery), "--publish"], environment)
    name = f"import of 1,000,000 counts, {engine}"
    return [
        Measurement(name, "s", (seconds,), LONGEST_SECONDS),
        Measurement(f"{name}, most memory", "GiB", (gibibytes,), MOST_GIBIBYTES),
    ]


def _run(words: list[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds and GiB at most of `python -m dashboard` with `words`; RuntimeError with what it said when it fails."""
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard", *words],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        said = process.stderr.read() if process.stderr else ""
        # Asked here, because the sum over all children would mix the commands.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}:\n{said}")
    return time.perf_counter() - begin, usage.ru_maxrss / 2**20


def _measure_transport_file(path: Path) -> Measurement:
    ours = repeat(TIMES, lambda: receive([path]))
    # With an encoding, because text is what ours gives; without one pandas leaves bytes.
    bare = repeat(TIMES, lambda: pd.read_sas(path, format="xport", encoding="utf-8"))
    return Measurement("reading 1,000,000 rows of XPT, bare = pandas", "ms", ours, LARGEST_RATIO, bare)


def _load(archive: Archive, cut: Snapshot) -> None:
    archive.analysis(cut, "last")
    for table in RECORD_TABLES:
        archive.records(cut, table)


def _measure_comparison(environment: Mapping[str, str]) -> list[Measurement]:
    """Loading with the derivation of both cuts, comparing them, and the command that does both."""
    protocol = read_definitions()[STUDY]
    repository = open_repository(f"sqlite:///{environment['VAR']}/lymphotrace.sqlite")
    archive = Workspace({STUDY: protocol}, repository).archive(protocol)
    after, before = archive.published()
    loading = measure(lambda: [_load(archive, cut) for cut in (before, after)])
    comparing = measure(lambda: compare_published(archive, before, after))
    repository.engine.dispose()
    whole, gibibytes = _run(["diff", STUDY, before.cut, after.cut], environment)
    name = "diff of two cuts of 1,000,000 counts"
    return [
        Measurement(f"{name}, loading and deriving", "s", (loading / 1000,)),
        Measurement(f"{name}, comparing", "s", (comparing / 1000,), LONGEST_COMPARISON_SECONDS),
        Measurement(f"{name}, the command with both", "s", (whole,), LONGEST_COMPARISON_SECONDS),
        Measurement(f"{name}, most memory", "GiB", (gibibytes,)),
    ]
