"""Flag: the lymphocyte subsets of one day add up to clearly more than the absolute lymphocyte count."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import DAY_REACH, Floats, Ints, compute_day_key
from dashboard.endpoints.quality.rows import Evidence, derive_count_rows, select_none
from dashboard.endpoints.quality.words import UNIT, describe_day, describe_number
from dashboard.study.columns import ANALYTE, DAY, VALUE

# The keys of the contract; T cells that are neither CD4 nor CD8 make a true sum smaller than the total.
TOTAL, PARTS = "alc", ("cd4", "cd8", "b", "nk")


def derive_subsets_above_total(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every record of a day whose subsets exceed the total by more than 20 % (5 × sum > 6 × total).

    Daily values of one participant and day are compared, the subsets that are there being added up; a day without total or
    without any subset is not judged. Each record of the total and of these subsets on such a day is a row with the same
    sentence; `expected` is the sum on the rows of the total and missing on the others.
    """
    keys = evidence.protocol.analyte_keys
    if TOTAL not in keys or not set(PARTS) & set(keys):
        return select_none()
    days, total = _select_daily(evidence, TOTAL)
    parts = {part: _spread(evidence, part, days) for part in PARTS if part in keys}
    measured = ~np.isnan(np.column_stack(list(parts.values())))
    added = np.nansum(np.column_stack(list(parts.values())), axis=1)
    odd = measured.any(axis=1) & (5 * added > 6 * total)
    return _flag_records(
        evidence, days[odd], added[odd], [_describe(evidence, row, total, parts, days) for row in np.flatnonzero(odd).tolist()]
    )


def _select_daily(evidence: Evidence, analyte: str) -> tuple[Ints, Floats]:
    """Participant and day in one number (ascending), and the day's value, of one analyte."""
    daily = evidence.analysis.daily
    daily = daily[(daily[ANALYTE] == analyte).to_numpy()]
    return compute_day_key(daily["participant_index"].to_numpy(), daily[DAY].to_numpy(dtype=np.int64)), daily[VALUE].to_numpy()


def _spread(evidence: Evidence, analyte: str, days: Ints) -> Floats:
    """The analyte's value at each of `days`, NaN where it was not measured."""
    own, value = _select_daily(evidence, analyte)
    place = np.searchsorted(own, days)
    found = np.r_[own, -1][place] == days
    return np.where(found, np.r_[value, np.nan][place], np.nan)


def _describe(evidence: Evidence, row: int, total: Floats, parts: dict[str, Floats], days: Ints) -> str:
    day = int(days[row] % (2 * DAY_REACH)) - DAY_REACH
    protocol, there = evidence.protocol, [part for part in parts if not np.isnan(parts[part][row])]
    added = sum(parts[part][row] for part in there)
    names = " + ".join(protocol.analyte(part).short for part in there)
    whole = protocol.analyte(TOTAL).short
    above = f"{100 * (added / total[row] - 1):.0f} % above " if total[row] > 0 else "above "
    return f"{names} of {describe_number(added)} {UNIT} on {describe_day(day)} are {above}{whole}, which is {describe_number(total[row])}."


def _flag_records(evidence: Evidence, days: Ints, added: Floats, sentences: list[str]) -> pd.DataFrame:
    places, keys = evidence.places, evidence.protocol.analyte_keys
    wanted = np.isin(places.analyte, [keys.index(key) for key in (TOTAL, *PARTS) if key in keys])
    key = compute_day_key(places.person, places.day)
    rows = np.flatnonzero(places.placed & wanted & np.isin(key, days))
    of_day = np.searchsorted(days, key[rows])
    expected = np.where(places.analyte[rows] == keys.index(TOTAL), np.r_[added, np.nan][of_day], np.nan)
    return derive_count_rows(evidence, rows, [sentences[place] for place in of_day], expected)
