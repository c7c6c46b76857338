"""Short literals to FINDING_COLUMNS and to placed findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.exploratory.placing import derive_placed_findings
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import FINDING_COLUMNS, conform
from tests.endpoints.builders import Value, build_analysis

EMPTY: dict[str, Any] = {
    "domain": "", "test": "", "label": "", "category": "", "object": "", "time": "", "timepoint": "", "visit_label": "", "value": np.nan,
    "below_loq": False, "limit": np.nan, "after_dose": False, "marked_unscheduled": False, "value_text": "", "unit_text": "",
    "source_file": "is",
}  # fmt: skip


def build_findings(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as mappings of the columns that differ from EMPTY; a value without text is its own text."""
    filled = [{**EMPTY, "source_row": place, **row} for place, row in enumerate(rows, 1)]
    for row in filled:
        row["value_text"] = row["value_text"] or ("" if np.isnan(row["value"]) else f"{row['value']:g}")
    return conform(pd.DataFrame(filled, columns=list(FINDING_COLUMNS)).astype({"day": "Int64"}), FINDING_COLUMNS)


def enrol(people: Mapping[str, Mapping[str, Any]] | Sequence[str], values: Sequence[Value] = (), **choices: Any) -> Analysis:
    """An analysis of people who have the given counts (none unless given) and one dose on day 0 unless `doses` says otherwise."""
    named = people if isinstance(people, Mapping) else {name: {} for name in people}
    return build_analysis(list(values), people=named, **choices)


def ada(participant: str, day: int | None, text: str, test: str = "ADA_BAB", **more: Any) -> dict[str, Any]:
    return {"participant": participant, "domain": "IS", "test": test, "day": day, "value_text": text, "object": "NT-I7", **more}


def drug(participant: str, day: int | None, value: float, **more: Any) -> dict[str, Any]:
    usual = {"domain": "PC", "test": "NTI7", "object": "SERUM", "unit_text": "ng/mL", "source_file": "pc"}
    return {"participant": participant, "day": day, "value": value, **usual, **more}


def finding(participant: str, day: int | None, result: float | str, test: str = "LESCNT", **more: Any) -> dict[str, Any]:
    value = {"value_text": result} if isinstance(result, str) else {"value": result}
    return {"participant": participant, "domain": "FA", "test": test, "day": day, **value, **more}


def place(rows: Sequence[Mapping[str, Any]], analysis: Analysis) -> pd.DataFrame:
    return derive_placed_findings(build_findings(rows), analysis)
