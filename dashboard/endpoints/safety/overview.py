"""The overview of adverse events by cohort, and the events of special interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.grading import SEVERITY_SCALE, list_scales
from dashboard.endpoints.safety.rates import RATE_COLUMNS, AtRisk, count_participants, derive_rates, select_at_risk
from dashboard.endpoints.safety.wording import DELAYED, DISCONTINUED, NOT_RECOGNISED, NOT_RECORDED, has_interest
from dashboard.study.choices import IntervalMethod
from dashboard.study.columns import STATUS

HIGH_GRADE = 3
# row      key; `label` says it in words; `scale` is that of a row about a grade, "" otherwise
# unknown  events of the group's participants for which the delivery does not answer the row's question; they are not in n or events
OVERVIEW_COLUMNS: dict[str, str] = {"row": "str", "label": "str", "scale": "str", **RATE_COLUMNS, "unknown": "int64"}
LABELS: Mapping[str, str] = {
    "any": "Any event",
    "related": "Related event",
    "grade-3": "Event of grade 3 or higher",
    "serious": "Serious event",
    "discontinued": "Event leading to discontinuation",
    "delayed": "Event leading to delay or interruption",
    "special-interest": "Event of special interest",
    "fatal": "Event with fatal outcome",
    "deaths": "Deaths from any cause",
}
_MEMBERS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "any": lambda events: events["emergent"],
    "related": lambda events: events["related"],
    "serious": lambda events: events["serious"] == "Y",
    "discontinued": lambda events: events["dose_action"] == DISCONTINUED,
    "delayed": lambda events: events["dose_action"] == DELAYED,
    "special-interest": lambda events: events["special_interest"] != "",
    "fatal": lambda events: events["fatal"],
}
_UNKNOWN: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "related": lambda events: events["relatedness"].isin((NOT_RECORDED, NOT_RECOGNISED)),
    "serious": lambda events: events["serious"] == "",
    "discontinued": lambda events: events["dose_action"] == "",
    "delayed": lambda events: events["dose_action"] == "",
    "fatal": lambda events: (events["outcome"] == "") & ~events["fatal"] & ~events["ongoing"],
}


def summarise_overview(events: pd.DataFrame, at_risk: AtRisk, analysis: Analysis, method: IntervalMethod | None = None) -> pd.DataFrame:
    """OVERVIEW_COLUMNS of the emergent events (EVENT_COLUMNS), for every row of LABELS and group, in that order.

    A grade has a row for each scale in use, so that no two scales are pooled; severe counts as the third of mild, moderate and severe.
    Without any graded event the row stands once, with scale "". Deaths are participants whose status is `died`, emergent event or not;
    their `events` are the deaths.
    """
    emergent = select_at_risk(events[events["emergent"]], at_risk)
    names = [(row, scale) for row in LABELS for scale in (_scales_of(emergent) if row == "grade-3" else ("",))]
    found = [
        _count_deaths(at_risk, analysis) if row == "deaths" else _count_flagged(emergent, select_is_in_row(emergent, row, scale), at_risk)
        for row, scale in names
    ]
    unknown = [_count_flagged(emergent, _is_unknown(emergent, row, scale), at_risk)[1] for row, scale in names]
    n, hits = (np.concatenate(parts) for parts in zip(*found, strict=True))
    rates = derive_rates(n, hits, at_risk, method).assign(unknown=np.concatenate(unknown).ravel())
    groups = len(at_risk.groups)
    head = [(row, _label_of(row, scale), scale) for row, scale in names for _ in range(groups)]
    return pd.concat([pd.DataFrame(head, columns=["row", "label", "scale"]), rates], axis=1).astype(OVERVIEW_COLUMNS)


def summarise_special_interest(events: pd.DataFrame, at_risk: AtRisk, method: IntervalMethod | None = None) -> pd.DataFrame:
    """key, label and RATE_COLUMNS of the emergent events of each special-interest group of the definition, in its order."""
    emergent = select_at_risk(events[events["emergent"]], at_risk)
    groups = at_risk.protocol.safety.special_interest
    found = [_count_flagged(emergent, _flags(has_interest(emergent["special_interest"], group.key)), at_risk) for group in groups]
    empty = np.zeros((0, len(at_risk.groups)), dtype=np.int64)
    n, hits = (np.concatenate([empty, *(pair[place] for pair in found)]) for place in (0, 1))
    head = [(group.key, group.label) for group in groups for _ in at_risk.groups]
    names = pd.DataFrame(head, columns=["key", "label"], dtype="str")
    return pd.concat([names, derive_rates(n, hits, at_risk, method)], axis=1)


def select_is_in_row(events: pd.DataFrame, row: str, scale: str = "") -> Flags:
    """Which of the emergent events belong to a row of the overview, `deaths` being the fatal ones; KeyError for an unknown row."""
    if row == "grade-3":
        high = (events["level"] >= HIGH_GRADE).fillna(False).astype(bool)
        return _flags(events["emergent"] & high & (events["scale"] == scale))
    member = _MEMBERS["fatal" if row == "deaths" else row](events)
    return _flags(events["emergent"] & member)


def list_unrecognised_relations(events: pd.DataFrame) -> dict[str, int]:
    """Words for the relation to treatment that are in neither list of the definition, with the number of events."""
    counts = events.loc[events["relatedness"] == NOT_RECOGNISED, "relation"].value_counts()
    return {str(word): int(counts[word]) for word in sorted(counts.index)}


def _scales_of(events: pd.DataFrame) -> tuple[str, ...]:
    return list_scales(events) or ("",)


def _label_of(row: str, scale: str) -> str:
    return "Severe event" if row == "grade-3" and scale == SEVERITY_SCALE else LABELS[row]


def _is_unknown(events: pd.DataFrame, row: str, scale: str) -> Flags:
    if row == "grade-3":
        # An ungraded event belongs to no scale; it is shown once, beside the first.
        first = scale == _scales_of(events)[0]
        return _flags(events["level"].isna()) if first else np.zeros(len(events), dtype=bool)
    return _flags(_UNKNOWN[row](events)) if row in _UNKNOWN else np.zeros(len(events), dtype=bool)


def _flags(series: pd.Series) -> Flags:
    flags: Flags = series.to_numpy(dtype=bool)
    return flags


def _count_flagged(events: pd.DataFrame, flags: Flags, at_risk: AtRisk) -> tuple[Ints, Ints]:
    person = events["participant_index"].to_numpy()[flags]
    return count_participants(np.zeros(len(person), dtype=np.int64), person, 1, at_risk)


def _count_deaths(at_risk: AtRisk, analysis: Analysis) -> tuple[Ints, Ints]:
    person = np.flatnonzero((analysis.participants[STATUS] == "died").to_numpy())
    return count_participants(np.zeros(len(person), dtype=np.int64), person, 1, at_risk)
