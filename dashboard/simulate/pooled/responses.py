"""Responses (RS) and tumour sizes (TR).

The abstract gives the rates alone: days of assessment, CR and CRi apart, stable and progressive disease, and sizes are assumptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from dashboard.simulate.pooled.pool import Pool, Row, shape_pooled, write_study_days
from dashboard.simulate.pooled.visits import TARGETS

_RS_COLUMNS = ("RSTESTCD", "RSTEST", "RSCAT", "RSORRES", "RSSTRESC", "RSDTC", "RSDY")
_TR_COLUMNS = ("TRTESTCD", "TRTEST", "TRORRES", "TRORRESU", "TRSTRESC", "TRSTRESN", "TRSTRESU", "TRDTC", "TRDY")
# Each trial has its own criteria, by disease; the abstract names none.
_CRITERIA = "CRITERIA OF THE TRIAL"
_LATER = tuple(day for day in TARGETS if day >= 60)
# Participants whose first assessment shows CRi before CR.
_FIRST_INCOMPLETE = 0.25
# Lowest and highest change of tumour size, in percent, by best response; of a complete remission most sizes are −100.
_SIZES = {"CR": (-100, -70), "CRi": (-100, -70), "PR": (-90, -50), "SD": (-45, 20), "PD": (25, 120)}
_GONE = 0.7


def draw_assessments(pool: Pool, stream: np.random.Generator) -> list[list[int]]:
    """Days of assessment of everyone, before failure and up to the last contact; none where nothing could be assessed.

    The first is about day 28 and before a transplant; that of a progressive disease is the day on which it was found.
    """
    drawn = 26 + stream.integers(0, 6, pool.size)
    return [_assessment_days(course, int(day)) for course, day in zip(pool.courses.itertuples(index=False), drawn, strict=True)]


def write_responses(pool: Pool, assessments: list[list[int]], stream: np.random.Generator) -> pd.DataFrame:
    """RS: OVRLRESP at each assessment, and BESTRESP of everyone on the day it was first reached (NE where it could not be assessed)."""
    incomplete = stream.uniform(0, 1, pool.size) < _FIRST_INCOMPLETE
    rows = [row for person in range(pool.size) for row in _response_rows(pool, person, assessments[person], bool(incomplete[person]))]
    return shape_pooled("RS", pool, rows, _RS_COLUMNS)


def write_sizes(pool: Pool, assessments: list[list[int]], stream: np.random.Generator) -> pd.DataFrame:
    """TR: percent change of tumour size at the first two assessments, of lymphomas outside the marrow whose response was assessed."""
    people, courses = pool.people, pool.courses
    measurable = people["disease"].isin(("T-LBL", "PTCL")) & people["involvement"].isin(("extramedullary", "both"))
    rows = []
    for person in np.flatnonzero(measurable & (courses["response"] != "NE")).tolist():
        response = str(courses["response"].iat[person])
        low, high = _SIZES[response]
        gone = response in ("CR", "CRi") and stream.uniform() < _GONE
        best = -100 if gone else round(stream.uniform(low, high))
        days = assessments[person][:2]
        # The first of two assessments shows two thirds of what the second does.
        changes = [round(best * 2 / 3), best] if len(days) == 2 else [best]
        rows += [_size_row(pool, person, day, change) for day, change in zip(days, changes, strict=True)]
    return shape_pooled("TR", pool, rows, _TR_COLUMNS)


def _assessment_days(course: Any, drawn: int) -> list[int]:
    if course.response == "NE":
        return []
    if course.response == "PD":
        return [int(course.failure)]
    first = drawn if np.isnan(course.transplant) else min(drawn, int(course.transplant) - 1)
    end = course.last if np.isnan(course.failure) else course.failure - 1
    return [first, *(day for day in _LATER if day <= end)]


def _response_rows(pool: Pool, person: int, days: list[int], incomplete: bool) -> Iterator[Row]:
    course = pool.courses.iloc[person]
    best = course["response"]
    if best == "NE":
        yield _row(pool, person, "BESTRESP", "Best Overall Response", "NE", 28)
        return
    late = best == "CR" and len(days) > 1 and incomplete
    for place, day in enumerate(days):
        yield _row(pool, person, "OVRLRESP", "Overall Response", "CRi" if late and place == 0 else best, day)
    if not np.isnan(course["failure"]) and best != "PD":
        yield _row(pool, person, "OVRLRESP", "Overall Response", "PD", int(course["failure"]))
    yield _row(pool, person, "BESTRESP", "Best Overall Response", best, days[int(late)])


def _row(pool: Pool, person: int, code: str, name: str, response: str, day: int) -> Row:
    when = {"RSDTC": pool.write_date(person, day), "RSDY": write_study_days(np.array([day]))[0]}
    return {"person": person, "RSTESTCD": code, "RSTEST": name, "RSCAT": _CRITERIA, "RSORRES": response, "RSSTRESC": response} | when


def _size_row(pool: Pool, person: int, day: int, change: int) -> Row:
    when = {"TRDTC": pool.write_date(person, day), "TRDY": write_study_days(np.array([day]))[0]}
    results = {"TRORRES": str(change), "TRORRESU": "%", "TRSTRESC": str(change), "TRSTRESN": str(change), "TRSTRESU": "%"}
    return {"person": person, "TRTESTCD": "SPDCHG", "TRTEST": "Change of Sum of Products of Diameters"} | results | when
