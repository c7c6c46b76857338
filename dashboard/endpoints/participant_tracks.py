"""Everything recorded about participants, one row each, on the study's clock; and the cohort a participant is one of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.exploratory.immunogenicity import ADA_TESTS
from dashboard.endpoints.exploratory.titres import read_antibody_results
from dashboard.endpoints.participant_words import (
    describe_count,
    describe_dose,
    describe_event,
    describe_medication,
    describe_visit,
    each_row,
    plain_unit,
)
from dashboard.endpoints.quality.calendar import ANY, derive_calendar
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.events import derive_events
from dashboard.endpoints.safety.exposure import GIVEN, MISSED, OUTSIDE, derive_exposure
from dashboard.endpoints.safety.rates import derive_at_risk
from dashboard.endpoints.summaries import summarise_by_visit
from dashboard.study.columns import COHORT, DATED_DAY, PARTICIPANT

DOSE, DOSE_MISSED, COUNT = "dose", "dose not given", "count"
VISIT, VISIT_MISSED, VISIT_EMPTY = "visit", "visit missed", "visit without counts"
EVENT, MEDICATION, ANTIBODY, CONCENTRATION = "adverse event", "medication", "antibody", "concentration"
VITAL_SIGN, FINDING, MILESTONE, DATA_CUT = "vital sign", "finding", "milestone", "data cut"
KINDS = (
    MILESTONE, VISIT, VISIT_MISSED, VISIT_EMPTY, DOSE, DOSE_MISSED, COUNT, CONCENTRATION, ANTIBODY, FINDING, VITAL_SIGN, EVENT,
    MEDICATION, DATA_CUT,
)  # fmt: skip
POSITIVE, NEGATIVE = "positive", "negative"
STEROIDS = (
    "PREDNISO", "METHYLPREDNISOLONE", "DEXAMETHASONE", "HYDROCORTISONE", "BETAMETHASONE", "TRIAMCINOLONE", "BUDESONIDE", "CORTISONE",
    "DEFLAZACORT", "CORTICOSTEROID", "GLUCOCORTICOID",
)  # fmt: skip
# day, end_day  of the record, or of the planned visit or dose that did not take place; a partial start is its first possible day, a
#               partial end its last; missing for what has no day
# partial       a date is known in part only; ongoing: no end at the data cut
# what, value, unit, words   what it is; a number where there is one (the grade of an event, on the scale that unit names); the rest
# mark          positive or negative for antibodies, steroid for medications, unscheduled for visits, else ""
# source_file, source_row    "" and missing for what the product derives itself
ENTRY_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", COHORT: "str", "kind": "str", "day": "Int64", "end_day": "Int64", "partial": "bool", "ongoing": "bool",
    "what": "str", "value": "float64", "unit": "str", "words": "str", "mark": "str", "related": "bool", "serious": "bool",
    "source_file": "str", "source_row": "Int64",
}  # fmt: skip
RECORDS = ("adverse_event", "medication", "finding", "attendance", "milestone", "dose_adjustment")
_BLANK = {"end_day": pd.NA, "partial": False, "ongoing": False, "value": np.nan, "unit": "", "words": "", "mark": "", "related": False}
_ABSENT = {**_BLANK, "serious": False, "source_file": "", "source_row": pd.NA}
Entry = dict[str, Any]


def derive_entries(analysis: Analysis, records: Mapping[str, pd.DataFrame], selected: Flags) -> pd.DataFrame:
    """ENTRY_COLUMNS of the `selected` participants (rows of `Analysis.participants`): one row per record, and one for
    every planned visit or dose that was missed, every attended one without counts, and the data cut.

    `records` holds the tables RECORDS of the snapshot. Doses and what was planned as in `derive_exposure`, missed visits as in
    `derive_calendar` over all analytes (attended: a visit recorded in its window), events as in `derive_events`. Sorted by participant,
    day (missing last), KINDS, source.
    """
    people = analysis.participants[selected]
    own = {name: records[name][records[name][PARTICIPANT].isin(people[PARTICIPANT])] for name in RECORDS}
    rows = [
        *_read_doses(analysis, selected, own["dose_adjustment"]),
        *_read_counts(analysis, selected),
        *_read_events(derive_events(analysis, own["adverse_event"])),
        *_read_medications(own["medication"]),
        *_read_findings(own["finding"]),
        *_read_visits(analysis, selected, own["attendance"]),
        *_read_milestones(own["milestone"]),
        *_read_cuts(people),
    ]
    frame = pd.DataFrame([_ABSENT | row for row in rows], columns=list(ENTRY_COLUMNS))
    cohorts = dict(zip(people[PARTICIPANT], people[COHORT], strict=True))
    frame = frame.assign(**{COHORT: frame[PARTICIPANT].map(cohorts)}).astype(ENTRY_COLUMNS)
    place = {name: row for row, name in enumerate(people[PARTICIPANT])}
    keys = {"_person": frame[PARTICIPANT].map(place), "_kind": frame["kind"].map({kind: at for at, kind in enumerate(KINDS)})}
    order = frame.assign(**keys).sort_values(["_person", "day", "_kind", "source_file", "source_row"], kind="stable")
    return order[list(ENTRY_COLUMNS)].reset_index(drop=True)


def summarise_cohort_course(analysis: Analysis, cohort: str, analyte: str) -> pd.DataFrame:
    """visit, target (day), n, median, q1 and q3 (cells/µL) of everyone of `cohort` by planned visit; visits without a value are absent.

    The analysed values of `summarise_by_visit`, whatever is selected.
    """
    visits = analysis.protocol.visits
    members = (analysis.participants[COHORT] == cohort).to_numpy()
    table = summarise_by_visit(analysis, members, analyte, "value", tuple(visit.key for visit in visits))
    own = table[(table[COHORT] == cohort) & (table["n"] > 0)]
    targets = {visit.key: visit.target for visit in visits}
    return own.assign(target=own["visit"].map(targets))[["visit", "target", "n", "median", "q1", "q3"]].reset_index(drop=True)


def find_neighbours(selected: Flags, row: int) -> tuple[int | None, int | None]:
    """The selected rows before and after `row`, which need not be selected itself; None at the ends."""
    rows = np.flatnonzero(selected)
    before, after = rows[rows < row], rows[rows > row]
    return (int(before[-1]) if len(before) else None), (int(after[0]) if len(after) else None)


def _read_doses(analysis: Analysis, selected: Flags, adjustments: pd.DataFrame) -> Iterator[Entry]:
    exposure = derive_exposure(analysis, derive_at_risk(analysis, selected), adjustments)
    unit = plain_unit(analysis.protocol.exposure.unit)
    for dose in each_row(exposure[exposure["state"].isin((GIVEN, MISSED, OUTSIDE))]):
        missed = dose.state == MISSED
        number = dose.planned_dose if missed or pd.isna(dose.dose_number) else dose.dose_number
        yield {
            "participant": dose.participant, "kind": DOSE_MISSED if missed else DOSE, "day": dose.planned_day if missed else dose.day,
            "what": f"dose {number}", "value": dose.amount, "unit": unit if missed else plain_unit(dose.amount_unit),
            "words": describe_dose(dose, unit), "source_file": dose.source_file, "source_row": dose.source_row,
        }  # fmt: skip


def _read_counts(analysis: Analysis, selected: Flags) -> Iterator[Entry]:
    counts = analysis.counts[selected[analysis.counts["participant_index"].to_numpy()]]
    labels = {visit.key: visit.label for visit in analysis.protocol.visits}
    shorts = {part.key: part.short for part in analysis.protocol.analytes}
    for count in each_row(counts):
        yield {
            "participant": count.participant, "kind": COUNT, "day": count.day, "what": shorts[str(count.analyte)], "value": count.value,
            "unit": "cells/µL", "words": describe_count(count, labels), "source_file": count.source_file, "source_row": count.source_row,
        }  # fmt: skip


def _read_events(events: pd.DataFrame) -> Iterator[Entry]:
    for event in each_row(events):
        yield {
            **_span(event), "kind": EVENT, "what": event.term, "value": np.nan if pd.isna(event.level) else float(str(event.level)),
            "unit": "" if pd.isna(event.level) else event.scale, "words": describe_event(event), "related": event.related,
            "serious": event.serious == "Y",
        }  # fmt: skip


def _read_medications(medications: pd.DataFrame) -> Iterator[Entry]:
    for taken in each_row(medications):
        names = f"{taken.name} {taken.drug_class}".upper()
        mark = "steroid" if any(word in names for word in STEROIDS) else ""
        yield {**_span(taken), "kind": MEDICATION, "what": taken.name, "words": describe_medication(taken), "mark": mark}


def _span(record: Any) -> Entry:
    start, end = (getattr(record, f"{side}_precision") for side in ("start", "end"))
    names = ("participant", "end_day", "ongoing", "source_file", "source_row")
    # An end that is not recorded is no partial date: the record is then ongoing, or its end unknown.
    partial = start != "day" or end in ("month", "year")
    return {"day": record.start_day, "partial": partial, **{name: getattr(record, name) for name in names}}


def _read_findings(findings: pd.DataFrame) -> Iterator[Entry]:
    results = read_antibody_results(findings)
    for place, found in enumerate(each_row(findings)):
        kind = _kind_of(str(found.domain), str(found.test), str(found.category))
        worded = NEGATIVE if results.clear[place] and not results.positive[place] else POSITIVE if results.positive[place] else ""
        text = found.value_text if pd.isna(found.value) or found.below_loq else ""
        below = "below the limit, half of it stands for it" if found.below_loq else ""
        about = [text, found.timepoint, below, "unscheduled" if found.marked_unscheduled else ""]
        yield {
            "participant": found.participant, "kind": kind, "day": found.day, "what": _name_finding(found), "value": found.value,
            "unit": found.unit_text, "words": "; ".join(str(part) for part in about if part), "mark": worded if kind == ANTIBODY else "",
            "source_file": found.source_file, "source_row": found.source_row,
        }  # fmt: skip


def _name_finding(found: Any) -> str:
    label, about = found.label or found.test, found.object
    return f"{label} ({about})" if about else str(label)


def _kind_of(domain: str, test: str, category: str) -> str:
    if domain == "IS" or test.upper() in ADA_TESTS or "ANTIBODY" in category.upper():
        return ANTIBODY
    return {"PC": CONCENTRATION, "VS": VITAL_SIGN}.get(domain, FINDING)


def _read_visits(analysis: Analysis, selected: Flags, attendance: pd.DataFrame) -> Iterator[Entry]:
    labels = {visit.key: visit.label for visit in analysis.protocol.visits}
    people = analysis.participants[PARTICIPANT][selected]
    calendar = derive_calendar(analysis, ANY)
    seen = attendance[(attendance["occurred"] == "Y") & attendance["start_day"].notna()]
    days = {name: rows.to_numpy(dtype=np.int64) for name, rows in seen.groupby(PARTICIPANT)["start_day"]}
    for cell in each_row(calendar[(calendar["state"] == "missed") & calendar[PARTICIPANT].isin(people)]):
        came = days.get(cell.participant, np.empty(0))
        low = -np.inf if pd.isna(cell.low) else cell.low
        is_empty = bool(((came >= low) & (came <= cell.high)).any())
        words = "attended in the visit's window, no count recorded" if is_empty else "due and under observation, nothing recorded"
        kind, what = VISIT_EMPTY if is_empty else VISIT_MISSED, labels[str(cell.visit)]
        yield {"participant": cell.participant, "kind": kind, "day": cell.target_day, "what": what, "words": words}
    for visit in each_row(attendance):
        yield {
            "participant": visit.participant, "kind": VISIT, "day": visit.start_day, "end_day": visit.end_day, "what": visit.visit_label,
            "words": describe_visit(visit), "mark": "unscheduled" if visit.marked_unscheduled else "", "source_file": visit.source_file,
            "source_row": visit.source_row,
        }  # fmt: skip


def _read_milestones(milestones: pd.DataFrame) -> Iterator[Entry]:
    for reached in each_row(milestones):
        yield {
            "participant": reached.participant, "kind": MILESTONE, "day": reached.day, "partial": reached.precision in ("month", "year"),
            "what": reached.term, "words": str(reached.category).lower(), "source_file": reached.source_file,
            "source_row": reached.source_row,
        }  # fmt: skip


def _read_cuts(people: pd.DataFrame) -> Iterator[Entry]:
    for person in each_row(people[people["cut_day"].notna()]):
        yield {"participant": person.participant, "kind": DATA_CUT, "day": person.cut_day, "what": describe_end(person)}


def describe_end(person: Any) -> str:
    """What ends the records of a participant of `Analysis.participants` on its cut_day: the data cut, or the lock of a locked view."""
    dated = getattr(person, DATED_DAY, person.cut_day)
    return "end of the locked records" if pd.isna(dated) or dated > person.cut_day else "data cut"
