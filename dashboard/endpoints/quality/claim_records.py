"""What the product derives of the records that the delivery's own derived values (claims) are about."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import DAY_REACH, Flags, Floats, Ints, compute_codes, compute_day_key, read_days
from dashboard.endpoints.quality.plan import compute_visit_codes
from dashboard.endpoints.quality.rows import Evidence
from dashboard.endpoints.visits import NO_VISIT
from dashboard.study.columns import AFTER_DOSE, ANALYTE, DAY, PARTICIPANT, SOURCE_FILE, SOURCE_ROW, VALUE

NOT_FOUND = -1


@dataclass(frozen=True)
class ClaimedRecords:
    """One entry per claim; `found` where the snapshot holds the record, the record's own values being missing elsewhere.

    visit is the position of the visit by day, −1 for none; is_baseline marks records that the baseline is made of.
    """

    person: Ints = field(repr=False)
    analyte: Ints = field(repr=False)
    day: Ints = field(repr=False)
    dated: Flags = field(repr=False)
    found: Flags = field(repr=False)
    value: Floats = field(repr=False)
    baseline: Floats = field(repr=False)
    change: Floats = field(repr=False)
    percent_change: Floats = field(repr=False)
    visit: Ints = field(repr=False)
    unscheduled: Flags = field(repr=False)
    is_baseline: Flags = field(repr=False)


def derive_claimed_records(evidence: Evidence) -> ClaimedRecords:
    """What the product derives of the record of each claim: the count of the same source file and row, else the day's mean.

    The day is that of the same participant and analyte. KeyError for a participant or an analyte nobody declared.
    """
    analysis, protocol, claims = evidence.analysis, evidence.protocol, evidence.claims
    person = compute_codes(claims[PARTICIPANT], analysis.participants[PARTICIPANT].tolist(), "participants of claims")
    analyte = compute_codes(claims[ANALYTE], protocol.analyte_keys, "analytes of claims")
    day, dated = read_days(claims[DAY])
    cell_day = np.where(dated, compute_day_key(person * len(protocol.analytes) + analyte, day), NOT_FOUND)
    at = _find_records(evidence, cell_day)
    baselines = np.column_stack([analysis.participants[f"baseline_{key}"].to_numpy() for key in protocol.analyte_keys])
    return ClaimedRecords(
        person=person,
        analyte=analyte,
        day=day,
        dated=dated,
        found=at != NOT_FOUND,
        value=_stack_column(evidence, VALUE)[at],
        baseline=baselines[person, analyte],
        change=_stack_column(evidence, "change")[at],
        percent_change=_stack_column(evidence, "percent_change")[at],
        visit=np.r_[evidence.places.visit, compute_visit_codes(analysis.daily["visit"], protocol), NO_VISIT][at],
        unscheduled=_stack_column(evidence, "unscheduled")[at] == 1,
        is_baseline=_mark_baseline(evidence)[at],
    )


def _find_records(evidence: Evidence, cell_day: Ints) -> Ints:
    """Position of each claim's record in the counts followed by the days (see `_stack_column`), NOT_FOUND for none."""
    row = _match_rows(evidence.claims, evidence.analysis.counts)
    of_day = _search(evidence.daily_key, cell_day)
    by_day = np.where(of_day != NOT_FOUND, len(evidence.analysis.counts) + of_day, NOT_FOUND)
    return np.where(row != NOT_FOUND, row, by_day)


def _stack_column(evidence: Evidence, name: str) -> Floats:
    """A column of the counts, then of the days, then NaN, which stands for a record that is not there (position −1)."""
    return np.r_[evidence.analysis.counts[name].to_numpy(), evidence.analysis.daily[name].to_numpy(), np.nan]


def _match_rows(claims: pd.DataFrame, counts: pd.DataFrame) -> Ints:
    """Position of the count with the claim's source file and row, −1 for none."""
    files, _ = pd.factorize(pd.concat([counts[SOURCE_FILE], claims[SOURCE_FILE]], ignore_index=True))
    rows = np.r_[counts[SOURCE_ROW].to_numpy(), claims[SOURCE_ROW].to_numpy()]
    key = files.astype(np.int64) * (int(rows.max(initial=0)) + 1) + rows
    of_counts, of_claims = key[: len(counts)], key[len(counts) :]
    order = np.argsort(of_counts, kind="stable")
    place = _search(of_counts[order], of_claims)
    return np.where(place != NOT_FOUND, np.r_[order, NOT_FOUND][place], NOT_FOUND)


def _search(keys: Ints, wanted: Ints) -> Ints:
    """Position of each wanted key in the ascending `keys`, −1 for none."""
    place = np.searchsorted(keys, wanted)
    found = (place < len(keys)) & (np.r_[keys, NOT_FOUND][place] == wanted)
    return np.where(found, place, NOT_FOUND)


def _mark_baseline(evidence: Evidence) -> Flags:
    """Which counts, then which days, the baseline of the analysis is made of; False for a record that is not there."""
    places, analysis = evidence.places, evidence.analysis
    eligible = places.placed & (places.day <= 0) & ~analysis.counts[AFTER_DOSE].to_numpy()
    used = np.unique(places.cell_day[eligible])
    if analysis.baseline_rule == "last":
        cell = used // (2 * DAY_REACH)
        used = used[np.r_[cell[1:] != cell[:-1], True][: len(used)]]
    return np.r_[eligible & np.isin(places.cell_day, used), np.isin(evidence.daily_key, used), False]
