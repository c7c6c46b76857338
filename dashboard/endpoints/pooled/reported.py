"""The figures of a source beside the product's own (section 10): what a source reports with a range is shown so, not as Kaplan–Meier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.pooled.measures import Count, Evidence, MeasureError, compute_measure
from dashboard.endpoints.proportions import compute_interval
from dashboard.study.pooled import Reported

# reported_*      as the source prints them: n of N with percent, or a median with its range
# n, of, percent, lower, upper   the product's own count, percent, and exact 95 % interval of the percent
# value, low, high               the product's own median and range, of n values
# km_*            for times to an event: the Kaplan–Meier median of the same data with its 95 % interval
# agrees          "yes" or "no": numbers and the percent as printed; "" where there is nothing to compare
# missing         why there is no figure of the product's own, "" where there is one
# doubt, note     the mark and the words on what the source contradicts or leaves open
REPORTED_COLUMNS: dict[str, str] = {
    "figure": "str", "label": "str", "measure": "str", "reported_n": "Int64", "reported_of": "Int64", "reported_percent": "float64",
    "reported_value": "float64", "reported_low": "float64", "reported_high": "float64", "unit": "str", "n": "Int64", "of": "Int64",
    "percent": "float64", "lower": "float64", "upper": "float64", "value": "float64", "low": "float64", "high": "float64",
    "km_median": "float64", "km_lower": "float64", "km_upper": "float64", "agrees": "str", "missing": "str", "doubt": "str", "note": "str",
    "source": "str",
}  # fmt: skip
# A percent printed with one decimal may be this far from the exact one.
PRINTED_WITHIN = 0.05 + 1e-9


def summarise_reported(evidence: Evidence) -> pd.DataFrame:
    """REPORTED_COLUMNS: one row per figure of the definition, in its order; of everyone dosed, whoever is selected."""
    rows = [_row(evidence, figure) for figure in evidence.protocol.reported]
    return pd.DataFrame(rows, columns=list(REPORTED_COLUMNS)).astype(REPORTED_COLUMNS)


def _row(evidence: Evidence, figure: Reported) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(REPORTED_COLUMNS, np.nan) | {"n": pd.NA, "of": pd.NA, "agrees": "", "missing": ""}
    row |= {"figure": figure.key, "label": figure.label, "measure": figure.measure, "unit": figure.unit or ""}
    row |= {"doubt": figure.doubt or "", "note": figure.note or "", "source": figure.source or ""}
    row |= {"reported_n": figure.numerator, "reported_of": figure.denominator}
    told = {"percent": figure.percent, "value": figure.value, "low": figure.low, "high": figure.high}
    row |= {f"reported_{name}": np.nan if value is None else value for name, value in told.items()}
    try:
        found = compute_measure(evidence, figure.measure)
    except MeasureError as error:
        return row | {"missing": str(error)}
    if isinstance(found, Count):
        return row | _count_cells(found) | {"agrees": _agrees(figure, _count_cells(found))}
    cells = {"n": found.n, "value": found.value, "low": found.low, "high": found.high}
    between = {"km_median": found.km_median, "km_lower": found.km_lower, "km_upper": found.km_upper}
    return row | cells | between | {"agrees": _agrees(figure, cells)}


def _count_cells(found: Count) -> dict[str, Any]:
    share = 100 * found.n / found.of if found.of else np.nan
    lower, upper = compute_interval(found.n, found.of, "exact")
    return {"n": found.n, "of": found.of, "percent": share, "lower": 100 * lower, "upper": 100 * upper}


def _agrees(figure: Reported, cells: Mapping[str, Any]) -> str:
    """Whether everything the source prints is what the product finds, a percent as far as it is printed."""
    printed = {"n": figure.numerator, "of": figure.denominator, "value": figure.value, "low": figure.low, "high": figure.high}
    told = {name: value for name, value in printed.items() if value is not None}
    if set(told) - set(cells):
        return "no"
    same = all(cells[name] == value for name, value in told.items())
    near = figure.percent is None or abs(cells["percent"] - figure.percent) <= PRINTED_WITHIN
    return "yes" if same and near else "no"
