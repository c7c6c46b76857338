"""The product's own figures that can stand beside those of a source, by name: counts of participants, and medians with their ranges.

A name is `kind.what`, such as `response.orr`; the kinds are those of COUNTS and MEDIANS. All are figures of everyone dosed, whoever is
selected; `MeasureError` says why one cannot be computed of a data cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.endpoints.pooled.response import derive_best_responses, is_response
from dashboard.endpoints.pooled.times import derive_course, derive_times
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.grading import derive_levels
from dashboard.endpoints.survival import compute_kaplan_meier
from dashboard.study.columns import AMOUNT, DOSE_NUMBER, DOSED, PARTICIPANT, VALUE
from dashboard.study.groupings import Grouping
from dashboard.study.parts import find_part
from dashboard.study.protocol import StudyProtocol

EVALUABLE, MEDIAN, ANY_GRADE = "evaluable", "median", "any"


class MeasureError(Exception):
    """Why a measure cannot be computed, as the end of a sentence."""


@dataclass(frozen=True)
class Evidence:
    """What measures are computed from: the derived records, the categories of each participant (`traits`), and the record tables."""

    analysis: Analysis
    traits: pd.DataFrame = field(repr=False)
    records: Callable[[str], pd.DataFrame] = field(repr=False)

    @property
    def protocol(self) -> StudyProtocol:
        """The definition the records follow; its cohorts may be the categories of a grouping."""
        return self.analysis.protocol

    @property
    def dosed(self) -> Flags:
        """Who was dosed, by row of the participants."""
        flags: Flags = self.analysis.participants[DOSED].to_numpy(dtype=bool)
        return flags

    def grouping(self, key: str) -> Grouping:
        """The grouping with this key; MeasureError when there is none."""
        if key not in [grouping.key for grouping in self.protocol.groupings]:
            raise MeasureError(f"there is no grouping “{key}”")
        return self.protocol.grouping(key)

    def members(self, key: str, categories: Sequence[str]) -> Flags:
        """Who was dosed and is in one of `categories` of a grouping, or of the cohorts under their key; MeasureError for an unknown one."""
        of_cohorts = key == self.protocol.study.cohort_key
        known = self.protocol.whole.cohort_keys if of_cohorts else self.grouping(key).category_keys
        for unknown in sorted(set(categories) - set(known)):
            raise MeasureError(f"there is no category “{unknown}” of “{key}”")
        flags: Flags = self.dosed & self.traits[key].isin(list(categories)).to_numpy(dtype=bool)
        return flags


@dataclass(frozen=True)
class Count:
    """Participants: n of how many."""

    n: int
    of: int


@dataclass(frozen=True)
class Spread:
    """A median of `n` values with the lowest and the highest; for times to an event also the Kaplan–Meier median and its interval."""

    value: float
    low: float
    high: float
    n: int
    km_median: float = np.nan
    km_lower: float = np.nan
    km_upper: float = np.nan


Found = Count | Spread


def compute_measure(evidence: Evidence, name: str) -> Found:
    """The figure called `name`; MeasureError when it is none, or the data cut holds nothing it is computed from."""
    kind, *what = name.split(".")
    if what and what[-1] == MEDIAN and kind in MEDIANS:
        return MEDIANS[kind](evidence, what[:-1])
    if kind not in COUNTS:
        raise MeasureError(f"no measure is called “{name}”")
    return COUNTS[kind](evidence, what)


def _count(flags: Flags, of: Flags) -> Count:
    return Count(int((flags & of).sum()), int(of.sum()))


def _count_participants(evidence: Evidence, what: list[str]) -> Count:
    return _count(evidence.dosed, evidence.dosed)


def _count_cohort(evidence: Evidence, what: list[str]) -> Count:
    return _count(evidence.members(evidence.protocol.study.cohort_key, what), evidence.dosed)


def _count_sex(evidence: Evidence, what: list[str]) -> Count:
    return _count(evidence.analysis.participants["sex"].isin(what).to_numpy(dtype=bool), evidence.dosed)


def _count_grouping(evidence: Evidence, what: list[str]) -> Count:
    """Of everyone; of those of whom the value is asked where the grouping says so (`within`)."""
    key, categories = _one_of(what, 2)
    within = evidence.grouping(key).within
    asked = np.zeros(len(evidence.dosed), dtype=bool)
    for name in within:
        other, category = name.split(".")
        asked |= evidence.members(other, [category])
    return _count(evidence.members(key, categories.split("+")), asked if within else evidence.dosed)


def _count_share(evidence: Evidence, what: list[str]) -> Count:
    key, categories, of = _one_of(what, 3)
    return _count(evidence.members(key, categories.split("+")), evidence.members(key, of.split("+")))


def _count_response(evidence: Evidence, what: list[str]) -> Count:
    (rate,), response = _one_of(what, 1), evidence.protocol.response
    if response is None or rate not in [EVALUABLE, *(part.key for part in response.rates)]:
        raise MeasureError(f"the study defines no response rate “{rate}”")
    best = derive_best_responses(evidence.analysis, _held(evidence, "finding"), response)
    evaluable = best["evaluable"].to_numpy(dtype=bool)
    if rate == EVALUABLE:
        return _count(evaluable, evidence.dosed)
    return _count(is_response(best["best"], find_part(response.rates, rate).categories), evaluable)


def _count_milestone(evidence: Evidence, what: list[str]) -> Count:
    return _count(~np.isnan(_milestone_days(evidence, what)), evidence.dosed)


def _count_syndrome(evidence: Evidence, what: list[str]) -> Count:
    """By worst grade, on the scale of the syndrome alone: an event on another scale counts in no grade."""
    key, grades = _one_of(what, 2)
    syndromes = evidence.protocol.safety.syndromes
    if key not in [part.key for part in syndromes]:
        raise MeasureError(f"the study defines no syndrome “{key}”")
    syndrome, events = find_part(syndromes, key), _held(evidence, "adverse_event")
    events = events[events["term"].str.casefold().isin([term.casefold() for term in syndrome.terms])]
    events = events.assign(**derive_levels(events, evidence.protocol.safety))
    graded = events[(events["scale"] == evidence.protocol.safety.scale(syndrome.scale).label) & events["level"].notna()]
    people = evidence.analysis.participants[PARTICIPANT]
    worst = graded.groupby(PARTICIPANT)["level"].max().reindex(people.to_numpy()).to_numpy(dtype=np.float64, na_value=np.nan)
    if grades == ANY_GRADE:
        return _count(people.isin(events[PARTICIPANT]).to_numpy(dtype=bool), evidence.dosed)
    low, _, high = grades.partition("-")
    return _count((worst >= int(low)) & (worst <= int(high or low)), evidence.dosed)


def _spread_age(evidence: Evidence, what: list[str]) -> Spread:
    age = evidence.analysis.participants["age"].to_numpy(dtype=np.float64, na_value=np.nan)
    return _spread(age[evidence.dosed])


def _spread_dose(evidence: Evidence, what: list[str]) -> Spread:
    doses = evidence.analysis.doses
    return _spread(doses.loc[doses[DOSE_NUMBER] == 1, AMOUNT].to_numpy(dtype=np.float64))


def _spread_trait(evidence: Evidence, what: list[str]) -> Spread:
    (key,) = _one_of(what, 1)
    if not evidence.grouping(key).numeric:
        raise MeasureError(f"the values of the grouping “{key}” are no numbers")
    rows = _held(evidence, "trait")
    return _spread(rows.loc[(rows["trait"] == key) & rows[VALUE].notna(), VALUE].to_numpy(dtype=np.float64))


def _spread_milestone(evidence: Evidence, what: list[str]) -> Spread:
    days = _milestone_days(evidence, what)
    return _spread(days[~np.isnan(days)])


def _spread_observed(evidence: Evidence, what: list[str]) -> Spread:
    """Times observed to the event or to the last contact, ended by no transplant; beside them what Kaplan–Meier makes of them."""
    (key,), survival = _one_of(what, 1), evidence.protocol.survival
    if survival is None or key not in [part.key for part in survival.endpoints]:
        raise MeasureError(f"the study defines no time to an event “{key}”")
    course = derive_course(evidence.analysis, _held(evidence, "milestone"), survival)
    times = derive_times(course, survival, find_part(survival.endpoints, key), at_censor=False)
    known = times[times["time"].notna()]
    days = known["time"].to_numpy(dtype=np.float64)
    curve, whole = compute_kaplan_meier(days, known["event"].to_numpy(dtype=bool)), _spread(days)
    return Spread(whole.value, whole.low, whole.high, whole.n, curve.median, curve.median_lower, curve.median_upper)


def _spread(values: Floats) -> Spread:
    known = values[~np.isnan(values)]
    if not len(known):
        raise MeasureError("the data cut holds no value of it")
    return Spread(float(np.median(known)), float(known.min()), float(known.max()), len(known))


def _milestone_days(evidence: Evidence, what: list[str]) -> Floats:
    """First day of a milestone after day 0, by participant; NaN for none."""
    (key,), survival = _one_of(what, 1), evidence.protocol.survival
    if survival is None or key not in [part.key for part in survival.milestones]:
        raise MeasureError(f"the study defines no milestone “{key}”")
    return derive_course(evidence.analysis, _held(evidence, "milestone"), survival).sightings.first(key, after_day_zero=True)


def _held(evidence: Evidence, table: str) -> pd.DataFrame:
    rows = evidence.records(table)
    if rows.empty:
        raise MeasureError(f"the data cut holds no {table.replace('_', ' ')} records")
    return rows


def _one_of(what: list[str], parts: int) -> list[str]:
    if len(what) != parts:
        raise MeasureError(f"the measure needs {parts} names after its kind (found {len(what)})")
    return what


COUNTS: Mapping[str, Callable[[Evidence, list[str]], Count]] = {
    "participants": _count_participants,
    "cohort": _count_cohort,
    "sex": _count_sex,
    "grouping": _count_grouping,
    "share": _count_share,
    "response": _count_response,
    "milestone": _count_milestone,
    "syndrome": _count_syndrome,
}
MEDIANS: Mapping[str, Callable[[Evidence, list[str]], Spread]] = {
    "age": _spread_age,
    "dose": _spread_dose,
    "trait": _spread_trait,
    "milestone": _spread_milestone,
    "observed": _spread_observed,
}
