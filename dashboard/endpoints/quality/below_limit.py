"""Flag, for information: a count below the limit of quantification."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.quality.rows import Evidence, derive_count_rows
from dashboard.endpoints.quality.words import UNIT, describe_day, describe_number
from dashboard.study.columns import BELOW_LOQ, UNIT_TEXT, VALUE_TEXT


def derive_below_limit(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every count marked below_loq; `value` is half of the limit, as everywhere."""
    counts = evidence.analysis.counts
    rows = np.flatnonzero(counts[BELOW_LOQ].to_numpy())
    texts = (counts[name].iloc[rows].tolist() for name in (VALUE_TEXT, UNIT_TEXT))
    sentences = [_describe(evidence, row, *text) for row, *text in zip(rows.tolist(), *texts, strict=True)]
    return derive_count_rows(evidence, rows, sentences)


def _describe(evidence: Evidence, row: int, text: str, unit: str) -> str:
    places = evidence.places
    when = f" on {describe_day(places.day[row])}" if places.dated[row] else ""
    reported = f"reported as {text} {unit}".rstrip() if text else "reported"
    half = f"{describe_number(places.value[row])} {UNIT}, half of the limit, enters calculations"
    return f"{evidence.short(places.analyte[row])}{when} is {reported}, below the limit of quantification; {half}."
