"""Traits: the category of every participant in each grouping of a study, and an analysis split by one of them.

A participant without a value is in the category NOT_REPORTED; so is one whose delivered word is in no category of the definition any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import COHORT, PARTICIPANT, VALUE, VALUE_TEXT
from dashboard.study.groupings import NOT_REPORTED, Grouping
from dashboard.study.protocol import StudyProtocol


def derive_traits(participants: pd.DataFrame, records: pd.DataFrame, protocol: StudyProtocol) -> pd.DataFrame:
    """One row per row of `participants` (in their order): participant, and for each of `protocol.by_keys` a column of category keys.

    `participants` as delivered (PARTICIPANT_COLUMNS, with the study's own cohorts), `records` the rows of `trait`. Where a grouping is
    asked for only within categories of others, whoever is in none of these is NOT_REPORTED.
    """
    traits = pd.DataFrame({PARTICIPANT: participants[PARTICIPANT], protocol.study.cohort_key: participants[COHORT]}).reset_index(drop=True)
    for grouping in protocol.groupings:
        traits[grouping.key] = _categorise(traits[PARTICIPANT], records[records["trait"] == grouping.key], grouping)
    asked = {grouping.key: _is_within(traits, grouping.within) for grouping in protocol.groupings if grouping.within}
    return traits.assign(**{key: traits[key].where(flags, NOT_REPORTED) for key, flags in asked.items()})


def list_reported(traits: pd.DataFrame, protocol: StudyProtocol) -> frozenset[str]:
    """The groupings of which every participant has a value."""
    return frozenset(grouping.key for grouping in protocol.groupings if not (traits[grouping.key] == NOT_REPORTED).any())


def regroup_analysis(analysis: Analysis, protocol: StudyProtocol, traits: pd.DataFrame) -> Analysis:
    """`analysis` with the categories of `protocol.by` in the place of the cohorts; the planned amounts of doses stay those of
    the cohorts.

    `traits` of `derive_traits`, `protocol` as grouped by `protocol.by`.
    """
    category = traits[protocol.by].to_numpy()
    data = replace(analysis.data, participants=analysis.data.participants.assign(**{COHORT: category}))
    people = analysis.participants.assign(**{COHORT: category})
    return replace(analysis, protocol=protocol, data=data, participants=people, own_amounts=analysis.planned_amounts)


def fit_split(protocol: StudyProtocol, traits: pd.DataFrame) -> StudyProtocol:
    """`protocol`, or where it does not offer the category of one of `traits`, split alike with those without a value among its groups."""
    # A protocol made for another data cut may not offer the category of those without a value.
    return protocol if traits[protocol.by].isin(protocol.cohort_keys).all() else protocol.grouped(protocol.by)


def find_others(traits: pd.DataFrame, having: Sequence[str], protocol: StudyProtocol) -> Iterator[tuple[str, Flags]]:
    """For each grouping that `having` (`grouping.category`) restricts: a reason in words, and who is in none of the categories named."""
    for by, categories in read_having(having).items():
        name = protocol.whole.study.cohort_word if by == protocol.study.cohort_key else protocol.grouping(by).label
        word = name[:1].lower() + name[1:]
        others = ~traits[by].isin(categories).to_numpy(dtype=bool)
        if by != protocol.study.cohort_key:
            absent = (traits[by] == NOT_REPORTED).to_numpy(dtype=bool)
            yield f"{word} {protocol.grouping(by).absent_label}", others & absent
        yield f"other {word}", others


def read_having(having: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The categories by grouping, in the order given."""
    chosen: dict[str, tuple[str, ...]] = {}
    for name in having:
        by, _, category = name.partition(".")
        chosen[by] = (*chosen.get(by, ()), category)
    return chosen


def _categorise(participants: pd.Series, rows: pd.DataFrame, grouping: Grouping) -> np.ndarray:
    keys = [grouping.find_category(text, value) for text, value in zip(rows[VALUE_TEXT], rows[VALUE], strict=True)]
    known = dict(zip(rows[PARTICIPANT], keys, strict=True))
    return np.array([known.get(name) or NOT_REPORTED for name in participants], dtype=object)


def _is_within(traits: pd.DataFrame, within: Sequence[str]) -> Flags:
    inside = np.zeros(len(traits), dtype=bool)
    for by, categories in read_having(within).items():
        inside |= traits[by].isin(categories).to_numpy(dtype=bool)
    return inside
