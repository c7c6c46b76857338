"""Traits that are no column of a delivery but follow from its events: the worst grade of a syndrome, a milestone after day 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from dashboard.endpoints.pooled.traits import derive_traits
from dashboard.endpoints.safety.grading import derive_levels
from dashboard.study.columns import DAY, DOSED, PARTICIPANT, TRAIT_COLUMNS, conform
from dashboard.study.groupings import Grouping
from dashboard.study.protocol import StudyProtocol


def derive_all_traits(participants: pd.DataFrame, records: Callable[[str], pd.DataFrame], protocol: StudyProtocol) -> pd.DataFrame:
    """The table of `derive_traits` from the delivered rows of `trait` and those that follow from events; arguments as there and below."""
    told = derive_event_traits(participants, records, protocol)
    return derive_traits(participants, pd.concat([records("trait"), told], ignore_index=True), protocol)


def derive_event_traits(participants: pd.DataFrame, records: Callable[[str], pd.DataFrame], protocol: StudyProtocol) -> pd.DataFrame:
    """TRAIT_COLUMNS rows of the derived groupings of `protocol`, for each of the `participants` (PARTICIPANT_COLUMNS) who was dosed.

    `records` gives the rows of a record table. A syndrome: the worst grade, on its own scale, of the events with one of its terms that
    did not end before day 0; 0 without such an event; no value where none of them has a grade, or where they are on another scale. A
    milestone: 1 where one of its codes stands on a day after day 0, else 0. Who was not dosed has no value.
    """
    dosed = participants.loc[participants[DOSED], PARTICIPANT]
    parts = [_derive(grouping, dosed, records, protocol) for grouping in protocol.groupings if grouping.derived]
    kept = [part for part in parts if len(part)]
    return conform(pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=list(TRAIT_COLUMNS)), TRAIT_COLUMNS)


def _derive(grouping: Grouping, dosed: pd.Series, records: Callable[[str], pd.DataFrame], protocol: StudyProtocol) -> pd.DataFrame:
    if grouping.syndrome is not None:
        worst = _find_worst(grouping.syndrome, records("adverse_event"), protocol)
    else:
        worst = dict.fromkeys(_find_after(str(grouping.milestone), records("milestone"), protocol), 1.0)
    values = [worst.get(name, 0.0) for name in dosed]
    texts = ["" if pd.isna(value) else f"{value:g}" for value in values]
    columns = {
        PARTICIPANT: dosed.to_numpy(),
        "trait": grouping.key,
        "value": values,
        "value_text": texts,
        "source_file": "",
        "source_row": 0,
    }
    return pd.DataFrame(columns).dropna(subset="value")


def _find_worst(key: str, events: pd.DataFrame, protocol: StudyProtocol) -> Mapping[str, float]:
    """The worst grade of each participant with the syndrome; NaN where none of the events is graded on its scale."""
    syndrome = next(part for part in protocol.safety.syndromes if part.key == key)
    terms = {term.casefold() for term in syndrome.terms}
    before = (events["end_day"] < 0).fillna(False).to_numpy(dtype=bool)
    own = events[events["term"].str.casefold().isin(terms).to_numpy(dtype=bool) & ~before]
    levels = derive_levels(own, protocol.safety)
    level = pd.Series(levels["level"], index=own.index).astype("Float64")
    on_scale = pd.Series(levels["scale"], index=own.index) == protocol.safety.scale(syndrome.scale).label
    worst = level.where(on_scale).groupby(own[PARTICIPANT]).max()
    return {str(name): float("nan") if pd.isna(value) else float(value) for name, value in worst.items()}


def _find_after(key: str, milestones: pd.DataFrame, protocol: StudyProtocol) -> list[str]:
    """The participants with the milestone on a day after day 0."""
    parts = protocol.survival.milestones if protocol.survival else ()
    codes = {code.strip().casefold() for part in parts if part.key == key for code in part.codes}
    named = milestones["term"].str.strip().str.casefold().isin(codes).to_numpy(dtype=bool)
    after = (milestones[DAY] > 0).fillna(False).to_numpy(dtype=bool)
    return sorted(set(milestones.loc[named & after, PARTICIPANT]))
