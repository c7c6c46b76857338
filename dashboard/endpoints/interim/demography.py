"""Who takes part: sex, age, baseline stratum and baseline counts by cohort."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.columns import AGE, SEX

DEMOGRAPHY_COLUMNS: dict[str, str] = {
    "item": "str", "label": "str", "unit": "str", "cohort": "str", "n": "int64", "of": "int64", "percent": "float64",
    "median": "float64", "q1": "float64", "q3": "float64", "min": "float64", "max": "float64",
}  # fmt: skip
SEXES = {"F": "Female", "M": "Male", "U": "Sex not recorded"}
NO_STRATUM = "no-baseline"


def summarise_demography(analysis: Analysis, selected: Flags) -> pd.DataFrame:
    """DEMOGRAPHY_COLUMNS: one row per item and cohort of the protocol, then `all`; `of` is everyone selected in the cohort.

    sex:<key>, stratum:<key>   n and percent of `of`; no statistics
    age, baseline:<analyte>    n with a value, median, quartiles (type 7), lowest and highest; no percent
    """
    cohorts = [*analysis.protocol.cohort_keys, ALL_COHORTS]
    members = [selected & (analysis.cohort_codes == place) for place in range(len(cohorts) - 1)] + [selected]
    rows = []
    for item, label, flags in _categories(analysis):
        rows += [(item, label, "", cohort, *_share(flags, member)) for cohort, member in zip(cohorts, members, strict=True)]
    for item, label, unit, values in _measures(analysis):
        rows += [(item, label, unit, cohort, *_describe(values, member)) for cohort, member in zip(cohorts, members, strict=True)]
    return pd.DataFrame(rows, columns=list(DEMOGRAPHY_COLUMNS)).astype(DEMOGRAPHY_COLUMNS)


def _categories(analysis: Analysis) -> Iterator[tuple[str, str, Flags]]:
    people = analysis.participants
    for key, label in SEXES.items():
        yield f"sex:{key}", label, (people[SEX] == key).to_numpy(dtype=bool)
    analyte = analysis.protocol.analyte(analysis.protocol.endpoint.analyte).short
    for stratum in analysis.protocol.strata:
        yield f"stratum:{stratum.key}", f"{analyte} {stratum.label}", (people["stratum"] == stratum.key).to_numpy(dtype=bool)
    yield f"stratum:{NO_STRATUM}", f"No {analyte} baseline", (people["stratum"] == "").to_numpy(dtype=bool)


def _measures(analysis: Analysis) -> Iterator[tuple[str, str, str, Floats]]:
    people = analysis.participants
    yield "age", "Age", "years", people[AGE].to_numpy(dtype=np.float64, na_value=np.nan)
    for part in analysis.protocol.analytes:
        yield f"baseline:{part.key}", f"{part.short} baseline", "cells/µL", people[f"baseline_{part.key}"].to_numpy(dtype=np.float64)


def _share(flags: Flags, member: Flags) -> tuple[float, ...]:
    n, of = int((flags & member).sum()), int(member.sum())
    return n, of, 100 * n / of if of else np.nan, *[np.nan] * 5


def _describe(values: Floats, member: Flags) -> tuple[float, ...]:
    own = values[member & ~np.isnan(values)]
    numbers = np.quantile(own, [0.5, 0.25, 0.75, 0, 1]) if len(own) else np.full(5, np.nan)
    return len(own), int(member.sum()), np.nan, *numbers
