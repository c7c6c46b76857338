"""Adverse events told in advance: why doses were late, less or left out, and events known in part only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboard.simulate.domains import Trial

Row = dict[str, Any]
# Characters of an ISO 8601 date that remain when a date is known to the day, the month, the year or not at all.
KNOWN_TO = {"day": 10, "month": 7, "year": 4, "nothing": 0}
SITE, SKIN = "General disorders and administration site conditions", "Skin and subcutaneous tissue disorders"
NERVES, TESTS, JOINTS = "Nervous system disorders", "Investigations", "Musculoskeletal and connective tissue disorders"
IMMUNE, INFECTIONS, ENDOCRINE = "Immune system disorders", "Infections and infestations", "Endocrine disorders"
GUT, MIND = "Gastrointestinal disorders", "Psychiatric disorders"
LIVER, REACTION = "Alanine aminotransferase increased", "Injection site reaction"


@dataclass(frozen=True)
class Told:
    """An event of the participant with this story, or of whom this is recorded.

    It begins `onset` days after dose `dose` (number of those given) and lasts `lasts` days. `start` and `end` are keys of KNOWN_TO.
    """

    key: str
    term: str
    organ_class: str
    dose: int
    onset: int
    lasts: int
    grade: str = "1"
    relation: str = "UNLIKELY"
    action: str = "DOSE NOT CHANGED"
    serious: str = "N"
    start: str = "day"
    end: str = "day"


TOLD = (
    Told("delayed-dose", "Herpes zoster", INFECTIONS, 1, 78, 20, "2", "UNLIKELY", "DOSE DELAYED"),
    Told("missed-dose", LIVER, TESTS, 2, 18, 30, "3", "PROBABLE", "DRUG WITHDRAWN"),
    Told("interrupted-dose", "Hypersensitivity", IMMUNE, 2, 0, 2, "3", "DEFINITE", "DRUG INTERRUPTED", serious="Y"),
    Told("reduced-dose", LIVER, TESTS, 2, 20, 50, "2", "PROBABLE", "DOSE REDUCED"),
    Told("severe-reaction", REACTION, SITE, 1, 1, 6, "3", "DEFINITE"),
    Told("around-first-dose", "Sinusitis", INFECTIONS, 1, 6, 10, start="month"),
    Told("year-only", "Arthralgia", JOINTS, 1, 120, 60, relation="POSSIBLE", start="year", end="month"),
    Told("month-only", "Insomnia", MIND, 2, 12, 25, start="month"),
    Told("no-start", "Nausea", GUT, 1, 45, 3, relation="POSSIBLE", start="nothing"),
    Told("ungraded", "Toothache", GUT, 2, 40, 6, "", "", ""),
    Told("before-dose", "Headache", NERVES, 1, -12, 3, relation="UNRELATED"),
    Told("before-dose", "Headache", NERVES, 1, 9, 4, "2", "POSSIBLE"),
)


def list_told_events(trial: Trial, person: int) -> Iterator[Row]:
    """The events told of a dosed person, and the one that a death is recorded with."""
    doses, keys = trial.doses(person), (trial.people["story"].iat[person], trial.people["recorded"].iat[person])
    for told in TOLD:
        if told.key in keys and told.dose <= len(doses):
            yield _write_told(trial, person, told, doses[told.dose - 1][1] + told.onset)
    if "died" in keys:
        end = int(trial.courses.end_day[person])
        row = write_event(trial, person, "Meningitis cryptococcal", INFECTIONS, end - 9, end)
        death = {"AESER": "Y", "AESDTH": "Y", "AEREL": "UNLIKELY", "AETOXGR": "5", "AEACN": "NOT APPLICABLE", "AEOUT": "FATAL"}
        yield row | death


def write_event(trial: Trial, person: int, term: str, organ_class: str, onset: int, end: int) -> Row:
    """An event with its times, and `onset` and `end` as days; one that outlasts the observation has no end."""
    row: Row = {"person": person, "onset": onset, "end": end, "AETERM": term.upper(), "AEDECOD": term, "AEBODSYS": organ_class}
    row |= {"AESTDTC": trial.write_date(person, onset), "AESTDY": trial.write_study_day(person, onset)}
    if end > trial.courses.end_day[person]:
        return row | {"AEOUT": "NOT RECOVERED/NOT RESOLVED"}
    times = {"AEENDTC": trial.write_date(person, end), "AEENDY": trial.write_study_day(person, end)}
    return row | times | {"AEOUT": "RECOVERED/RESOLVED"}


def _write_told(trial: Trial, person: int, told: Told, onset: int) -> Row:
    row = write_event(trial, person, told.term, told.organ_class, onset, onset + told.lasts)
    row |= {"AESER": told.serious, "AEREL": told.relation, "AETOXGR": told.grade, "AEACN": told.action}
    return row | _shorten(row, "ST", told.start) | _shorten(row, "EN", told.end)


def _shorten(row: Row, side: str, known_to: str) -> Row:
    """The date and study day of one side of an event, as far as they are known: a date known in part has no study day."""
    date, day = f"AE{side}DTC", f"AE{side}DY"
    if known_to == "day" or date not in row:
        return {}
    return {date: row[date][: KNOWN_TO[known_to]], day: ""}
