"""Flags: counts without a day, and participants without a baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.quality.rows import Evidence, derive_count_rows, derive_found
from dashboard.endpoints.quality.words import UNIT, describe_number
from dashboard.study.columns import AFTER_DOSE, VISIT_LABEL


def derive_no_day(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every count without a day: of a participant who was not dosed, or without a date. `visit` is the label's."""
    places, day_zero = evidence.places, evidence.protocol.study.day_zero
    rows = np.flatnonzero(~places.dated)
    labels = evidence.analysis.counts[VISIT_LABEL].iloc[rows]
    sentences = []
    for row, label in zip(rows.tolist(), labels, strict=True):
        named = f" labelled “{label}”" if label else ""
        why = "no date" if evidence.dosed[places.person[row]] else f"no {day_zero}"
        what = f"{evidence.short(places.analyte[row])} of {describe_number(places.value[row])} {UNIT}{named}"
        sentences.append(f"{what} has no day, because there is {why}: it is in no figure and no calculation by time.")
    return derive_count_rows(evidence, rows, sentences, visit=places.labelled[rows])


def derive_no_baseline(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every dosed participant and analyte without baseline; also where the analyte was never counted."""
    people, protocol, places = evidence.analysis.participants, evidence.protocol, evidence.places
    without = np.column_stack([people[f"baseline_{key}"].isna() for key in protocol.analyte_keys]) & evidence.dosed[:, None]
    late = places.placed & (places.day <= 0) & evidence.analysis.counts[AFTER_DOSE].to_numpy()
    after_dose = np.zeros(without.shape, dtype=bool)
    after_dose[places.person[late], places.analyte[late]] = True
    person, analyte = np.nonzero(without)
    sentences = []
    for who, what in zip(person.tolist(), analyte.tolist(), strict=True):
        why = "the only values up to day 0 were drawn after the dose" if after_dose[who, what] else "no value on or before day 0"
        sentences.append(f"{evidence.short(what)} has no baseline, {why}: the participant is in no figure that needs one.")
    return derive_found(evidence, person, sentences, analyte=analyte)
