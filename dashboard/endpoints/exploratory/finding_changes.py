"""Any finding as change from baseline: numbers, titres and words, per participant and series."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Floats, Ints, encode_integers, encode_names, read_days
from dashboard.endpoints.exploratory.placing import compute_minutes
from dashboard.endpoints.exploratory.titres import read_antibody_results, read_dilutions
from dashboard.study.columns import DAY, UNIT_TEXT, VALUE, VALUE_TEXT

SCALES = ("number", "titre", "word")
DIRECTIONS = ("lower", "equal", "higher")
NUMBER, TITRE, WORD = range(3)


def derive_finding_changes(placed: pd.DataFrame) -> pd.DataFrame:
    """The `placed` findings with their baseline and their change from it; rows and order as given.

    scale (SCALES), level (float64), wording, has_baseline, baseline_level, baseline_wording, baseline_day (Int64), is_baseline, change,
    fold (float64) and direction (DIRECTIONS, "" for unknown).

    Baseline: the last result of the participant's series before treatment (day ≤ 0, not known to be after the dose; on one day the later
    time, then the later row). Scale of a result: number (it has a value), titre (`1:n`, or a word for negative in a series that has
    titres), else word. level is the value or n, 0 for negative, half the limit below it, missing for a word. wording is the text as
    delivered, in the spelling that its series uses first (case and outer blanks make no difference).

    change = level − baseline_level, for numbers in one unit; fold = level / baseline_level, for numbers in one unit and for titres, where
    the baseline is above 0. direction compares levels of one scale (and unit). All are missing without a baseline and for results
    without a day; the baseline itself has change 0. Nothing is carried forward.
    """
    scale, level = _read_levels(placed)
    wording, unit = _unify_wording(placed), pd.factorize(placed[UNIT_TEXT])[0]
    # −1 takes the entry after the last, which stands for no baseline.
    base = np.where(placed[DAY].notna(), _find_baseline(placed), -1)
    alike = scale == np.r_[scale, -1][base]
    alike &= (scale != NUMBER) | (unit == np.r_[unit, -1][base])
    comparable = np.where(alike, np.r_[level, np.nan][base], np.nan)
    days, known = read_days(placed[DAY])
    return placed.assign(
        scale=encode_names(scale, SCALES),
        level=level,
        wording=pd.array(wording, dtype="str"),
        has_baseline=base >= 0,
        baseline_level=np.r_[level, np.nan][base],
        baseline_wording=pd.array([*wording, ""], dtype="str").take(base),
        baseline_day=encode_integers(np.r_[days, 0][base], np.r_[known, False][base]),
        is_baseline=base == np.arange(len(placed)),
        change=np.where(scale == NUMBER, level - comparable, np.nan),
        fold=level / np.where(comparable > 0, comparable, np.nan),
        direction=encode_names(_compare(level, comparable), DIRECTIONS),
    )


def _read_levels(placed: pd.DataFrame) -> tuple[Ints, Floats]:
    """Position in SCALES and level of each finding."""
    value, series = placed[VALUE].to_numpy(), placed["series"].to_numpy()
    worded = np.isnan(value)
    dilution = np.where(worded, read_dilutions(placed[VALUE_TEXT]), np.nan)
    diluted = ~np.isnan(dilution)
    candidates = np.flatnonzero(worded & ~diluted & np.isin(series, np.unique(series[diluted])))
    antibody = read_antibody_results(placed.iloc[candidates])
    negative = np.zeros(len(placed), dtype=bool)
    negative[candidates] = antibody.clear & ~antibody.positive
    scale: Ints = np.select([~np.isnan(value), diluted | negative], [NUMBER, TITRE], default=WORD).astype(np.int64)
    level = np.select([~np.isnan(value), diluted, negative], [value, dilution, 0.0], default=np.nan)
    return scale, level


def _unify_wording(placed: pd.DataFrame) -> list[str]:
    codes, texts = pd.factorize(placed[VALUE_TEXT])
    plain = [text.strip() for text in texts]
    folded = pd.factorize(np.array([text.casefold() for text in plain], dtype=object))[0]
    _, first, of_group = np.unique(placed["series"].to_numpy() * (len(texts) + 1) + folded[codes], return_index=True, return_inverse=True)
    return [plain[code] for code in codes[first][of_group]]


def _find_baseline(placed: pd.DataFrame) -> Ints:
    """Row of the baseline of each row's participant and series; −1 for none."""
    of_cell = placed.groupby(["participant_index", "series"], sort=False).ngroup().to_numpy(dtype=np.int64)
    rows = np.flatnonzero(placed["before_treatment"])
    day, minute = read_days(placed[DAY])[0][rows], compute_minutes(placed["time"].iloc[rows])
    order = rows[np.lexsort((rows, minute, day))]
    last = np.full(len(placed), -1, dtype=np.int64)
    # Later rows overwrite earlier ones.
    last[of_cell[order]] = order
    found: Ints = last[of_cell]
    return found


def _compare(level: Floats, base: Floats) -> Ints:
    known = ~np.isnan(level) & ~np.isnan(base)
    compared: Ints = np.where(known, np.sign(np.nan_to_num(level - base)) + 1, -1).astype(np.int64)
    return compared
