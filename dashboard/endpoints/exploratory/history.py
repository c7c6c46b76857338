"""Each participant's own history: the band of the values before treatment, and the first later value that leaves it for good reason.

The reliable change is the repeatability coefficient, 1.96 √2 times the within-person standard deviation (Bland and Altman, BMJ
1996;312:1654 and, on the log scale, BMJ 1996;313:106): 95 % of differences between two measurements of an unchanged person are smaller.

Values before treatment: day ≤ 0, not known to be after the dose, several of one day as their mean. The within-person standard deviation
SDw is pooled over all participants of the data cut, whatever is selected, with at least 2 such days: √(Σ(nᵢ − 1)sᵢ² / Σ(nᵢ − 1)). Three
values of one person give that person's own SD two degrees of freedom, too few to judge by; it is reported and not used.

Scales. `log` (default): the band is baseline ×/÷ exp(1.96 √2 SDw), SDw being that of ln values; a value of 0 makes a history unusable.
`count`: the band is baseline ± 1.96 √2 SDw in cells/µL, ending at 0. The variation of counts grows with the count: a pooled SD in
cells/µL is ruled by those with many cells and too wide for those with few.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, compute_day_key, encode_integers, encode_names, read_days
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import AFTER_DOSE, ANALYTE, DAY, VALUE

HistoryScale = Literal["count", "log"]
SHORTEST_HISTORY = 3
RELIABLE_FACTOR = 1.96 * sqrt(2)
SIDES = ("below", "above")


def derive_history(analysis: Analysis, scale: HistoryScale = "log") -> pd.DataFrame:
    """One row per participant and analyte of the protocol, in that order; the rules are those of this module.

    participant_index, analyte, baseline (by the rule of `analysis`), days (with a value before treatment), low, high (the range), own_sd
    (of this person, from 2 days), pooled_sd (SDw), pooled_df, pooled_people, reliable (bool: at least SHORTEST_HISTORY days, a baseline
    and an SDw), band_low, band_high, first_day (Int64: first day after day 0 with a daily mean outside the band; one on its edge is
    inside), first_value, first_side ("below", "above", "" for none), note (why there is no band, "" where there is one). Values and
    bands in cells/µL, both SDs on the scale. ValueError for another scale.
    """
    if scale not in ("count", "log"):
        raise ValueError(f"scale {scale!r} is none of count, log")
    analytes = analysis.protocol.analyte_keys
    cells = len(analysis.participants) * len(analytes)
    table = _describe_history(*_read_history(analysis), cells, len(analytes), scale)
    baseline = np.column_stack([analysis.participants[f"baseline_{key}"].to_numpy(dtype=np.float64) for key in analytes]).ravel()
    low, high = _compute_band(baseline, table["pooled_sd"].to_numpy(), scale)
    reliable = ((table["days"] >= SHORTEST_HISTORY) & table["usable"]).to_numpy() & ~np.isnan(low)
    low, high = np.where(reliable, low, np.nan), np.where(reliable, high, np.nan)
    person, analyte = np.arange(cells) // len(analytes), encode_names(np.arange(cells) % len(analytes), analytes)
    head = pd.DataFrame({"participant_index": person, "analyte": analyte, "baseline": baseline})
    first, note = _find_first_outside(analysis, low, high), _write_notes(table, baseline)
    found = pd.concat([head, table.drop(columns="usable")], axis=1)
    return found.assign(reliable=reliable, band_low=low, band_high=high, **first, note=note)


def _describe_history(cell: Ints, value: Floats, cells: int, analytes: int, scale: HistoryScale) -> pd.DataFrame:
    """Of each cell days, low, high, own_sd, pooled_sd, pooled_df, pooled_people and usable (the scale can hold every value)."""
    days, low, high = _find_ranges(cell, value, cells)
    deviations, usable = _sum_squares(cell, value, cells, scale)
    # A zero has no logarithm: it makes a history unusable on that scale, not shorter.
    freedom = np.where(usable & (days > 1), days - 1, 0)
    own = np.sqrt(np.divide(deviations, freedom, out=np.full(cells, np.nan), where=freedom > 0))
    pooled, people, total = _pool(deviations, freedom, cells, analytes)
    columns = {"days": days, "low": low, "high": high, "own_sd": own, "pooled_sd": pooled, "pooled_df": total, "pooled_people": people}
    return pd.DataFrame({**columns, "usable": usable})


def _read_history(analysis: Analysis) -> tuple[Ints, Floats]:
    """Cell (participant and analyte numbered together) and mean of every day before treatment that has a value."""
    counts, analytes = analysis.counts, analysis.protocol.analyte_keys
    (day, known), value = read_days(counts[DAY]), counts[VALUE].to_numpy()
    used = known & (day <= 0) & ~counts[AFTER_DOSE].to_numpy(dtype=bool) & ~np.isnan(value)
    rows = counts[used]
    cell = rows["participant_index"].to_numpy() * len(analytes) + compute_codes(rows[ANALYTE], analytes, "analytes")
    keys, first, of_day = np.unique(compute_day_key(cell, day[used]), return_index=True, return_inverse=True)
    return cell[first], np.bincount(of_day, value[used], len(keys)) / np.bincount(of_day, minlength=len(keys))


def _find_ranges(cell: Ints, value: Floats, cells: int) -> tuple[Ints, Floats, Floats]:
    days, low, high = np.bincount(cell, minlength=cells), np.full(cells, np.nan), np.full(cells, np.nan)
    np.fmin.at(low, cell, value)
    np.fmax.at(high, cell, value)
    return days, low, high


def _sum_squares(cell: Ints, value: Floats, cells: int, scale: HistoryScale) -> tuple[Floats, Flags]:
    """Sum of squared deviations from the person's mean, on the scale; and the cells that the scale can hold."""
    zero: Flags = np.bincount(cell[value <= 0], minlength=cells) > 0
    usable: Flags = ~zero if scale == "log" else np.full(cells, True)
    kept = usable[cell]
    cell, level = cell[kept], value[kept] if scale == "count" else np.log(value[kept])
    mean = np.bincount(cell, level, cells) / np.maximum(np.bincount(cell, minlength=cells), 1)
    return np.bincount(cell, (level - mean[cell]) ** 2, cells).astype(np.float64), usable


def _pool(deviations: Floats, freedom: Ints, cells: int, analytes: int) -> tuple[Floats, Ints, Ints]:
    """SDw, participants and degrees of freedom behind it, of each cell's analyte."""
    of_analyte = np.arange(cells) % analytes
    total = np.bincount(of_analyte, freedom, analytes)
    squares = np.bincount(of_analyte, np.where(freedom > 0, deviations, 0.0), analytes)
    pooled = np.sqrt(np.divide(squares, total, out=np.full(analytes, np.nan), where=total > 0))
    people = np.bincount(of_analyte[freedom > 0], minlength=analytes)
    return pooled[of_analyte], people[of_analyte], total.astype(np.int64)[of_analyte]


def _compute_band(baseline: Floats, pooled: Floats, scale: HistoryScale) -> tuple[Floats, Floats]:
    reach = RELIABLE_FACTOR * pooled
    if scale == "log":
        positive = np.where(baseline > 0, baseline, np.nan)
        return positive * np.exp(-reach), positive * np.exp(reach)
    return np.maximum(baseline - reach, 0.0), baseline + reach


def _find_first_outside(analysis: Analysis, low: Floats, high: Floats) -> dict[str, pd.api.extensions.ExtensionArray | Floats]:
    daily, analytes = analysis.daily, analysis.protocol.analyte_keys
    day, value = daily[DAY].to_numpy(dtype=np.int64), daily[VALUE].to_numpy()
    cell = daily["participant_index"].to_numpy() * len(analytes) + compute_codes(daily[ANALYTE], analytes, "analytes")
    outside = np.flatnonzero((day > 0) & ((value < low[cell]) | (value > high[cell])))[::-1]
    row = np.full(len(low), -1, dtype=np.int64)
    # Days are sorted within a cell; going backwards, the first day is the assignment that stands.
    row[cell[outside]] = outside
    found = row >= 0
    first_value = np.r_[value, np.nan][row]
    return {
        "first_day": encode_integers(np.r_[day, 0][row], found),
        "first_value": first_value,
        "first_side": encode_names(np.where(found, (first_value > high).astype(np.int64), -1), SIDES),
    }


def _write_notes(table: pd.DataFrame, baseline: Floats) -> pd.api.extensions.ExtensionArray:
    days = table["days"].to_numpy()
    short = "The history is too short: {} of the {} values needed before the first dose."
    texts = [
        *(short.format(n, SHORTEST_HISTORY) for n in range(SHORTEST_HISTORY)),
        "A value of 0 before the first dose has no place on a log scale.",
        "There is no baseline.",
        "Nobody has two values before the first dose, so the within-person variation is unknown.",
    ]
    conditions = [days < SHORTEST_HISTORY, ~table["usable"].to_numpy(), np.isnan(baseline), np.isnan(table["pooled_sd"].to_numpy())]
    codes = np.select(conditions, [days, *(np.full(len(days), SHORTEST_HISTORY + k) for k in range(3))], default=-1)
    return encode_names(codes.astype(np.int64), texts)
