"""One participant with one of everything, beside another who was never dosed, as tables of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data, course, protocol

# Dose 1 on day 0, dose 2 planned for day 84 and given 21 days late, dose 3 planned for day 168 and never given; the cut is on day 500.
DOSES = {"a": (0, 105), "b": ()}
COUNTS = {-28: 100.0, -5: 110.0, 0: 120.0, 14: 260.0, 30: 300.0, 252: 310.0, 336: 250.0, 420: 305.0}


def everything_recorded() -> StudyData:
    people = {"a": {"status": "completed"}, "b": {"status": "not dosed", "cohort": "480"}}
    return build_data([*course("a", COUNTS), ("b", "cd4", None, 140.0)], doses=DOSES, people=people)


def analysis_of_everything() -> Analysis:
    return derive_analysis(everything_recorded(), protocol(), "last")


def build_records() -> dict[str, pd.DataFrame]:
    """Every record table; what a row does not say is blank."""
    rows: dict[str, Sequence[Mapping[str, Any]]] = {
        "adverse_event": [
            {"term": "Rash", "start_day": 3, "end_day": 9, "start_precision": "day", "end_precision": "day", "grade": "2",
             "grading_scale": "CTCAE v5.0", "serious": "N", "relation": "PROBABLE", "outcome": "RECOVERED"},
            {"term": "Rash", "start_day": 7, "start_precision": "month", "ongoing": True, "grade": "3", "grading_scale": "CTCAE v5.0",
             "serious": "Y", "relation": "UNRELATED"},
        ],
        "medication": [
            {"name": "PREDNISONE", "dose_text": "20 mg", "start_day": 40, "end_day": 53, "start_precision": "day", "end_precision": "day"},
            {"name": "ACICLOVIR", "start_day": -200, "start_precision": "day", "ongoing": True},
        ],
        "finding": [
            {"domain": "IS", "test": "ADA_BAB", "label": "Binding Antidrug Antibody", "object": "NT-I7", "day": 84,
             "value_text": "POSITIVE"},
            {"domain": "FA", "test": "LESCNT", "label": "Lesion Count", "object": "HPV LESION", "day": 84, "value": 6.0, "value_text": "6"},
            *[{"domain": "PC", "test": "NTI7", "label": "NT-I7", "object": "SERUM", "day": day, "value": value, "value_text": f"{value:g}",
               "unit_text": "ng/mL", "after_dose": day in DOSES["a"]} for day, value in ((0, 2.0), (1, 5.0), (14, 1.0), (130, 3.0))],
        ],
        "attendance": [
            {"visit_label": "PRE-DOSE 2", "start_day": 79, "end_day": 79, "occurred": "Y"},
            {"visit_label": "UNSCHEDULED", "start_day": 60, "end_day": 60, "occurred": "Y", "marked_unscheduled": True},
        ],
        "milestone": [{"category": "DISPOSITION EVENT", "term": "COMPLETED", "day": 425, "precision": "day"}],
    }  # fmt: skip
    return {name: _fill(name, rows.get(name, ())) for name in RECORD_TABLES}


def _fill(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    columns = RECORD_TABLES[name][0]
    blank = {column: {"str": "", "bool": False}.get(kind) for column, kind in columns.items()}
    own = {"participant": "a", "source_file": name[:2]}
    filled = [blank | own | {"source_row": place} | dict(row) for place, row in enumerate(rows, 1)]
    return pd.DataFrame(filled, columns=list(columns)).astype(columns)
