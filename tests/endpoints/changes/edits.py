"""Two deliveries of the same small trial: one as it is, and one with a single edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from dashboard.study.columns import COUNT_COLUMNS, COUNT_ORDER, DOSE_COLUMNS, DOSE_ORDER, PARTICIPANT_COLUMNS, RECORD_TABLES, conform
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import Value, build_data, course

# Who is in the trial: cd4 by day. Each has an alc of 1,000 at every visit as well.
#   a  cohort 240, baseline 120, week 36 at 310, week 60 at 250
#   b  cohort 240, baseline 150, week 36 at 180, week 60 at 190
#   c  cohort 480, baseline 90, week 36 at 320
#   d  cohort 480, no value up to day 0, week 36 at 400
COURSES: dict[str, dict[int, float]] = {
    "a": {-5: 110, 0: 120, 98: 280, 182: 260, 252: 310, 336: 280, 420: 250},
    "b": {-5: 140, 0: 150, 98: 170, 182: 190, 252: 180, 336: 170, 420: 190},
    "c": {-5: 80, 0: 90, 98: 210, 182: 240, 252: 320},
    "d": {98: 230, 182: 240, 252: 400},
}
COHORTS = {"a": "240", "b": "240", "c": "480", "d": "480"}
LABELS = {-5: "PRE-DOSE 1", 0: "DOSE 1", 98: "DOSE 2 DAY 14", 182: "DOSE 3 DAY 14", 252: "WEEK 36", 336: "WEEK 48", 420: "WEEK 60"}


def small_trial() -> StudyData:
    """Four participants with labelled visits and three doses each."""
    values: list[Value] = []
    for name, days in COURSES.items():
        values += course(name, days) + course(name, dict.fromkeys(days, 1000.0), "alc")
    data = build_data(
        values, doses=dict.fromkeys(COURSES, (0, 84, 168)), people={name: {"cohort": cohort} for name, cohort in COHORTS.items()}
    )
    labels = data.counts["day"].map(LABELS)
    texts = data.counts["value"].map("{:g}".format)
    return with_counts(data, data.counts.assign(visit_label=labels, value_text=texts, unit_text="/uL"))


def with_counts(data: StudyData, counts: pd.DataFrame) -> StudyData:
    """`data` with other counts, in canonical order."""
    return replace(data, counts=conform(counts, COUNT_COLUMNS).sort_values(COUNT_ORDER, kind="stable", ignore_index=True))


def with_doses(data: StudyData, doses: pd.DataFrame) -> StudyData:
    """`data` with other doses, in canonical order."""
    return replace(data, doses=conform(doses, DOSE_COLUMNS).sort_values(DOSE_ORDER, kind="stable", ignore_index=True))


def with_people(data: StudyData, people: pd.DataFrame) -> StudyData:
    """`data` with other participants."""
    return replace(data, participants=conform(people, PARTICIPANT_COLUMNS).sort_values("participant", ignore_index=True))


def find_count(data: StudyData, participant: str, analyte: str, day: int) -> np.ndarray:
    """The rows of a count, of which there must be one."""
    counts = data.counts
    found = ((counts["participant"] == participant) & (counts["analyte"] == analyte) & (counts["day"] == day)).to_numpy(dtype=bool)
    assert found.sum() == 1
    return found


def correct_count(data: StudyData, participant: str, analyte: str, found_on: int, **columns: Any) -> StudyData:
    """One count with other content."""
    counts, found = data.counts.copy(), find_count(data, participant, analyte, found_on)
    if "value" in columns:
        columns = {"value_text": f"{columns['value']:g}", **columns}
    for name, value in columns.items():
        counts.loc[found, name] = value
    return with_counts(data, counts)


def remove_count(data: StudyData, participant: str, analyte: str, day: int) -> StudyData:
    """One count less; the rows after it move up in the file."""
    counts = data.counts[~find_count(data, participant, analyte, day)]
    gone = data.counts.loc[find_count(data, participant, analyte, day), "source_row"].item()
    return with_counts(data, counts.assign(source_row=counts["source_row"] - (counts["source_row"] > gone)))


def add_count(data: StudyData, participant: str, analyte: str, day: int | None, value: float, label: str = "") -> StudyData:
    """One count more, at the end of the file."""
    row = {
        "participant": participant, "analyte": analyte, "day": day, "value": value, "below_loq": False, "after_dose": False,
        "marked_unscheduled": False, "visit_label": label, "value_text": f"{value:g}", "unit_text": "/uL", "source_file": "lb.csv",
        "source_row": len(data.counts) + 1,
    }  # fmt: skip
    return with_counts(data, pd.concat([data.counts, conform(pd.DataFrame([row]), COUNT_COLUMNS)]))


def correct_person(data: StudyData, participant: str, **columns: Any) -> StudyData:
    """One participant with other content."""
    people = data.participants.copy()
    for name, value in columns.items():
        people.loc[people["participant"] == participant, name] = value
    return with_people(data, people)


def redate_first_dose(data: StudyData, participant: str, later: int) -> StudyData:
    """The first dose of one participant so many days later: every other day of the participant counts as many days less."""
    counts = data.counts.assign(day=data.counts["day"] - later * (data.counts["participant"] == participant))
    moved = (data.doses["participant"] == participant) & (data.doses["dose_number"] > 1)
    doses = data.doses.assign(day=data.doses["day"] - later * moved)
    person = data.participants.set_index("participant").loc[participant]
    days = {name: int(person[name]) - later for name in ("cut_day", "last_day")}
    return correct_person(with_doses(with_counts(data, counts), doses), participant, **days)


def move_cut(data: StudyData, days: int) -> StudyData:
    """The same records at a data cut so many days later."""
    snapshot = replace(data.snapshot, cut_date=data.snapshot.cut_date + timedelta(days=days))
    people = data.participants.assign(cut_day=data.participants["cut_day"] + days)
    return replace(data, snapshot=snapshot, participants=people)


def build_records(table: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of a further table; a column not given is empty, missing or false, the source the row's own number."""
    columns = RECORD_TABLES[table][0]
    absent = {"str": "", "bool": False, "Int64": None, "float64": np.nan, "int64": 0}
    full = [
        {name: absent[kind] for name, kind in columns.items()} | {"source_file": f"{table}.csv", "source_row": number} | dict(row)
        for number, row in enumerate(rows, 1)
    ]
    return conform(pd.DataFrame(full, columns=list(columns)), columns)
