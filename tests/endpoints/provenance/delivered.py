"""Data with the texts of a delivery, and the demonstration trial as the importer reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from dashboard.endpoints.provenance.steps import Step, Table
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.simulate.trial import FINAL_CUT, INTERIM_CUT, write_trial
from dashboard.study.columns import CLAIM_COLUMNS, conform
from dashboard.study.snapshot import StudyData
from data_access.delivery import read_delivery
from tests.endpoints.builders import Value, build_data, protocol

CUTS = {"interim": INTERIM_CUT, "final": FINAL_CUT}


def delivered_analysis(values: Sequence[Value], texts: Mapping[int, tuple[str, str]] = {}, rule: str = "last", **choices: Any) -> Analysis:
    """Values as `build_data` takes them; text and unit are the value and 10^6/L unless `texts` has others for the position."""
    data = build_data(values, **choices)
    pairs = [texts.get(place, (f"{row[3]:g}", "10^6/L")) for place, row in enumerate(values)]
    counts = data.counts.assign(value_text=[text for text, _ in pairs], unit_text=[unit for _, unit in pairs])
    return derive_analysis(replace(data, counts=counts.astype({"value_text": "str", "unit_text": "str"})), protocol(), rule)


@cache
def demonstration(cut: str, rule: str) -> Analysis:
    """The demonstration trial (ten participants per cohort), read from its files at one of its two cuts."""
    return derive_analysis(_read(cut), protocol(), rule)


@cache
def _read(cut: str) -> StudyData:
    with TemporaryDirectory() as folder:
        write_trial(Path(folder))
        read = read_delivery(protocol(), [Path(folder)], CUTS[cut])
    return StudyData(build_data([("a", "cd4", 0, 1.0)]).snapshot, read.participants, read.counts, read.doses)


def claims(*rows: tuple[str, str, int, str, float, str]) -> pd.DataFrame:
    """Claims as (participant, analyte, day, quantity, value, text), from rows 1, 2, … of adlb.xpt."""
    names = ["participant", "analyte", "day", "quantity", "value", "value_text"]
    frame = pd.DataFrame(rows, columns=names).assign(source_file="adlb.xpt", source_row=range(1, len(rows) + 1))
    return conform(frame, CLAIM_COLUMNS)


def step(steps: Sequence[Step], title: str) -> Step:
    """The one step of that title."""
    found = [each for each in steps if each.title == title]
    assert len(found) == 1, [each.title for each in steps]
    return found[0]


def table(steps: Sequence[Step], title: str) -> Table:
    """The table of the one step of that title."""
    found = step(steps, title).table
    assert found is not None
    return found


def places(of: Step) -> list[tuple[str, int]]:
    """File and row of each source row of a step."""
    return [(row.file, row.row) for row in of.rows]
