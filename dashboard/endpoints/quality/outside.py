"""Flags: a record dated before screening, or after the data cut."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.quality.plan import compute_label_visit
from dashboard.endpoints.quality.rows import Evidence, derive_count_rows, derive_found
from dashboard.endpoints.quality.words import OPEN, UNIT, describe_day, describe_number
from dashboard.endpoints.visits import NO_VISIT
from dashboard.study.columns import AMOUNT, AMOUNT_UNIT, CUT_DAY, DATED_DAY, DAY, PARTICIPANT, SOURCE_FILE, SOURCE_ROW, VISIT_LABEL

FIRST = 0
SOURCES = ("the recorded attendance of", "the earliest count labelled", "the first day of the window of")


def derive_before_screening(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every count drawn before the participant's screening; `expected` is the day of screening.

    Screening is the first visit of the plan. Its day is, in this order: the earliest recorded attendance whose label names it (unless
    recorded as not having taken place); the day of the earliest count whose label names it; the first day of its window. Where none
    of these is known (no such record, and a window without lower end) nothing is flagged. `value` is the count.
    """
    places = evidence.places
    day, source = _find_screening(evidence)
    rows = np.flatnonzero(places.placed & (places.day < day[places.person]))
    first = evidence.protocol.visits[FIRST].label
    known = [f"{SOURCES[source[person]]} {first} ({describe_day(int(day[person]))})" for person in places.person[rows]]
    sentences = [f"{_describe_count(evidence, row)} lies before {limit}." for row, limit in zip(rows.tolist(), known, strict=True)]
    return derive_count_rows(evidence, rows, sentences, day[places.person[rows]])


def derive_after_cut(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every count and dose later than the data cut; `expected` is the participant's day of the cut.

    The importer leaves such records out, so a row here means that the snapshot was not made by it.
    """
    places, doses = evidence.places, evidence.analysis.doses
    people = evidence.analysis.participants
    cut = people.get(DATED_DAY, people[CUT_DAY]).to_numpy(dtype=np.float64, na_value=np.nan)
    rows = np.flatnonzero(places.placed & (places.day > cut[places.person]))
    limits = [f"lies after the data cut ({describe_day(int(cut[person]))})" for person in places.person[rows]]
    sentences = [f"{_describe_count(evidence, row)} {limit}." for row, limit in zip(rows.tolist(), limits, strict=True)]
    of_counts = derive_count_rows(evidence, rows, sentences, cut[places.person[rows]])
    late = doses[doses[DAY].to_numpy() > cut[doses["participant_index"].to_numpy()]]
    return pd.concat([of_counts, _derive_dose_rows(evidence, late, cut)], ignore_index=True)


def _derive_dose_rows(evidence: Evidence, doses: pd.DataFrame, cut: Floats) -> pd.DataFrame:
    person, day = doses["participant_index"].to_numpy(), doses[DAY].to_numpy()
    amounts = [f"{describe_number(amount)} {unit}" for amount, unit in doses[[AMOUNT, AMOUNT_UNIT]].itertuples(index=False, name=None)]
    sentences = [
        f"The dose of {amount} on {describe_day(on)} lies after the data cut ({describe_day(int(limit))})."
        for amount, on, limit in zip(amounts, day.tolist(), cut[person], strict=True)
    ]
    source = doses[[SOURCE_FILE, SOURCE_ROW]]
    return derive_found(evidence, person, sentences, day=day, value=doses[AMOUNT].to_numpy(), expected=cut[person], source=source)


def _describe_count(evidence: Evidence, row: int) -> str:
    places = evidence.places
    return f"{evidence.short(places.analyte[row])} of {describe_number(places.value[row])} {UNIT} on {describe_day(places.day[row])}"


def _find_screening(evidence: Evidence) -> tuple[Floats, Ints]:
    """Day of screening of every participant (−∞ when unknown) and the position in SOURCES of where it comes from."""
    places, low = evidence.places, evidence.visit_days.low[:, FIRST]
    labelled = places.placed & (places.labelled == FIRST)
    attended = _find_attendance(evidence)
    counted = _compute_earliest(places.person[labelled], places.day[labelled], len(low))
    window = np.where((low <= OPEN // 2) | ~evidence.dosed, -np.inf, low)
    chosen = np.where(np.isfinite(attended), attended, np.where(np.isfinite(counted), counted, window))
    return chosen, np.where(np.isfinite(attended), 0, np.where(np.isfinite(counted), 1, 2))


def _find_attendance(evidence: Evidence) -> Floats:
    attendance, people = evidence.attendance, evidence.analysis.participants
    of_screening = compute_label_visit(attendance[VISIT_LABEL], evidence.protocol) == FIRST
    took_place: Flags = (attendance["occurred"] != "N").to_numpy(dtype=bool) & attendance["start_day"].notna().to_numpy(dtype=bool)
    kept = attendance[of_screening & took_place]
    person = pd.Index(people[PARTICIPANT]).get_indexer(pd.Index(kept[PARTICIPANT])).astype(np.int64)
    known = person != NO_VISIT
    return _compute_earliest(person[known], kept["start_day"].to_numpy(dtype=np.int64)[known], len(people))


def _compute_earliest(person: Ints, day: Ints, people: int) -> Floats:
    """Earliest day of each participant, +∞ for none."""
    earliest = np.full(people, np.inf)
    np.minimum.at(earliest, person, day)
    return earliest
