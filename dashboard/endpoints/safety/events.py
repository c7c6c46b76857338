"""The adverse events of a snapshot with everything that no filter changes."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.arrays import compute_codes, read_days
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.emergence import derive_emergence
from dashboard.endpoints.safety.grading import derive_levels
from dashboard.endpoints.safety.occurrence import derive_occurrence
from dashboard.endpoints.safety.wording import (
    RELATED,
    derive_dose_action,
    derive_is_fatal,
    derive_relatedness,
    derive_special_interest,
    has_interest,
)
from dashboard.endpoints.time import derive_dose_clock
from dashboard.study.columns import ADVERSE_EVENT_COLUMNS, COHORT, DOSE_NUMBER, PARTICIPANT

# What is added to ADVERSE_EVENT_COLUMNS.
#   level, scale            grade from 1 to 5, and the scale it is on (see `derive_levels`)
#   latest_start, partial, emergent, basis     see `derive_emergence`
#   days_since_dose, dose_number               the latest dose on or before the start; missing unless the start is exact and dosed
#   relatedness, related    what the delivery says; related only where it is one of the related words
#   dose_action             discontinued, delayed, other, or "" where not recorded
#   fatal                   outcome in the fatal words, or grade 5
#   special_interest        keys of the definition, joined by commas
#   first_…, worst_…        see `derive_occurrence`
EVENT_COLUMNS: dict[str, str] = {
    **ADVERSE_EVENT_COLUMNS, COHORT: "str", "participant_index": "int64", "level": "Int64", "scale": "str", "fatal": "bool",
    "latest_start": "Int64", "partial": "bool", "emergent": "bool", "basis": "str", "days_since_dose": "Int64", DOSE_NUMBER: "Int64",
    "relatedness": "str", "related": "bool", "dose_action": "str", "special_interest": "str",
    "first_any": "bool", "first_in_system": "bool", "first_in_term": "bool",
    "worst_any": "bool", "worst_in_system": "bool", "worst_in_term": "bool",
}  # fmt: skip


def derive_events(analysis: Analysis, adverse_events: pd.DataFrame) -> pd.DataFrame:
    """EVENT_COLUMNS of the `adverse_event` records of the analysis' snapshot; same rows in the same order.

    KeyError for an event of a participant nobody declared.
    """
    people, safety = analysis.participants, analysis.protocol.safety
    person = compute_codes(adverse_events[PARTICIPANT], people[PARTICIPANT].tolist(), "participants of adverse events")
    fatal = derive_is_fatal(adverse_events["outcome"], adverse_events["grade"], safety)
    events = adverse_events.assign(participant_index=person, fatal=fatal, **derive_levels(adverse_events, safety))
    relatedness = derive_relatedness(events["relation"], safety)
    day, known = read_days(events["start_day"])
    exact = known & (events["start_precision"] == "day").to_numpy(dtype=bool)
    events = events.assign(
        cohort=people[COHORT].to_numpy()[person],
        **derive_emergence(events, person, analysis),
        **derive_dose_clock(person, day, exact, analysis.doses),
        relatedness=relatedness,
        related=relatedness == RELATED,
        dose_action=derive_dose_action(events["action"], safety),
        special_interest=derive_special_interest(events["term"], events["body_system"], safety),
    )
    return events.assign(**derive_occurrence(events))[list(EVENT_COLUMNS)].astype(EVENT_COLUMNS)


def select_events(
    events: pd.DataFrame,
    *,
    related: bool = False,
    serious: bool = False,
    min_grade: int | None = None,
    scale: str | None = None,
    special_interest: str | None = None,
) -> pd.DataFrame:
    """The emergent events of EVENT_COLUMNS that meet every filter; `special_interest` is a key of the definition.

    ValueError for `min_grade` without `scale` when the events have grades on several scales: their grades are not comparable.
    """
    kept = events["emergent"].copy()
    if related:
        kept &= events["related"]
    if serious:
        kept &= events["serious"] == "Y"
    if scale is not None:
        kept &= events["scale"] == scale
    if special_interest is not None:
        kept &= has_interest(events["special_interest"], special_interest)
    if min_grade is not None:
        scales = sorted(events.loc[kept & events["level"].notna(), "scale"].unique())
        if len(scales) > 1:
            raise ValueError(f"a lowest grade needs a scale: the events are graded on {', '.join(scales)}")
        kept &= (events["level"] >= min_grade).fillna(False).astype(bool)
    return events[kept]
