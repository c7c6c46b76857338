"""adverse_events.csv of the simple delivery format."""

from __future__ import annotations

import pandas as pd

from dashboard.study.columns import PRECISIONS
from data_access.numbers import read_spans
from data_access.reading import READ_COLUMNS, stack
from data_access.report import Findings
from data_access.sdtm.adverse_events import ENDED, GRADE
from data_access.simple_clock import Roster, place, read_days
from data_access.text_tables import TextTable

YES, NO = ("YES", "Y", "TRUE", "1"), ("NO", "N", "FALSE", "0", "")
WORDS = ("term", "reported_term", "body_system", "category", "severity", "grading_scale", "action", "outcome")


def read_events(table: TextTable, roster: Roster, findings: Findings) -> pd.DataFrame:
    """The adverse events, columns READ_COLUMNS of `adverse_event`.

    Start and end are days (start_day) or dates (start_date), of which the last part may be missing (2024-03). An event is ongoing when its
    row says so; without the column `ongoing`, when it has no end and its outcome is not a recovery. An event without grade is “not
    graded”, and one without an answer for `serious` “not recorded”.
    """
    ids = table.text("PARTICIPANT")
    findings.refuse_rows(table.file, "the participant is not in participants.csv", ids[~ids.isin(roster.ids)], "participant")
    findings.refuse_rows(table.file, "the event has no term", ids[table.text("TERM") == ""], "term")
    span = {name: column for part in ("START", "END") for name, column in _read_end_of_span(table, part, roster, findings).items()}
    outcome = table.text("OUTCOME").str.upper()
    derived = span["end_on"].isna() & span["end_day"].isna() & ~outcome.isin(ENDED)
    rows = table.frame.assign(
        **span,
        **{name: table.text(name.upper()) for name in WORDS},
        participant=ids,
        ongoing=_answers(table, "ONGOING", findings) if table.has("ONGOING") else derived,
        grade=_read_grades(table, findings),
        serious=_answers(table, "SERIOUS", findings).map({True: "Y", False: "N"}).where(table.text("SERIOUS") != "", ""),
        relation=table.text("RELATION").where(table.text("RELATION") != "", table.text("RELATED")),
        source_file=table.name,
        source_row=table.frame.index,
    )
    return stack([rows], READ_COLUMNS["adverse_event"])


def _read_end_of_span(table: TextTable, part: str, roster: Roster, findings: Findings) -> dict[str, pd.Series]:
    texts = table.text(f"{part}_DATE")
    dated = read_spans(texts)
    on = dated["first_on" if part == "START" else "last_on"]
    findings.refuse_rows(table.file, "is no date (YYYY-MM-DD, YYYY-MM or YYYY)", texts[dated["faulty"]], f"{part}_DATE".lower())
    day = read_days(table, f"{part}_DAY", findings)
    placed = place(table, f"{part}_DATE", on, day, roster, findings)
    stated = table.text(f"{part}_PRECISION").str.lower()
    findings.refuse_rows(table.file, "must be day, month, year or empty", stated[~stated.isin(PRECISIONS)], f"{part}_PRECISION".lower())
    precision = dated["precision"].where((dated["precision"] != "") | day.isna(), "day")
    name = part.lower()
    return {f"{name}_on": placed["on"], f"{name}_day": placed["day"], f"{name}_precision": stated.where(stated != "", precision)}


def _read_grades(table: TextTable, findings: Findings) -> pd.Series:
    texts = table.text("GRADE")
    read = {text: match[1] if (match := GRADE.fullmatch(text)) else "" for text in texts.unique()}
    grades = texts.map(read).astype("str")
    findings.refuse_rows(table.file, "is no grade from 1 to 5", texts[(grades == "") & (texts != "")], "grade")
    return grades


def _answers(table: TextTable, column: str, findings: Findings) -> pd.Series:
    texts = table.text(column).str.upper()
    findings.refuse_rows(table.file, "must be yes or no", table.text(column)[~texts.isin([*YES, *NO])], column.lower())
    return texts.isin(YES)
