"""Participants at risk, and how many of them had something: number, percent, interval, events and events per 100 weeks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.proportions import compute_limits
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
    # `cohort_of`, where it is known already.
    codes: Ints | None = field(default=None, repr=False)

    @property
    def groups(self) -> tuple[str, ...]:
        """The cohorts of the definition, then TOTAL; a cohort without participants stays."""
        return (*self.protocol.cohort_keys, TOTAL)

    @cached_property
    def cohort_of(self) -> Ints:
        """Position of the cohort of every participant_index, −1 for those not at risk."""
        if self.codes is not None:
            return self.codes
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
    # Nobody's cohort changes with the selection.
    return AtRisk(at_risk.protocol, frame, at_risk.people, np.where(mask, at_risk.cohort_of, -1))


def select_at_risk(events: pd.DataFrame, at_risk: AtRisk, cohort: str = TOTAL) -> pd.DataFrame:
    """The events of participants at risk, of one cohort unless TOTAL; KeyError for an unknown cohort."""
    codes = at_risk.cohort_of[events["participant_index"]]
    return events[codes >= 0 if cohort == TOTAL else codes == at_risk.protocol.cohort_keys.index(at_risk.protocol.cohort(cohort).key)]


@dataclass(frozen=True)
class Entries:
    """Who has something in which of the `rows` of a table: each participant once in a row (`row`, `person`), with `hits` entries there."""

    rows: int
    row: Ints = field(repr=False)
    person: Ints = field(repr=False)
    hits: Ints = field(repr=False)


def derive_entries(row: Ints, participant_index: Ints, rows: int, people: int) -> Entries:
    """The participants of each row, sorted by both; `row` and `participant_index` have one entry per event and row it belongs to."""
    pairs, hits = np.unique(row * people + participant_index, return_counts=True)
    return Entries(rows, pairs // people, pairs % people, hits)


def count_entries(entries: Entries, at_risk: AtRisk) -> tuple[Ints, Ints]:
    """Participants and events of each row (first axis) and group (second axis); those of participants not at risk are left out."""
    cohort = at_risk.cohort_of[entries.person]
    kept, width = cohort >= 0, len(at_risk.protocol.cohorts)
    cell, size = entries.row[kept] * width + cohort[kept], entries.rows * width
    n = np.bincount(cell, minlength=size).reshape(entries.rows, width)
    hits = np.bincount(cell, entries.hits[kept], size).reshape(entries.rows, width)
    found, events = (np.column_stack([cells, cells.sum(axis=1)]).astype(np.int64) for cells in (n, hits))
    return found, events


def count_participants(row: Ints, participant_index: Ints, rows: int, at_risk: AtRisk) -> tuple[Ints, Ints]:
    """Participants and entries of each row (first axis) and group (second axis).

    `row` and `participant_index` have one entry per event and row it belongs to; a participant counts once in a row. Entries of
    participants not at risk are left out.
    """
    return count_entries(derive_entries(row, participant_index, rows, at_risk.people), at_risk)


@dataclass(frozen=True)
class Rates:
    """What RATE_COLUMNS hold, by row (first axis) and group (second axis)."""

    n: Ints
    of: Ints
    percent: Floats
    lower: Floats
    upper: Floats
    events: Ints
    weeks: Floats
    rate: Floats


def compute_rates(n: Ints, events: Ints, at_risk: AtRisk, method: IntervalMethod | None = None) -> Rates:
    """The rates of counts by row and group (as `count_participants` gives them); see RATE_COLUMNS."""
    size, weeks = np.broadcast_to(at_risk.sizes, n.shape), np.broadcast_to(at_risk.weeks, n.shape)
    lower, upper = compute_limits(n, size, method)
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(size > 0, 100 * n / size, np.nan)
        rate = np.where(weeks > 0, 100 * events / weeks, np.nan)
    return Rates(n, size, percent, 100 * lower, 100 * upper, events, weeks, rate)


def derive_rates(n: Ints, events: Ints, at_risk: AtRisk, method: IntervalMethod | None = None) -> pd.DataFrame:
    """RATE_COLUMNS for counts by row and group (as `count_participants` gives them), row after row, each in the order of the groups."""
    rates = compute_rates(n, events, at_risk, method)
    cohorts = np.tile(np.array(at_risk.groups, dtype=object), len(n))
    columns = {name: getattr(rates, name).ravel() for name in RATE_COLUMNS if name != COHORT}
    return pd.DataFrame({COHORT: cohorts, **columns}).astype(RATE_COLUMNS)
