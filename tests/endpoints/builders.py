"""Short literals to StudyData and Analysis, under the real definition of NCT05600920."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.study.columns import COUNT_COLUMNS, DOSE_COLUMNS, PARTICIPANT_COLUMNS, conform
from dashboard.study.definitions import BUILT_IN, read_definition
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData

Value = tuple[str, str, int | None, float]
PLANNED_DAYS = (-28, -5, 0, 14, 30, 79, 84, 98, 114, 163, 168, 182, 198, 252, 336, 420)


@cache
def protocol() -> StudyProtocol:
    return read_definition(BUILT_IN / "nct05600920.toml")


def build_data(
    values: Sequence[Value],
    *,
    doses: Mapping[str, Sequence[int]] | None = None,
    people: Mapping[str, Mapping[str, Any]] | None = None,
    after_dose: Sequence[int] = (),
    marked_unscheduled: Sequence[int] = (),
    below_loq: Sequence[int] = (),
) -> StudyData:
    """Values as (participant, analyte, day, value); flags by position; one dose on day 0 unless `doses` says otherwise."""
    names = sorted({row[0] for row in values} | set(people or {}))
    given = {name: tuple((doses or {}).get(name, (0,))) for name in names}
    counts = pd.DataFrame(values, columns=["participant", "analyte", "day", "value"])
    counts = counts.assign(visit_label="", value_text="", unit_text="", source_file="lb.csv", source_row=range(1, len(counts) + 1))
    for name, rows in (("after_dose", after_dose), ("marked_unscheduled", marked_unscheduled), ("below_loq", below_loq)):
        counts[name] = np.isin(np.arange(len(counts)), rows)
    dosing = [(name, number, day) for name in names for number, day in enumerate(given[name], 1)]
    dose_frame = pd.DataFrame(dosing, columns=["participant", "dose_number", "day"])
    dose_frame = dose_frame.assign(amount=240.0, amount_unit="µg/kg", source_file="ex.csv", source_row=range(1, len(dose_frame) + 1))
    return StudyData(
        _snapshot(),
        conform(pd.DataFrame([_person(name, values, given[name], (people or {}).get(name, {})) for name in names]), PARTICIPANT_COLUMNS),
        conform(counts.astype({"day": "Int64"}), COUNT_COLUMNS),
        conform(dose_frame, DOSE_COLUMNS),
    )


def build_analysis(values: Sequence[Value], rule: str = "last", **choices: Any) -> Analysis:
    return derive_analysis(build_data(values, **choices), protocol(), rule)


def everyone(analysis: Analysis) -> np.ndarray:
    return np.ones(len(analysis.participants), dtype=bool)


def course(participant: str, days_and_values: Mapping[int, float], analyte: str = "cd4") -> list[Value]:
    return [(participant, analyte, day, value) for day, value in days_and_values.items()]


def build_trial(participants: int, seed: int = 1) -> StudyData:
    """A drawn trial with every planned visit of every analyte; for rules that hold for any data."""
    rng = np.random.default_rng(seed)
    cohorts = protocol().cohort_keys
    values = [
        (f"p{person:05d}", analyte, day, float(value))
        for person in range(participants)
        for analyte in protocol().analyte_keys
        for day, value in zip(PLANNED_DAYS, rng.lognormal(5, 0.6, len(PLANNED_DAYS)).round(), strict=True)
    ]
    people = {f"p{person:05d}": {"cohort": cohorts[person % 3]} for person in range(participants)}
    return build_data(values, doses=dict.fromkeys(people, (0, 84, 168)), people=people)


def _person(name: str, values: Sequence[Value], doses: Sequence[int], given: Mapping[str, Any]) -> dict[str, Any]:
    days = [row[2] for row in values if row[0] == name and row[2] is not None]
    usual = {"participant": name, "cohort": "240", "sex": "F", "age": 50, "dosed": bool(doses), "status": "ongoing"}
    last = max(days) if days else (0 if doses else None)
    return {**usual, "cut_day": 500 if doses else None, "last_day": last, **given}


def _snapshot() -> Snapshot:
    return Snapshot("nct05600920", "ab" * 32, "test", date(2026, 1, 1), "published", True, datetime(2026, 1, 2, tzinfo=UTC))
