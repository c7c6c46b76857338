"""Short literals to adverse events, beside the trial of `tests.endpoints.builders`: cut on day 500, first dose on 2024-08-19."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.endpoints.safety.events import derive_events
from dashboard.endpoints.safety.rates import AtRisk, derive_at_risk
from dashboard.study.columns import ADVERSE_EVENT_COLUMNS, FINDING_COLUMNS, MEDICATION_COLUMNS, conform
from dashboard.study.protocol import StudyProtocol
from tests.endpoints.builders import build_data, protocol

NO_EVENT: dict[str, Any] = {
    "term": "Headache", "reported_term": "HEADACHE", "body_system": "Nervous system disorders", "category": "", "start_day": 1,
    "start_precision": "day", "end_day": None, "end_precision": "", "ongoing": False, "grade": "1", "severity": "",
    "grading_scale": "CTCAE v5.0", "serious": "N", "relation": "UNRELATED", "action": "DOSE NOT CHANGED", "outcome": "",
    "source_file": "ae",
}  # fmt: skip


def event(participant: str, start_day: int | None = 1, **changes: Any) -> dict[str, Any]:
    """One adverse event: a grade 1 headache that is over, unless `changes` says otherwise."""
    precision = {"start_precision": "" if start_day is None else "day"}
    ended = {"end_precision": "day"} if changes.get("end_day") is not None else {}
    return {"participant": participant, **NO_EVENT, "start_day": start_day, **precision, **ended, **changes}


def build_events(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """ADVERSE_EVENT_COLUMNS of the rows, numbered from 1."""
    frame = pd.DataFrame([{**row, "source_row": number} for number, row in enumerate(rows, 1)], columns=list(ADVERSE_EVENT_COLUMNS))
    return conform(frame, ADVERSE_EVENT_COLUMNS)


def build_findings(rows: Sequence[tuple[str, str, int | None, float, str]]) -> pd.DataFrame:
    """Vital signs as (participant, test, day, value, unit)."""
    frame = pd.DataFrame(rows, columns=["participant", "test", "day", "value", "unit_text"])
    texts = dict.fromkeys(("label", "category", "object", "time", "timepoint", "visit_label", "value_text"), "")
    flags = dict.fromkeys(("below_loq", "after_dose", "marked_unscheduled"), False)
    frame = frame.assign(domain="VS", limit=np.nan, source_file="vs", source_row=range(1, len(frame) + 1), **texts, **flags)
    return conform(frame.astype({"day": "Int64"}), FINDING_COLUMNS)


def build_medications(rows: Sequence[tuple[str, str, int, int]]) -> pd.DataFrame:
    """Medications as (participant, name, first day, last day)."""
    frame = pd.DataFrame(rows, columns=["participant", "name", "start_day", "end_day"])
    texts = dict.fromkeys(("reported_name", "drug_class", "indication", "dose_text"), "")
    known = {"start_precision": "day", "end_precision": "day", "ongoing": False, "source_file": "cm"}
    return conform(frame.assign(**texts, **known, source_row=range(1, len(frame) + 1)), MEDICATION_COLUMNS)


def people(**cohorts: str) -> dict[str, dict[str, Any]]:
    """Participants by name with their cohort, under observation until the cut on day 500."""
    return {name: {"cohort": cohort} for name, cohort in cohorts.items()}


def study(**safety: Any) -> StudyProtocol:
    """The real definition with changes of its safety part."""
    return protocol().model_copy(update={"safety": protocol().safety.model_copy(update=safety)})


def analyse(persons: Mapping[str, Mapping[str, Any]], *, values: Any = (), using: StudyProtocol | None = None, **choices: Any) -> Analysis:
    """The analysis of these participants; one dose on day 0 unless `doses` says otherwise."""
    return derive_analysis(build_data(values, people=persons, **choices), using or protocol(), "last")


def everyone_at_risk(analysis: Analysis) -> AtRisk:
    """All dosed participants."""
    return derive_at_risk(analysis, np.ones(len(analysis.participants), dtype=bool))


def derived(analysis: Analysis, *rows: Mapping[str, Any]) -> pd.DataFrame:
    """EVENT_COLUMNS of the rows."""
    return derive_events(analysis, build_events(rows))


def of_row(table: pd.DataFrame, **where: Any) -> dict[str, Any]:
    """The one row of a table that has these values."""
    kept = table
    for name, value in where.items():
        kept = kept[kept[name] == value]
    assert len(kept) == 1, kept
    return {str(name): value for name, value in kept.iloc[0].to_dict().items()}
