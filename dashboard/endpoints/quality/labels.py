"""Flags: a visit label that disagrees with the day, and a count drawn in no planned window."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.quality.rows import Evidence, derive_count_rows
from dashboard.endpoints.quality.words import describe_count, describe_day, describe_window
from dashboard.endpoints.visits import NO_VISIT
from dashboard.study.columns import MARKED_UNSCHEDULED, VISIT_LABEL


def derive_label_disagrees(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every count whose label names one planned visit while its day belongs to another.

    The visit by day is that of the moved windows, so a visit that is late with its dose agrees. `visit` is the visit by day, which
    counts. A label that names no planned visit disagrees with nothing; a day in no window is flagged as `out-of-window`.
    """
    places = evidence.places
    rows = np.flatnonzero((places.labelled != NO_VISIT) & (places.visit != NO_VISIT) & (places.labelled != places.visit))
    return derive_count_rows(evidence, rows, [_describe_other_visit(evidence, row) for row in rows.tolist()])


def derive_out_of_window(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every count whose day lies in no planned window, unless the delivery marks it as unscheduled.

    `visit` is the planned visit that the label names, "" when it names none.
    """
    places = evidence.places
    marked = evidence.analysis.counts[MARKED_UNSCHEDULED].to_numpy()
    rows = np.flatnonzero(places.placed & (places.visit == NO_VISIT) & ~marked)
    sentences = [_describe_no_window(evidence, row) for row in rows.tolist()]
    return derive_count_rows(evidence, rows, sentences, visit=places.labelled[rows])


def _describe_other_visit(evidence: Evidence, row: int) -> str:
    places, days, visits = evidence.places, evidence.visit_days, evidence.protocol.visits
    person, said, found, day = places.person[row], places.labelled[row], places.visit[row], int(places.day[row])
    label = evidence.analysis.counts[VISIT_LABEL].iat[row]
    own = describe_window(int(days.low[person, said]), int(days.high[person, said]))
    what = f"{evidence.short(places.analyte[row])} labelled “{label}” (window {own}) was drawn on {describe_day(day)}"
    if days.low[person, said] <= day <= days.high[person, said]:
        return f"{what}, nearer to {describe_day(int(days.target[person, found]))}, the target of {visits[found].label}: it counts there."
    other = describe_window(int(days.low[person, found]), int(days.high[person, found]))
    return f"{what}, in the window of {visits[found].label} ({other}): it counts there."


def _describe_no_window(evidence: Evidence, row: int) -> str:
    places, days = evidence.places, evidence.visit_days
    person, said, day = places.person[row], places.labelled[row], int(places.day[row])
    short, so = evidence.short(places.analyte[row]), "so it is in no table by visit"
    if said == NO_VISIT:
        return f"{short} on {describe_day(day)} lies in the window of no planned visit, {so}."
    low, high = int(days.low[person, said]), int(days.high[person, said])
    off = f"{describe_count(day - high, 'day')} after" if day > high else f"{describe_count(low - day, 'day')} before"
    label = evidence.analysis.counts[VISIT_LABEL].iat[row]
    what = f"{short} labelled “{label}” was drawn on {describe_day(day)}"
    return f"{what}, {off} its window ({describe_window(low, high)}) and in no other, {so}."
