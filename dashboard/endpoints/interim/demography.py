"""Who takes part: sex, age, baseline stratum and baseline counts by cohort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.columns import AGE, SEX

DEMOGRAPHY_COLUMNS: dict[str, str] = {
    "item": "str", "label": "str", "unit": "str", "cohort": "str", "n": "int64", "of": "int64", "percent": "float64",
    "median": "float64", "q1": "float64", "q3": "float64", "min": "float64", "max": "float64",
}  # fmt: skip
SEXES = {"F": "Female", "M": "Male", "U": "Sex not recorded"}
NO_STRATUM = "no-baseline"
NO_STATISTICS = (float("nan"),) * 5


@dataclass(frozen=True)
class Item:
    """A category (`flags`: who is in it) or a measure (`values`, NaN for none) of everybody; a measure has a unit."""

    key: str
    label: str
    unit: str = ""
    flags: Flags | None = field(default=None, repr=False)
    values: Floats | None = field(default=None, repr=False)


class DemographyRow(NamedTuple):
    """A row of DEMOGRAPHY_COLUMNS."""

    item: str
    label: str
    unit: str
    cohort: str
    n: int
    of: int
    percent: float
    median: float
    q1: float
    q3: float
    min: float
    max: float


def summarise_demography(analysis: Analysis, selected: Flags) -> pd.DataFrame:
    """DEMOGRAPHY_COLUMNS: one row per item and cohort of the protocol, then `all`; `of` is everyone selected in the cohort.

    sex:<key>, stratum:<key>   n and percent of `of`; no statistics
    age, baseline:<analyte>    n with a value, median, quartiles (type 7), lowest and highest; no percent
    """
    rows = list_demography(derive_items(analysis), analysis, selected)
    return pd.DataFrame(rows, columns=list(DEMOGRAPHY_COLUMNS)).astype(DEMOGRAPHY_COLUMNS)


def derive_items(analysis: Analysis) -> tuple[Item, ...]:
    """The items of everybody, categories first."""
    return (*_categories(analysis), *_measures(analysis))


def list_demography(items: Sequence[Item], analysis: Analysis, selected: Flags) -> list[DemographyRow]:
    """The rows of `summarise_demography`, item by item."""
    cohorts, rows = analysis.protocol.cohort_keys, np.flatnonzero(selected)
    codes = analysis.cohort_codes[rows]
    members = [*((key, rows[codes == place]) for place, key in enumerate(cohorts)), (ALL_COHORTS, rows)]
    return [
        DemographyRow(item.key, item.label, item.unit, cohort, *_describe_item(item, member))
        for item in items
        for cohort, member in members
    ]


def _describe_item(item: Item, member: Ints) -> tuple[Any, ...]:
    """The numbers of a row, of the participants in these rows."""
    of = len(member)
    if item.flags is not None:
        n = int(np.count_nonzero(item.flags[member]))
        return n, of, 100 * n / of if of else np.nan, *NO_STATISTICS
    values = np.empty(0) if item.values is None else item.values[member]
    own = np.sort(values[~np.isnan(values)])
    if not len(own):
        return 0, of, np.nan, *NO_STATISTICS
    return len(own), of, np.nan, *(_find_quantile(own, share) for share in (0.5, 0.25, 0.75)), float(own[0]), float(own[-1])


def _find_quantile(own: Floats, share: float) -> float:
    """The quantile of type 7 of sorted values, interpolated from the nearer side as numpy does."""
    place = share * (len(own) - 1)
    low = int(place)
    first, second, part = float(own[low]), float(own[min(low + 1, len(own) - 1)]), place - low
    return second - (second - first) * (1 - part) if part >= 0.5 else first + (second - first) * part


def _categories(analysis: Analysis) -> Iterator[Item]:
    people = analysis.participants
    for key, label in SEXES.items():
        yield Item(f"sex:{key}", label, flags=(people[SEX] == key).to_numpy(dtype=bool))
    analyte = analysis.protocol.analyte(analysis.protocol.endpoint.analyte).short
    for stratum in analysis.protocol.strata:
        flags = (people["stratum"] == stratum.key).to_numpy(dtype=bool)
        yield Item(f"stratum:{stratum.key}", f"{analyte} {stratum.label}", flags=flags)
    yield Item(f"stratum:{NO_STRATUM}", f"No {analyte} baseline", flags=(people["stratum"] == "").to_numpy(dtype=bool))


def _measures(analysis: Analysis) -> Iterator[Item]:
    people = analysis.participants
    yield Item("age", "Age", "years", values=people[AGE].to_numpy(dtype=np.float64, na_value=np.nan))
    for part in analysis.protocol.analytes:
        values = people[f"baseline_{part.key}"].to_numpy(dtype=np.float64)
        yield Item(f"baseline:{part.key}", f"{part.short} baseline", "cells/µL", values=values)
