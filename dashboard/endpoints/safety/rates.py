"""Participants at risk, and how many of them had something: number, percent, interval, events and events per 100 weeks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.proportions import compute_interval
from dashboard.endpoints.records import Analysis
from dashboard.study.choices import IntervalMethod
from dashboard.study.columns import COHORT, DOSED, PARTICIPANT
from dashboard.study.protocol import StudyProtocol

TOTAL = "total"
# One row per dosed participant. weeks = (last day under observation + 1) / 7: the days from the first dose to the end of observation, both
# counted, so that an event on the day of the first dose has time at risk; NaN where the end is unknown.
AT_RISK_COLUMNS: dict[str, str] = {PARTICIPANT: "str", COHORT: "str", "participant_index": "int64", "weeks": "float64"}
# cohort is a key of the definition, or TOTAL. n participants of `of` dosed; percent NaN when `of` is 0; lower and upper in percent, NaN
# without a method and below five; weeks at risk of all dosed; rate = events per 100 weeks at risk, NaN without any or with unknown time.
RATE_COLUMNS: dict[str, str] = {
    COHORT: "str", "n": "int64", "of": "int64", "percent": "float64", "lower": "float64", "upper": "float64", "events": "int64",
    "weeks": "float64", "rate": "float64",
}  # fmt: skip


@dataclass(frozen=True)
class AtRisk:
    """The dosed participants of a selection (AT_RISK_COLUMNS), who are the denominator of every safety table."""

    protocol: StudyProtocol
    frame: pd.DataFrame = field(repr=False)
    people: int

    @property
    def groups(self) -> tuple[str, ...]:
        """The cohorts of the definition, then TOTAL; a cohort without participants stays."""
        return (*self.protocol.cohort_keys, TOTAL)

    @cached_property
    def cohort_of(self) -> Ints:
        """Position of the cohort of every participant_index, −1 for those not at risk."""
        codes = np.full(self.people, -1, dtype=np.int64)
        codes[self.frame["participant_index"]] = compute_codes(self.frame[COHORT], self.protocol.cohort_keys, "cohorts")
        return codes

    @cached_property
    def sizes(self) -> Ints:
        """Participants at risk by group."""
        return self.sum_by_group(np.ones(len(self.frame))).astype(np.int64)

    @cached_property
    def weeks(self) -> Floats:
        """Weeks at risk by group."""
        return self.sum_by_group(self.frame["weeks"].to_numpy())

    def sum_by_group(self, amounts: Floats) -> Floats:
        """The sums over the rows of `frame`, by group."""
        codes = self.cohort_of[self.frame["participant_index"]]
        sums = np.bincount(codes, amounts, len(self.protocol.cohorts))
        return np.append(sums, amounts.sum())


def derive_at_risk(analysis: Analysis, mask: Flags) -> AtRisk:
    """The dosed participants among those `mask` marks (rows of `Analysis.participants`)."""
    people = analysis.participants
    chosen = np.flatnonzero(mask & people[DOSED].to_numpy())
    until, _ = compute_observed_until(analysis)
    frame = people.iloc[chosen][[PARTICIPANT, COHORT]].assign(participant_index=chosen, weeks=(until[chosen] + 1) / 7)
    return AtRisk(analysis.protocol, frame.reset_index(drop=True).astype(AT_RISK_COLUMNS), len(people))


def select_people(at_risk: AtRisk, mask: Flags) -> AtRisk:
    """Those at risk among the participants that `mask` marks (rows of `Analysis.participants`)."""
    frame = at_risk.frame[mask[at_risk.frame["participant_index"].to_numpy()]].reset_index(drop=True)
    return AtRisk(at_risk.protocol, frame, at_risk.people)


def select_at_risk(events: pd.DataFrame, at_risk: AtRisk, cohort: str = TOTAL) -> pd.DataFrame:
    """The events of participants at risk, of one cohort unless TOTAL; KeyError for an unknown cohort."""
    codes = at_risk.cohort_of[events["participant_index"]]
    return events[codes >= 0 if cohort == TOTAL else codes == at_risk.protocol.cohort_keys.index(at_risk.protocol.cohort(cohort).key)]


def count_participants(row: Ints, participant_index: Ints, rows: int, at_risk: AtRisk) -> tuple[Ints, Ints]:
    """Participants and entries of each row (first axis) and group (second axis).

    `row` and `participant_index` have one entry per event and row it belongs to; a participant counts once in a row. Entries of
    participants not at risk are left out.
    """
    cohort = at_risk.cohort_of[participant_index]
    row, participant_index, cohort = (values[cohort >= 0] for values in (row, participant_index, cohort))
    _, first = np.unique(row * at_risk.people + participant_index, return_index=True)
    entries = _count_cells(row, cohort, rows, len(at_risk.protocol.cohorts))
    return _count_cells(row[first], cohort[first], rows, len(at_risk.protocol.cohorts)), entries


def derive_rates(n: Ints, events: Ints, at_risk: AtRisk, method: IntervalMethod | None = None) -> pd.DataFrame:
    """RATE_COLUMNS for counts by row and group (as `count_participants` gives them), row after row, each in the order of the groups."""
    rows = len(n)
    size, weeks = np.tile(at_risk.sizes, rows), np.tile(at_risk.weeks, rows)
    share, hits = n.ravel(), events.ravel()
    lower, upper = _compute_limits(share, size, method)
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(size > 0, 100 * share / size, np.nan)
        rate = np.where(weeks > 0, 100 * hits / weeks, np.nan)
    columns = {"n": share, "of": size, "percent": percent, "lower": lower, "upper": upper, "events": hits, "weeks": weeks, "rate": rate}
    return pd.DataFrame({COHORT: np.tile(np.array(at_risk.groups, dtype=object), rows), **columns}).astype(RATE_COLUMNS)


def _count_cells(row: Ints, cohort: Ints, rows: int, cohorts: int) -> Ints:
    cells = np.bincount(row * cohorts + cohort, minlength=rows * cohorts).reshape(rows, cohorts)
    return np.column_stack([cells, cells.sum(axis=1)]).astype(np.int64)


def _compute_limits(n: Ints, of: Ints, method: IntervalMethod | None) -> tuple[Floats, Floats]:
    if method is None:
        return np.full(len(n), np.nan), np.full(len(n), np.nan)
    # Many cells hold the same pair; each interval is computed once.
    pairs, place = np.unique(np.column_stack([n, of]), axis=0, return_inverse=True)
    limits = np.array([compute_interval(int(x), int(total), method) for x, total in pairs], dtype=np.float64).reshape(-1, 2)
    return 100 * limits[place.ravel(), 0], 100 * limits[place.ravel(), 1]
