"""Which participants the filters leave, and why each of the others is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import AGE, COHORT, SEX
from dashboard.study.protocol import StudyProtocol


@dataclass(frozen=True)
class Selection:
    """`mask` marks the selected rows of `Analysis.participants`; `excluded` counts the others by reason, in words."""

    mask: Flags = field(repr=False)
    excluded: dict[str, int]


def select_participants(
    analysis: Analysis,
    *,
    cohorts: tuple[str, ...] = (),
    sexes: tuple[str, ...] = (),
    age: tuple[int | None, int | None] = (None, None),
    strata: tuple[str, ...] = (),
    others: Sequence[tuple[str, Flags]] = (),
) -> Selection:
    """The participants in all of the chosen cohorts, sexes, ages (inclusive) and baseline strata, and in none of `others`.

    An empty tuple and a missing age limit restrict nothing; a restricted property that is not recorded excludes. Each
    excluded participant is counted once, under the first reason that applies in the order cohort, sex, age, stratum, `others`
    (pairs of a reason and whom it leaves out); reasons nobody has are absent. The selected and the excluded add up to the
    participants of the analysis.
    """
    people = analysis.participants
    endpoint = analysis.protocol.endpoint.analyte
    no_baseline = people[f"baseline_{endpoint}"].isna().to_numpy()
    reasons: dict[str, Flags] = {}
    if cohorts:
        reasons[_other_cohorts(analysis.protocol)] = ~_is_in(people[COHORT], cohorts)
    if sexes:
        reasons["sex not recorded"] = _is_in(people[SEX], ("",))
        reasons["other sex"] = ~_is_in(people[SEX], sexes)
    if age != (None, None):
        reasons.update(_age_reasons(people[AGE], *age))
    if strata:
        reasons["no baseline"] = no_baseline
        reasons["other baseline stratum"] = ~_is_in(people["stratum"], strata)
    reasons.update(others)
    mask, excluded = np.ones(len(people), dtype=bool), {}
    for reason, applies in reasons.items():
        if count := int((mask & applies).sum()):
            excluded[reason] = count
        mask = mask & ~applies
    return Selection(mask, excluded)


def _other_cohorts(protocol: StudyProtocol) -> str:
    word = protocol.study.cohort_word
    return "other cohorts" if protocol.by == protocol.study.cohort_key else f"other {word[:1].lower()}{word[1:]}"


def _is_in(column: pd.Series, allowed: tuple[str, ...]) -> Flags:
    flags: Flags = column.isin(allowed).to_numpy(dtype=bool)
    return flags


def _age_reasons(age: pd.Series, low: int | None, high: int | None) -> dict[str, Flags]:
    years = age.to_numpy(dtype=np.float64, na_value=np.nan)
    within = (years >= (-np.inf if low is None else low)) & (years <= (np.inf if high is None else high))
    return {"age not recorded": np.isnan(years), "age out of range": ~within}
