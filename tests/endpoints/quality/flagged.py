"""Short literals to flags: counts with labels, and the flags of one code that they raise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from dashboard.endpoints.quality.flags import derive_quality
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.study.columns import ATTENDANCE_COLUMNS, CLAIM_COLUMNS, conform
from dashboard.study.protocol import StudyProtocol
from tests.endpoints.builders import Value, build_data, protocol


def build_labelled(
    values: Sequence[Value], labels: Mapping[int, str] | None = None, rule: str = "last", plan: StudyProtocol | None = None, **choices: Any
) -> Analysis:
    """As `build_analysis`, with visit labels by position of the value."""
    data = build_data(values, **choices)
    named = pd.Series([(labels or {}).get(row, "") for row in range(len(values))], dtype="str")
    return derive_analysis(replace(data, counts=data.counts.assign(visit_label=named)), plan or protocol(), rule)


def flags_of(analysis: Analysis, code: str, **records: pd.DataFrame) -> pd.DataFrame:
    quality = derive_quality(analysis, **records)
    return quality[quality["code"] == code].reset_index(drop=True)


def attend(*rows: tuple[str, str, int | None, str]) -> pd.DataFrame:
    """Attendance: (participant, visit label, day, occurred)."""
    frame = pd.DataFrame(rows, columns=["participant", "visit_label", "start_day", "occurred"])
    frame = frame.assign(end_day=frame["start_day"], reason="", marked_unscheduled=False, source_file="sv.csv", source_row=1)
    return conform(frame, ATTENDANCE_COLUMNS)


def claim(*rows: tuple[str, str, int | None, str, float, str, int]) -> pd.DataFrame:
    """Claims of adlb.csv: (participant, analyte, day, quantity, value, text, row)."""
    frame = pd.DataFrame(rows, columns=["participant", "analyte", "day", "quantity", "value", "value_text", "source_row"])
    return conform(frame.assign(source_file="adlb.csv"), CLAIM_COLUMNS)
