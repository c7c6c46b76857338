"""A small trial that goes on after week 36, and what can be recorded of it later: for rules that hold whatever is added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from dashboard.study.columns import COUNT_COLUMNS, DOSE_COLUMNS, RECORD_TABLES
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data, course

UNTIL = "to-week-36"
# Week 36 is planned for day 252; the last day of its window is day 293. The cut is on day 500 of everyone.
HORIZON, LAST_SAMPLE, CUT = 252, 293, 500
# a, b and d (240) and c (480) were dosed on day 0, e (720) never. b withdrew on day 120; c has one event that goes on.
DOSES = {"a": (0, 90, 168), "b": (0, 84), "c": (0,), "d": (0, 84, 168), "e": ()}
VALUES = [
    *course("a", {-28: 100.0, 0: 120.0, 98: 260.0, 252: 310.0}),
    *course("b", {0: 90.0, 30: 220.0}),
    *course("c", {-5: 150.0, 14: 340.0, 280: 205.0}),
    *course("d", {0: 250.0, 200: 400.0}),
    ("e", "cd4", None, 140.0),
]
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "b": {"status": "withdrawn", "last_day": 120},
    "c": {"cohort": "480", "sex": "M", "age": None},
    "e": {"cohort": "720", "status": "not dosed"},
}
ONGOING = [name for name in DOSES if name not in "be"]
EVENTS: list[dict[str, Any]] = [
    {"participant": "a", "term": "Rash", "start_day": 3, "start_precision": "day", "end_day": 9, "end_precision": "day", "grade": "2",
     "grading_scale": "CTCAE v5.0", "serious": "N", "relation": "PROBABLE", "outcome": "RECOVERED"},
    {"participant": "c", "term": "Zoster", "start_day": 240, "start_precision": "day", "ongoing": True, "grade": "3",
     "grading_scale": "CTCAE v5.0", "serious": "Y", "relation": "UNRELATED"},
    {"participant": "d", "term": "Headache", "start_day": -9, "start_precision": "month", "grade": "1", "grading_scale": "CTCAE v5.0"},
]  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """A snapshot's rows with its record tables."""

    data: StudyData
    records: Mapping[str, pd.DataFrame] = field(repr=False)


def build_rows(table: str, *rows: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of one of RECORD_TABLES; what a row does not say is blank, and the participant is a."""
    columns = RECORD_TABLES[table][0]
    blank = {name: {"str": "", "bool": False, "int64": 0}.get(kind) for name, kind in columns.items()} | {"participant": "a"}
    filled = [blank | {"source_file": table[:2], "source_row": place} | dict(row) for place, row in enumerate(rows, 1)]
    return pd.DataFrame(filled, columns=list(columns)).astype(columns)


@cache
def trial() -> Recorded:
    """The trial with nothing after week 36."""
    last = {name: {"last_day": max((row[2] for row in VALUES if row[0] == name and row[2] is not None), default=None)} for name in DOSES}
    people = {name: last[name] | dict(PEOPLE.get(name, {})) for name in DOSES}
    tables = {name: build_rows(name) for name in RECORD_TABLES}
    tables |= {
        "adverse_event": build_rows("adverse_event", *EVENTS),
        "medication": build_rows("medication", {"name": "ACICLOVIR", "start_day": -200, "start_precision": "day", "ongoing": True}),
        "finding": build_rows("finding", {"domain": "IS", "test": "ADA_BAB", "object": "NT-I7", "day": 84, "value_text": "POSITIVE"}),
        "attendance": build_rows("attendance", {"visit_label": "WEEK 36", "start_day": 252, "end_day": 252, "occurred": "Y"}),
        "milestone": build_rows(
            "milestone",
            {"participant": "b", "category": "DISPOSITION EVENT", "term": "WITHDRAWAL BY SUBJECT", "day": 120, "precision": "day"},
        ),
    }
    return Recorded(build_data(VALUES, doses=DOSES, people=people), tables)


LATER, AFTER_WINDOW = st.integers(HORIZON + 1, CUT), st.integers(LAST_SAMPLE + 1, CUT)
_EVENT = st.fixed_dictionaries(
    {"term": st.sampled_from(["Rash", "Death"]), "grade": st.sampled_from(["1", "3", "5"]), "serious": st.sampled_from(["Y", "N"]),
     "outcome": st.sampled_from(["RECOVERED", "FATAL"]), "relation": st.sampled_from(["PROBABLE", "UNRELATED"])}
)  # fmt: skip
_ROWS = {
    "adverse_event": st.builds(
        lambda day, more: {"start_day": day, "start_precision": "day", "grading_scale": "CTCAE v5.0", **more}, LATER, _EVENT
    ),
    "medication": st.builds(lambda day: {"name": "PREDNISONE", "start_day": day, "start_precision": "day", "ongoing": True}, LATER),
    "finding": st.builds(
        lambda day, result: {"domain": "IS", "test": "ADA_BAB", "object": "NT-I7", "day": day, "value_text": result},
        AFTER_WINDOW,
        st.sampled_from(["POSITIVE", "NEGATIVE"]),
    ),
    "attendance": st.builds(
        lambda day, occurred: {"visit_label": "WEEK 48", "start_day": day, "end_day": day, "occurred": occurred},
        AFTER_WINDOW,
        st.sampled_from(["Y", "N"]),
    ),
    "milestone": st.builds(lambda day: {"category": "DISPOSITION EVENT", "term": "COMPLETED", "day": day, "precision": "day"}, LATER),
}
_COUNT = st.tuples(st.sampled_from(ONGOING), st.sampled_from(["cd4", "alc", "nk"]), AFTER_WINDOW, st.floats(0, 5_000))
_END = st.one_of(st.none(), st.tuples(st.sampled_from(["withdrawn", "died", "completed", "lost to follow-up"]), LATER))


@st.composite
def later_trials(draw: st.DrawFn) -> Recorded:
    """`trial` with any records and endings later than the lock at the end of UNTIL, as an importer would tell of them."""
    base = trial()
    counts = draw(st.lists(_COUNT, max_size=5))
    doses = draw(st.lists(st.tuples(st.sampled_from(ONGOING), LATER), max_size=3, unique_by=lambda dose: dose[0]))
    ends = {name: draw(_END) for name in ONGOING}
    data = replace(base.data, counts=_add_counts(base.data, counts), doses=_add_doses(base.data, doses))
    tables = {
        name: pd.concat([base.records[name], build_rows(name, *draw(_later_rows(rows)))], ignore_index=True) for name, rows in _ROWS.items()
    }
    return Recorded(replace(data, participants=_end(data, ends)), {**base.records, **tables})


def _later_rows(rows: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.builds(lambda row, name: {**row, "participant": name}, rows, st.sampled_from(ONGOING)), max_size=3)


def _add_counts(data: StudyData, rows: list[tuple[str, str, int, float]]) -> pd.DataFrame:
    more = build_data(rows, doses=dict.fromkeys(DOSES, ())).counts if rows else data.counts.iloc[:0]
    return pd.concat([data.counts, more], ignore_index=True).astype(COUNT_COLUMNS)


def _add_doses(data: StudyData, rows: list[tuple[str, int]]) -> pd.DataFrame:
    more = [
        {"participant": name, "dose_number": len(DOSES[name]) + 1, "day": day, "amount": 240.0, "amount_unit": "µg/kg",
         "source_file": "ex.csv", "source_row": 99}
        for name, day in rows
    ]  # fmt: skip
    return pd.concat([data.doses, pd.DataFrame(more, columns=list(DOSE_COLUMNS))], ignore_index=True).astype(DOSE_COLUMNS)


def _end(data: StudyData, ends: Mapping[str, tuple[str, int] | None]) -> pd.DataFrame:
    """The participants with these endings; who has none was last seen at the last count or dose."""
    records = pd.concat([data.counts[["participant", "day"]], data.doses[["participant", "day"]]])
    last = records.groupby("participant")["day"].max()
    people = data.participants.set_index("participant")
    for name in ONGOING:
        status, day = ends[name] or ("ongoing", int(last[name]))
        people.loc[name, ["status", "last_day"]] = [status, day]
    return people.reset_index().astype(data.participants.dtypes.to_dict())
