"""Medications beside the drug (CM): prophylaxis, what adverse events are treated with, and the prednisone of one story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.simulate.domains import Trial, shape_domain
from dashboard.simulate.told_events import INFECTIONS

Row = dict[str, Any]
_COLUMNS = ("CMTRT", "CMCLAS", "CMINDC", "CMDOSE", "CMDOSU", "CMDOSFRQ", "CMROUTE", "CMSTDTC", "CMENDTC", "CMSTDY", "CMENDY")
_PROPHYLAXIS_FROM, _PROPHYLAXIS_BELOW = -90, 200  # day; cells/µL of CD4
_STEROID_DAYS = (40, 53)


@dataclass(frozen=True)
class Medication:
    """A course of a medication; `days` is its length, shorter when the event ends before."""

    name: str
    drug_class: str
    dose: str
    unit: str
    frequency: str
    route: str
    days: int


STEROIDS, ANTIBIOTICS = "CORTICOSTEROIDS FOR SYSTEMIC USE", "ANTIBACTERIALS FOR SYSTEMIC USE"
PROPHYLAXIS = Medication("TRIMETHOPRIM-SULFAMETHOXAZOLE", ANTIBIOTICS, "960", "mg", "3 TIMES PER WEEK", "ORAL", 0)
PREDNISONE = Medication("PREDNISONE", STEROIDS, "20", "mg", "QD", "ORAL", 14)
# What an event is treated with (usual practice; doses are assumptions). A mild event other than an infection is not treated.
TREATMENTS: dict[str, tuple[Medication, ...]] = {
    "Herpes zoster": (Medication("VALACICLOVIR", "ANTIVIRALS FOR SYSTEMIC USE", "1000", "mg", "TID", "ORAL", 7),),
    "Oral candidiasis": (Medication("FLUCONAZOLE", "ANTIMYCOTICS FOR SYSTEMIC USE", "200", "mg", "QD", "ORAL", 14),),
    "Mycobacterium avium complex infection": (
        Medication("AZITHROMYCIN", ANTIBIOTICS, "500", "mg", "QD", "ORAL", 180),
        Medication("ETHAMBUTOL", "ANTIMYCOBACTERIALS", "15", "mg/kg", "QD", "ORAL", 180),
    ),
    "Meningitis cryptococcal": (
        Medication("AMPHOTERICIN B LIPOSOME", "ANTIMYCOTICS FOR SYSTEMIC USE", "4", "mg/kg", "QD", "INTRAVENOUS", 14),
    ),
    "Sinusitis": (Medication("AMOXICILLIN-CLAVULANATE", ANTIBIOTICS, "875", "mg", "BID", "ORAL", 7),),
    "Hypersensitivity": (
        Medication("HYDROCORTISONE", STEROIDS, "100", "mg", "ONCE", "INTRAVENOUS", 1),
        Medication("CETIRIZINE", "ANTIHISTAMINES FOR SYSTEMIC USE", "10", "mg", "QD", "ORAL", 3),
    ),
    "Immune reconstitution inflammatory syndrome": (Medication("PREDNISONE", STEROIDS, "40", "mg", "QD", "ORAL", 21),),
}


def write_medications(trial: Trial, events: list[Row]) -> pd.DataFrame:
    """CM, by person and start: prophylaxis of those with CD4 below 200 at enrolment, treatment of `events` (of `draw_events`).

    Prednisone of the story is recorded only: its effect on counts is not modelled.
    """
    rows = [*_list_prophylaxis(trial), *_list_told(trial), *_list_treatments(trial, events)]
    ordered = sorted(rows, key=lambda row: (row["person"], row["start"], row["CMTRT"]))
    return shape_domain("CM", trial, [{name: value for name, value in row.items() if name != "start"} for row in ordered], _COLUMNS)


def _list_prophylaxis(trial: Trial) -> Iterator[Row]:
    for person, (cd4, recorded) in enumerate(zip(trial.people["cd4"], trial.people["recorded"], strict=True)):
        if cd4 < _PROPHYLAXIS_BELOW:
            row = _write_course(trial, person, PROPHYLAXIS, "PROPHYLAXIS OF PNEUMOCYSTIS PNEUMONIA", _PROPHYLAXIS_FROM, None)
            yield row | ({"CMSTDTC": row["CMSTDTC"][:4], "CMSTDY": ""} if recorded == "year-only" else {})


def _list_told(trial: Trial) -> Iterator[Row]:
    for person, story in enumerate(trial.people["story"]):
        if story == "steroid":
            yield _write_course(trial, person, PREDNISONE, "ASTHMA", *_STEROID_DAYS)


def _list_treatments(trial: Trial, events: list[Row]) -> Iterator[Row]:
    for event in events:
        mild = event["AETOXGR"] in ("", "1") and event["AEBODSYS"] != INFECTIONS
        for medication in () if mild else TREATMENTS.get(event["AEDECOD"], ()):
            last = min(event["onset"] + medication.days - 1, event["end"])
            yield _write_course(trial, event["person"], medication, event["AETERM"], event["onset"], last)


def _write_course(trial: Trial, person: int, medication: Medication, indication: str, first: int, last: int | None) -> Row:
    """A course from day `first` to day `last`; one without `last`, or that outlasts the observation, has no end."""
    row = {"person": person, "start": first, "CMTRT": medication.name, "CMCLAS": medication.drug_class, "CMINDC": indication}
    row |= {"CMDOSE": medication.dose, "CMDOSU": medication.unit, "CMDOSFRQ": medication.frequency, "CMROUTE": medication.route}
    row |= {"CMSTDTC": trial.write_date(person, first), "CMSTDY": trial.write_study_day(person, first)}
    if last is None or last > trial.courses.end_day[person]:
        return row
    return row | {"CMENDTC": trial.write_date(person, last), "CMENDY": trial.write_study_day(person, last)}
