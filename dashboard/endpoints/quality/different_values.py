"""Flag: different values of one participant and analyte at the same time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.quality.rows import Evidence, derive_count_rows
from dashboard.endpoints.quality.words import UNIT, describe_day, describe_list, describe_number
from dashboard.study.columns import AFTER_DOSE, VALUE


def derive_different_values(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every count beside which the same participant and analyte has another value at the same time.

    The time of a count is its day and whether it is known to be drawn after that day's dose: snapshots hold no hour. Equal values
    (in cells/µL) are not flagged, nor are counts without a day. `expected` is the mean of the day, which enters calculations.
    """
    places = evidence.places
    rows = np.flatnonzero(places.placed)
    moment = 2 * places.cell_day[rows] + evidence.analysis.counts[AFTER_DOSE].to_numpy()[rows]
    order = np.lexsort((places.value[rows], moment))
    rows, moment = rows[order], moment[order]
    same = moment[1:] == moment[:-1]
    differ = same & (places.value[rows][1:] != places.value[rows][:-1])
    odd = np.isin(moment, np.unique(moment[1:][differ]))
    rows, moment = rows[odd], moment[odd]
    mean = evidence.analysis.daily[VALUE].to_numpy()[np.searchsorted(evidence.daily_key, places.cell_day[rows])]
    group = np.unique(moment, return_inverse=True)[1]
    sentences = _describe_groups(evidence, rows, np.split(np.arange(len(rows)), np.flatnonzero(np.diff(group)) + 1), mean.tolist())
    return derive_count_rows(evidence, rows, [sentences[place] for place in group], mean)


def _describe_groups(evidence: Evidence, rows: Ints, groups: list[Ints], mean: list[float]) -> list[str]:
    return [_describe(evidence, rows[group], mean[group[0]]) for group in groups if len(group)]


def _describe(evidence: Evidence, rows: Ints, mean: float) -> str:
    places, first = evidence.places, rows[0]
    when = describe_day(places.day[first])
    if evidence.analysis.counts[AFTER_DOSE].iat[first]:
        when = f"{when}, after the dose,"
    values = list(dict.fromkeys(describe_number(value) for value in places.value[rows]))
    what = f"{evidence.short(places.analyte[first])} on {when} has {len(values)} different values"
    return f"{what}, {describe_list(values)} {UNIT}; the day enters calculations as the mean of its values, {describe_number(mean)}."
