"""Findings on the study's clocks: participant, series, visit, which record of a visit is the analysed one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints, compute_codes, encode_names, read_days
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.time import derive_dose_clock
from dashboard.endpoints.visits import NO_VISIT, compute_visit, compute_visit_shift
from dashboard.study.columns import AFTER_DOSE, DAY, MARKED_UNSCHEDULED, PARTICIPANT, UNIT_TEXT

# What makes two results repetitions of one another. The category tells, for example, two response criteria apart.
SERIES = ["domain", "test", "category", "object"]
NO_SERIES = -1


def derive_placed_findings(findings: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """FINDING_COLUMNS of the snapshot behind `analysis` with their place in the study; rows and order as given.

    participant_index (int64), series (int64: number of the combination of SERIES, in order of first appearance),
    days_since_dose and dose_number (Int64, as for counts), visit (key, "" for none), analysed, unscheduled, before_treatment (bool).
    before_treatment: day < 0, or day 0 and not known to be after the dose; False without a day. One record per participant, series and
    visit is analysed: the closest to the target, at equal distance the later day; on that day one not known to be after the dose, then
    the later time, then the later row. A record without a day is in no visit. KeyError for a participant nobody declared.
    """
    protocol, doses = analysis.protocol, analysis.doses
    person = compute_codes(findings[PARTICIPANT], analysis.participants[PARTICIPANT].tolist(), "participants of findings")
    day, known = read_days(findings[DAY])
    series = findings.groupby(SERIES, sort=False, observed=True).ngroup().to_numpy().astype(np.int64)
    shift = compute_visit_shift(doses, len(analysis.participants), protocol)
    visit, distance = compute_visit(person, day, shift, protocol.visits)
    visit = np.where(known, visit, NO_VISIT)
    analysed = _choose_analysed(findings, person, series, visit, distance)
    marked, after = findings[MARKED_UNSCHEDULED].to_numpy(dtype=bool), findings[AFTER_DOSE].to_numpy(dtype=bool)
    return findings.assign(
        participant_index=person,
        series=series,
        **derive_dose_clock(person, day, known, doses),
        visit=encode_names(visit, protocol.visit_keys),
        analysed=analysed,
        unscheduled=(visit == NO_VISIT) | (marked & ~analysed),
        before_treatment=known & ((day < 0) | ((day == 0) & ~after)),
    )


def list_series(placed: pd.DataFrame) -> pd.DataFrame:
    """One row per series of `placed` findings: series, domain, test, label, category, object, unit, records, participants.

    unit is the unit of the first record. Sorted by domain, test, category, object.
    """
    groups = placed.groupby("series", sort=False, observed=True)
    first = groups[[*SERIES, "label", UNIT_TEXT]].first().rename(columns={UNIT_TEXT: "unit"})
    listed = first.assign(records=groups.size(), participants=groups["participant_index"].nunique()).reset_index()
    order = ["series", "domain", "test", "label", "category", "object", "unit", "records", "participants"]
    return listed[order].sort_values(SERIES, ignore_index=True)


def compute_minutes(times: pd.Series) -> Ints:
    """Minutes since midnight of times written HH:MM (seconds are dropped); −1 for the empty text."""
    codes, texts = pd.factorize(times)
    found = [int(text[:2]) * 60 + int(text[3:5]) if text else -1 for text in texts]
    return np.array([*found, -1], dtype=np.int64)[codes]


def _choose_analysed(findings: pd.DataFrame, person: Ints, series: Ints, visit: Ints, distance: Ints) -> Flags:
    chosen = np.zeros(len(findings), dtype=bool)
    rows = np.flatnonzero(visit != NO_VISIT)
    day, after = read_days(findings[DAY])[0][rows], findings[AFTER_DOSE].to_numpy(dtype=bool)[rows]
    minute = compute_minutes(findings["time"].iloc[rows])
    keys = (-rows, -minute, after, -day, distance[rows], visit[rows], series[rows], person[rows])
    order = np.lexsort(keys)
    group = np.column_stack([person[rows], series[rows], visit[rows]])[order]
    first = np.r_[True, (np.diff(group, axis=0) != 0).any(axis=1)][: len(rows)]
    chosen[rows[order[first]]] = True
    return chosen
