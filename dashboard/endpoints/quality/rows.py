"""The shape of flagged rows, what flags are derived from, and how a row is made of what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, compute_day_key, encode_integers, encode_names
from dashboard.endpoints.quality.plan import Places, VisitDays, compute_visit_plan, derive_places
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import ANALYTE, COHORT, DAY, DOSED, PARTICIPANT, SOURCE_FILE, SOURCE_ROW, VALUE
from dashboard.study.protocol import StudyProtocol

# One row per record that a flag is about, or per absent thing.
#   analyte, visit   keys, "" when the flag is about none
#   day              of the record; of an absent visit or dose the day it was due
#   value            what was found, in the unit the sentence names: a count in cells/µL, the amount of a dose, a delivered derived
#                    value; for a dose given on another day than planned, the day
#   expected         what the rule expects in its place, NaN when it expects no certain number
#   source_file, source_row   of the record; "" and missing when something is absent
FOUND_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str",
    COHORT: "str",
    ANALYTE: "str",
    "visit": "str",
    DAY: "Int64",
    VALUE: "float64",
    "expected": "float64",
    "sentence": "str",
    SOURCE_FILE: "str",
    SOURCE_ROW: "Int64",
}
QUALITY_COLUMNS: dict[str, str] = {"code": "str", **FOUND_COLUMNS}


@dataclass(frozen=True)
class Evidence:
    """What flags are derived from: an analysis, and what else the delivery says (`claim` and `attendance` of `study.columns`)."""

    analysis: Analysis
    claims: pd.DataFrame = field(repr=False)
    attendance: pd.DataFrame = field(repr=False)

    @property
    def protocol(self) -> StudyProtocol:
        """The study's definition."""
        return self.analysis.protocol

    @cached_property
    def places(self) -> Places:
        """The counts as arrays, with the visits they belong to."""
        return derive_places(self.analysis)

    @cached_property
    def visit_days(self) -> VisitDays:
        """The planned visits of every participant in days."""
        return compute_visit_plan(self.analysis)

    @cached_property
    def daily_key(self) -> Ints:
        """Participant, analyte and day of each row of `Analysis.daily` in one number, ascending."""
        daily = self.analysis.daily
        analyte = compute_codes(daily[ANALYTE], self.protocol.analyte_keys, "analytes")
        cell = daily["participant_index"].to_numpy() * len(self.protocol.analytes) + analyte
        return compute_day_key(cell, daily[DAY].to_numpy(dtype=np.int64))

    @cached_property
    def dosed(self) -> Flags:
        """Which participants have a first dose."""
        return self.analysis.participants[DOSED].to_numpy()

    def short(self, analyte: int) -> str:
        """The short name of the analyte at this position of the protocol."""
        return self.protocol.analytes[analyte].short


def select_none() -> pd.DataFrame:
    """FOUND_COLUMNS without a row."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in FOUND_COLUMNS.items()})


def derive_count_rows(
    evidence: Evidence, rows: Ints, sentences: Sequence[str], expected: Floats | None = None, visit: Ints | None = None
) -> pd.DataFrame:
    """FOUND_COLUMNS for the counts at `rows`, with their own visit by day unless `visit` (positions) is given."""
    places, counts = evidence.places, evidence.analysis.counts.iloc[rows]
    return derive_found(
        evidence,
        places.person[rows],
        sentences,
        analyte=places.analyte[rows],
        visit=places.visit[rows] if visit is None else visit,
        day=places.day[rows],
        dated=places.dated[rows],
        value=places.value[rows],
        expected=expected,
        source=counts[[SOURCE_FILE, SOURCE_ROW]],
    )


def derive_found(
    evidence: Evidence,
    person: Ints,
    sentences: Sequence[str],
    *,
    analyte: Ints | None = None,
    visit: Ints | None = None,
    day: Ints | None = None,
    dated: Flags | None = None,
    value: Floats | None = None,
    expected: Floats | None = None,
    source: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """FOUND_COLUMNS, one row per entry of `person` (rows of participants); what is not given is empty or missing.

    `dated` marks the days that are there (all of them when only `day` is given); `source` has the columns source_file, source_row.
    """
    if not (size := len(person)):
        return select_none()
    people, nothing = evidence.analysis.participants, np.full(size, -1, dtype=np.int64)
    is_dated = np.full(size, day is not None) if dated is None else dated
    absent = pd.DataFrame({SOURCE_FILE: [""] * size, SOURCE_ROW: [None] * size})
    place = absent if source is None else source
    return pd.DataFrame(
        {
            PARTICIPANT: people[PARTICIPANT].to_numpy()[person],
            COHORT: people[COHORT].to_numpy()[person],
            ANALYTE: encode_names(nothing if analyte is None else analyte, evidence.protocol.analyte_keys),
            "visit": encode_names(nothing if visit is None else visit, evidence.protocol.visit_keys),
            DAY: encode_integers(np.zeros(size, dtype=np.int64) if day is None else day, is_dated),
            VALUE: np.full(size, np.nan) if value is None else value,
            "expected": np.full(size, np.nan) if expected is None else expected,
            "sentence": list(sentences),
            SOURCE_FILE: place[SOURCE_FILE].to_numpy(),
            SOURCE_ROW: place[SOURCE_ROW].astype("Int64").array,
        }
    ).astype(FOUND_COLUMNS)
