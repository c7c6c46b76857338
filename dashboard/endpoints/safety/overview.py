"""The overview of adverse events by cohort, and the events of special interest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.grading import SEVERITY_SCALE, list_scales
from dashboard.endpoints.safety.rates import RATE_COLUMNS, AtRisk, Entries, count_entries, derive_entries, derive_rates
from dashboard.endpoints.safety.wording import DELAYED, DISCONTINUED, NOT_RECOGNISED, NOT_RECORDED, has_interest
from dashboard.study.choices import IntervalMethod
from dashboard.study.columns import STATUS
from dashboard.study.safety import Safety

HIGH_GRADE = 3
GRADE_3, DEATHS = "grade-3", "deaths"
# What the rows of OverviewEntries count: participants of a row, events that do not answer its question, graded events of a scale,
# participants of a group of special interest.
COUNTED, UNKNOWN, GRADED, SPECIAL = "counted", "unknown", "graded", "special"
# row      key; `label` says it in words; `scale` is that of a row about a grade, "" otherwise
# unknown  events of the group's participants for which the delivery does not answer the row's question; they are not in n or events
OVERVIEW_COLUMNS: dict[str, str] = {"row": "str", "label": "str", "scale": "str", **RATE_COLUMNS, "unknown": "int64"}
LABELS: Mapping[str, str] = {
    "any": "Any event",
    "related": "Related event",
    GRADE_3: "Event of grade 3 or higher",
    "serious": "Serious event",
    "discontinued": "Event leading to discontinuation",
    "delayed": "Event leading to delay or interruption",
    "special-interest": "Event of special interest",
    "fatal": "Event with fatal outcome",
    DEATHS: "Deaths from any cause",
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
    GRADE_3: lambda events: events["level"].isna(),
    "related": lambda events: events["relatedness"].isin((NOT_RECORDED, NOT_RECOGNISED)),
    "serious": lambda events: events["serious"] == "",
    "discontinued": lambda events: events["dose_action"] == "",
    "delayed": lambda events: events["dose_action"] == "",
    "fatal": lambda events: (events["outcome"] == "") & ~events["fatal"] & ~events["ongoing"],
}


@dataclass(frozen=True)
class OverviewEntries:
    """The participants of every row of the overview and of special interest, whoever is at risk.

    place gives the row of `entries` by what is counted (COUNTED, UNKNOWN, GRADED, SPECIAL), row or key, and scale; `scales` are those
    on which an event has a grade, by name.
    """

    place: Mapping[tuple[str, str, str], int]
    scales: tuple[str, ...]
    entries: Entries = field(repr=False)


@dataclass(frozen=True)
class OverviewCounts:
    """Counts by row (first axis) and group (second axis): `rows` have row, label and scale, in the order of LABELS.

    `special` and `special_events` are those of the groups of special interest, in the order of the definition.
    """

    rows: tuple[tuple[str, str, str], ...]
    n: Ints = field(repr=False)
    events: Ints = field(repr=False)
    unknown: Ints = field(repr=False)
    special: Ints = field(repr=False)
    special_events: Ints = field(repr=False)


@dataclass(frozen=True)
class OverviewFlags:
    """Which events belong to which row: the rows are named as in `OverviewEntries.place`, `is_in` has a column per event."""

    names: tuple[tuple[str, str, str], ...]
    scales: tuple[str, ...]
    is_in: Flags = field(repr=False)
    person: Ints = field(repr=False)


def flag_overview(events: pd.DataFrame, safety: Safety) -> OverviewFlags:
    """The rows of each event of EVENT_COLUMNS; one that is not emergent is in none."""
    emergent = events[events["emergent"]]
    scales, size = tuple(sorted(list_scales(emergent))), len(emergent)
    flags: dict[tuple[str, str, str], Flags] = {}
    for row in LABELS:
        for scale in (*scales, "") if row == GRADE_3 else ("",):
            flags[COUNTED, row, scale] = np.zeros(size, dtype=bool) if row == DEATHS else select_is_in_row(emergent, row, scale)
        flags[UNKNOWN, row, ""] = _flags(_UNKNOWN[row](emergent)) if row in _UNKNOWN else np.zeros(size, dtype=bool)
    graded = emergent["level"].notna()
    flags |= {(GRADED, "", scale): _flags(graded & (emergent["scale"] == scale)) for scale in scales}
    flags |= {(SPECIAL, group.key, ""): _flags(has_interest(emergent["special_interest"], group.key)) for group in safety.special_interest}
    is_in = np.zeros((len(flags), len(events)), dtype=bool)
    is_in[:, events["emergent"].to_numpy(dtype=bool)] = np.array(list(flags.values())).reshape(len(flags), size)
    return OverviewFlags(tuple(flags), scales, is_in, events["participant_index"].to_numpy(dtype=np.int64))


def derive_overview_entries(flags: OverviewFlags, analysis: Analysis, counted: Flags | None = None) -> OverviewEntries:
    """The participants of the events that are `counted` (all when absent); of deaths those whose status is `died`, counted or not."""
    row, event = np.nonzero(flags.is_in if counted is None else flags.is_in & counted)
    place = {name: at for at, name in enumerate(flags.names)}
    died = np.flatnonzero((analysis.participants[STATUS] == "died").to_numpy())
    rows = np.concatenate([row, np.full(len(died), place[COUNTED, DEATHS, ""])])
    people = np.concatenate([flags.person[event], died])
    return OverviewEntries(place, flags.scales, derive_entries(rows, people, len(place), len(analysis.participants)))


def count_overview(overview: OverviewEntries, at_risk: AtRisk) -> OverviewCounts:
    """The counts of those at risk, with a row about a grade for each scale in use among them, the most used first."""
    n, events = count_entries(overview.entries, at_risk)
    place = overview.place
    used = {scale: int(events[place[GRADED, "", scale], -1]) for scale in overview.scales}
    scales = sorted((scale for scale in used if used[scale]), key=lambda scale: (-used[scale], scale)) or [""]
    names = [(row, scale) for row in LABELS for scale in (scales if row == GRADE_3 else [""])]
    rows = [place[COUNTED, row, scale] for row, scale in names]
    # An ungraded event belongs to no scale; it is shown once, beside the first.
    unknown = [events[place[UNKNOWN, row, ""]] * (scale in ("", scales[0])) for row, scale in names]
    special = [at for (kind, _, _), at in place.items() if kind == SPECIAL]
    labelled = tuple((row, _label_of(row, scale), scale) for row, scale in names)
    return OverviewCounts(labelled, n[rows], events[rows], np.array(unknown), n[special], events[special])


def summarise_overview(events: pd.DataFrame, at_risk: AtRisk, analysis: Analysis, method: IntervalMethod | None = None) -> pd.DataFrame:
    """OVERVIEW_COLUMNS of the emergent events (EVENT_COLUMNS), for every row of LABELS and group, in that order.

    A grade has a row for each scale in use, so that no two scales are pooled; severe counts as the third of mild, moderate and severe.
    Without any graded event the row stands once, with scale "". Deaths are participants whose status is `died`, emergent event or not;
    their `events` are the deaths.
    """
    counts = _count(events, at_risk, analysis)
    rates = derive_rates(counts.n, counts.events, at_risk, method).assign(unknown=counts.unknown.ravel())
    head = [row for row in counts.rows for _ in at_risk.groups]
    return pd.concat([pd.DataFrame(head, columns=["row", "label", "scale"]), rates], axis=1).astype(OVERVIEW_COLUMNS)


def summarise_special_interest(
    events: pd.DataFrame, at_risk: AtRisk, analysis: Analysis, method: IntervalMethod | None = None
) -> pd.DataFrame:
    """key, label and RATE_COLUMNS of the emergent events of each special-interest group of the definition, in its order."""
    counts = _count(events, at_risk, analysis)
    head = [(group.key, group.label) for group in at_risk.protocol.safety.special_interest for _ in at_risk.groups]
    names = pd.DataFrame(head, columns=["key", "label"], dtype="str")
    return pd.concat([names, derive_rates(counts.special, counts.special_events, at_risk, method)], axis=1)


def _count(events: pd.DataFrame, at_risk: AtRisk, analysis: Analysis) -> OverviewCounts:
    return count_overview(derive_overview_entries(flag_overview(events, at_risk.protocol.safety), analysis), at_risk)


def select_is_in_row(events: pd.DataFrame, row: str, scale: str = "") -> Flags:
    """Which of the emergent events belong to a row of the overview, `deaths` being the fatal ones; KeyError for an unknown row."""
    if row == GRADE_3:
        high = (events["level"] >= HIGH_GRADE).fillna(False).astype(bool)
        return _flags(events["emergent"] & high & (events["scale"] == scale))
    member = _MEMBERS["fatal" if row == DEATHS else row](events)
    return _flags(events["emergent"] & member)


def list_unrecognised_relations(events: pd.DataFrame) -> dict[str, int]:
    """Words for the relation to treatment that are in neither list of the definition, with the number of events."""
    counts = events.loc[events["relatedness"] == NOT_RECOGNISED, "relation"].value_counts()
    return {str(word): int(counts[word]) for word in sorted(counts.index)}


def _label_of(row: str, scale: str) -> str:
    return "Severe event" if row == GRADE_3 and scale == SEVERITY_SCALE else LABELS[row]


def _flags(series: pd.Series) -> Flags:
    flags: Flags = series.to_numpy(dtype=bool)
    return flags
