"""Actual against planned day: for each planned visit the analysed record, its alternatives, and records drawn out of its window."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import encode_integers, encode_names
from dashboard.endpoints.quality.calendar import ANY, select_analyte
from dashboard.endpoints.quality.plan import compute_visit_plan, derive_places
from dashboard.endpoints.quality.words import OPEN
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.visits import NO_VISIT
from dashboard.study.columns import ANALYTE, BELOW_LOQ, COHORT, DAY, PARTICIPANT, SOURCE_FILE, SOURCE_ROW, UNIT_TEXT, VALUE, VALUE_TEXT

ROLES = ("analysed", "alternative", "out-of-window")
WINDOW_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str",
    COHORT: "str",
    ANALYTE: "str",
    "visit": "str",
    "target_day": "int64",
    "low": "Int64",
    "high": "int64",
    DAY: "int64",
    "distance": "int64",
    "role": "str",
    "unscheduled": "bool",
    "labelled": "str",
    VALUE: "float64",
    BELOW_LOQ: "bool",
    VALUE_TEXT: "str",
    UNIT_TEXT: "str",
    SOURCE_FILE: "str",
    SOURCE_ROW: "int64",
}


def derive_window_records(analysis: Analysis, participant: str | None = None, analyte: str | None = ANY) -> pd.DataFrame:
    """WINDOW_COLUMNS: every count with a day and a value that belongs to a planned visit, of one participant or of all.

    Sorted by participant, analyte and visit (in the order of the protocol), role, day, source. `distance` is day − target_day, so
    negative before the target; target_day, low (missing = open) and high are moved with the actual doses.

    analysed       on the analysed day of its visit; several values of that day count as their mean
    alternative    in the window, on another day than the analysed one
    out-of-window  in no window, at the visit that its label names
    `labelled` is the visit its label names ("" for none), which may be another one than the visit by day. A count in no window whose
    label names no visit is not in the frame. KeyError for an unknown analyte or participant; `analyte` as in `derive_calendar`.
    """
    places, days, visits = derive_places(analysis), compute_visit_plan(analysis), analysis.protocol.visit_keys
    visit = np.where(places.visit == NO_VISIT, places.labelled, places.visit)
    rows = np.flatnonzero(places.placed & (visit != NO_VISIT) & select_analyte(analysis, analyte))
    rows = rows if participant is None else rows[places.person[rows] == _find_participant(analysis, participant)]
    role = np.where(places.visit == NO_VISIT, 2, np.where(analysis.counts["analysed"].to_numpy(), 0, 1))
    # Counts are in the order of participant, analyte (by key), day and source; a stable sort keeps it within a role.
    rows = rows[np.lexsort((role[rows], visit[rows], places.analyte[rows], places.person[rows]))]
    at = places.person[rows], visit[rows]
    low = days.low[at]
    counts = analysis.counts.iloc[rows].reset_index(drop=True)
    return counts.assign(
        cohort=analysis.participants[COHORT].to_numpy()[at[0]],
        visit=encode_names(at[1], visits),
        target_day=days.target[at],
        low=encode_integers(low, low > OPEN // 2),
        high=days.high[at],
        distance=places.day[rows] - days.target[at],
        role=encode_names(role[rows], ROLES),
        labelled=encode_names(places.labelled[rows], visits),
    )[list(WINDOW_COLUMNS)].astype(WINDOW_COLUMNS)


def _find_participant(analysis: Analysis, name: str) -> int:
    found = np.flatnonzero((analysis.participants[PARTICIPANT] == name).to_numpy())
    if not len(found):
        raise KeyError(name)
    return int(found[0])
