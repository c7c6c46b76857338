"""The rows of one participant, found by name; and source rows read out of frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.provenance.steps import SourceRow
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.visits import compute_visit_shift
from dashboard.errors import NotFoundError
from dashboard.study.columns import (
    AFTER_DOSE,
    AMOUNT,
    AMOUNT_UNIT,
    ANALYTE,
    DAY,
    DOSE_NUMBER,
    MARKED_UNSCHEDULED,
    PARTICIPANT,
    SOURCE_FILE,
    SOURCE_ROW,
    UNIT_TEXT,
    VALUE,
    VALUE_TEXT,
    VISIT_LABEL,
)
from dashboard.study.protocol import StudyProtocol

# The columns of `Analysis.counts` and `Analysis.daily` that a derivation speaks of.
COUNT_FIELDS = (
    *(ANALYTE, DAY, VALUE, AFTER_DOSE, MARKED_UNSCHEDULED, VISIT_LABEL, VALUE_TEXT, UNIT_TEXT, SOURCE_FILE, SOURCE_ROW),
    *("participant_index", "unscheduled"),
)
DAILY_FIELDS = (ANALYTE, DAY, VALUE, "visit", "analysed")


@dataclass(frozen=True)
class OwnRows:
    """One participant of an analysis (`index` is the row in its participants) with that participant's rows of every frame."""

    analysis: Analysis
    index: int
    # Every step asks for the same rows, and picking them out of a large frame is most of the work.
    _of_analyte: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def protocol(self) -> StudyProtocol:
        """The definition of the study."""
        return self.analysis.protocol

    @cached_property
    def person(self) -> pd.Series:
        """The participant's row of `Analysis.participants`."""
        return self.analysis.participants.iloc[self.index]

    @property
    def name(self) -> str:
        """The participant's name."""
        return str(self.person[PARTICIPANT])

    @property
    def mask(self) -> Flags:
        """Flags that select this participant alone."""
        return np.arange(len(self.analysis.participants)) == self.index

    @cached_property
    def doses(self) -> pd.DataFrame:
        """The doses given, in order."""
        return self.analysis.doses[self.analysis.doses["participant_index"].to_numpy() == self.index]

    @cached_property
    def _counts(self) -> pd.DataFrame:
        return self.analysis.counts.loc[self.analysis.counts["participant_index"].to_numpy() == self.index, list(COUNT_FIELDS)]

    def counts(self, analyte: str) -> pd.DataFrame:
        """Every count of the analyte with its COUNT_FIELDS, by day; those without a day last."""
        if analyte not in self._of_analyte:
            own = self._counts[(self._counts[ANALYTE] == analyte).to_numpy()]
            self._of_analyte[analyte] = own.sort_values(DAY, kind="stable", na_position="last")
        return self._of_analyte[analyte]

    @cached_property
    def _daily(self) -> pd.DataFrame:
        return self.analysis.daily.loc[self.analysis.daily["participant_index"].to_numpy() == self.index, list(DAILY_FIELDS)]

    def daily(self, analyte: str) -> pd.DataFrame:
        """The days of the analyte that have a value with their DAILY_FIELDS, in order."""
        kept: pd.DataFrame = self._daily[(self._daily[ANALYTE] == analyte).to_numpy()]
        return kept

    def counts_of_days(self, analyte: str, days: list[int]) -> pd.DataFrame:
        """The counts of the analyte with a value on one of `days`."""
        own = self.counts(analyte)
        kept: pd.DataFrame = own[own[DAY].isin(days).to_numpy(dtype=bool) & own[VALUE].notna().to_numpy()]
        return kept

    def baseline(self, analyte: str) -> float | None:
        """Baseline in cells/µL under the rule of the analysis; None without one."""
        return read_number(self.person[f"baseline_{analyte}"])

    @cached_property
    def shift(self) -> Ints:
        """Days by which each visit of the plan moves for this participant."""
        shift: Ints = compute_visit_shift(self.doses.assign(participant_index=0), 1, self.protocol)[0]
        return shift

    def target(self, visit: str) -> int:
        """Target day of a visit, moved with the dose it follows."""
        return self.protocol.visit(visit).target + int(self.shift[self.protocol.visit_keys.index(visit)])

    def last_accepted_day(self, period: str) -> int:
        """Upper window limit of the period's last visit, moved with the dose that visit follows."""
        last = self.protocol.period(period).last_visit
        return self.protocol.visit(last).high + int(self.shift[self.protocol.visit_keys.index(last)])


def find_participant(analysis: Analysis, name: str) -> OwnRows:
    """The rows of the participant called `name`; NotFoundError when this cut has nobody of that name."""
    found = np.flatnonzero(analysis.participants[PARTICIPANT].to_numpy() == name)
    if not len(found):
        raise NotFoundError("participant in this data cut", name)
    return OwnRows(analysis, int(found[0]))


def validate_key(protocol: StudyProtocol, kind: str, key: str) -> str:
    """`key`, when the study declares an analyte, cohort, visit or period (the `kind`) of that name; NotFoundError lists those it does."""
    known = {
        "analyte": protocol.analyte_keys,
        "cohort": protocol.cohort_keys,
        "visit": protocol.visit_keys,
        "period": tuple(period.key for period in protocol.periods),
    }[kind]
    if key not in known:
        raise NotFoundError(kind, key, known)
    return key


def read_number(value: Any) -> float | None:
    """A number of a frame; None where it is missing."""
    return None if pd.isna(value) else float(value)


def read_day(value: Any) -> int | None:
    """A day of a frame; None where it is missing."""
    return None if pd.isna(value) else int(value)


def read_count_rows(counts: pd.DataFrame) -> tuple[SourceRow, ...]:
    """The source row of every count, in the order of `counts`."""
    columns = [SOURCE_FILE, SOURCE_ROW, VALUE_TEXT, UNIT_TEXT, VALUE, DAY]
    return tuple(
        SourceRow(str(file), int(row), str(text), str(unit), read_number(value), read_day(day))
        for file, row, text, unit, value, day in zip(*(counts[name] for name in columns), strict=True)
    )


def read_dose_rows(doses: pd.DataFrame) -> tuple[SourceRow, ...]:
    """The source row of every dose: the amount as text, no value in cells/µL."""
    columns = [SOURCE_FILE, SOURCE_ROW, AMOUNT, AMOUNT_UNIT, DAY]
    return tuple(
        SourceRow(str(file), int(row), "" if pd.isna(amount) else f"{amount:g}", str(unit), None, int(day))
        for file, row, amount, unit, day in zip(*(doses[name] for name in columns), strict=True)
    )


def read_first_dose(own: OwnRows) -> tuple[SourceRow, ...]:
    """The source row of the participant's first dose; empty when none was given."""
    return read_dose_rows(own.doses[own.doses[DOSE_NUMBER].to_numpy() == 1])
