"""The domains that say who took part, what was given and how it ended: DM, EX, SUPPEX, DS, SV, VS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from dashboard.simulate.domains import Trial, as_text, shape_domain
from dashboard.simulate.dosing import compute_amounts, compute_dose_levels, find_reason
from dashboard.simulate.visits import COMPLETED, DIED, list_samples

Row = dict[str, Any]
SCREEN_FAILURES = 2
NOT_TREATED = "NOTTRT"
_INJECTION_SITES = ("DELTOID MUSCLE", "VASTUS LATERALIS MUSCLE", "GLUTEUS MAXIMUS MUSCLE")
_DM_REFERENCES = ("RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFICDTC", "DTHDTC", "DTHFL")
_DM_PERSON = ("SITEID", "AGE", "AGEU", "SEX", "ARMCD", "ARM", "ACTARMCD", "ACTARM")
_DM_COLUMNS = ("STUDYID", "DOMAIN", "USUBJID", "SUBJID", *_DM_REFERENCES, *_DM_PERSON)
_EX_RESULT = ("EXTRT", "EXDOSE", "EXDOSU", "EXDOSFRM", "EXROUTE", "EXLOC", "EXADJ")
_EX_COLUMNS = (*_EX_RESULT, "VISITNUM", "VISIT", "EXSTDTC", "EXENDTC", "EXSTDY", "EXENDY")
_DS_COLUMNS = ("DSTERM", "DSDECOD", "DSCAT", "DSSCAT", "DSSTDTC", "DSSTDY")
_VS_COLUMNS = ("VSTESTCD", "VSTEST", "VSORRES", "VSORRESU", "VSSTRESC", "VSSTRESN", "VSSTRESU", "VISITNUM", "VISIT", "VSDTC", "VSDY")


def write_demographics(trial: Trial, last_days: pd.Series) -> pd.DataFrame:
    """DM: one row per enrolled participant, then the screen failures. `last_days`: last day with a record, by person."""
    rows = [_demographic_row(trial, person, int(last_days.get(person, 0))) for person in range(len(trial.people))]
    return as_text(pd.DataFrame(rows + list(_screen_failures(trial)), columns=list(_DM_COLUMNS)))


def write_exposure(trial: Trial) -> dict[str, pd.DataFrame]:
    """EX, one row per dose given, and SUPPEX with the planned dose level and the amount in mg of each.

    EXADJ says why a dose was late or less than planned.
    """
    given = [(person, number, day) for person in range(len(trial.people)) for number, day in trial.doses(person)]
    levels = compute_dose_levels(trial)
    rows = [_exposure_row(trial, *dose) | {"EXDOSE": f"{levels[dose[0], dose[1] - 1]:g}"} for dose in given]
    exposure = shape_domain("EX", trial, rows, _EX_COLUMNS)
    return {"EX": exposure, "SUPPEX": _supplement_exposure(trial, exposure, [(person, number) for person, number, _ in given])}


def write_disposition(trial: Trial, last_days: pd.Series) -> pd.DataFrame:
    """DS: consent, the end of the study (of who completed it, the last visit), and of those not given every dose the end of treatment."""
    rows = [row for person in range(len(trial.people)) for row in _disposition_rows(trial, person, int(last_days.get(person, 0)))]
    return shape_domain("DS", trial, rows, _DS_COLUMNS)


def write_visits(trial: Trial, samples: pd.DataFrame) -> pd.DataFrame:
    """SV: every visit that took place, with its date."""
    came = samples.drop_duplicates(["person", "number"])
    moments = list(zip(came["person"], came["day"], strict=True))
    dates, days = [trial.write_date(*m) for m in moments], [trial.write_study_day(*m) for m in moments]
    columns = {"VISITNUM": came["number"], "VISIT": came["visit"], "SVSTDTC": dates, "SVENDTC": dates, "SVSTDY": days, "SVENDY": days}
    return shape_domain("SV", trial, pd.DataFrame({"person": came["person"], **columns}), tuple(columns))


def write_vital_signs(trial: Trial, samples: pd.DataFrame) -> pd.DataFrame:
    """VS: height, weight, body mass index and the weight used for dosing at the first visit."""
    tests = (("HEIGHT", "Height", "height", "cm"), ("WEIGHT", "Weight", "weight", "kg"), ("BMI", "Body Mass Index", "bmi", "kg/m2"))
    rows: list[Row] = []
    for sample in list_samples(samples.drop_duplicates("person")):
        when = {"VSDTC": trial.write_date(sample.person, sample.day), "VSDY": trial.write_study_day(sample.person, sample.day)}
        for code, name, column, unit in tests:
            value = f"{trial.people[column].iat[sample.person]:g}"
            results = {"VSORRES": value, "VSORRESU": unit, "VSSTRESC": value, "VSSTRESN": value, "VSSTRESU": unit}
            visit = {"VISITNUM": sample.number, "VISIT": sample.visit}
            rows.append({"person": sample.person, "VSTESTCD": code, "VSTEST": name, **results, **visit, **when})
    return shape_domain("VS", trial, rows, _VS_COLUMNS)


def _demographic_row(trial: Trial, person: int, last_day: int) -> Row:
    of, doses = trial.people.iloc[person], trial.doses(person)
    cohort = trial.protocol.cohorts[of["cohort"]]
    died = trial.courses.end_reason[person] == DIED
    row = {**_identity(trial, of["usubjid"]), "AGE": of["age"], "AGEU": "YEARS", "SEX": of["sex"]}
    row |= {"ARMCD": cohort.codes[0], "ARM": cohort.label}
    row |= {"RFICDTC": trial.write_date(person, _first_day(trial)), "RFENDTC": trial.write_date(person, last_day) if doses else ""}
    row |= {"ACTARMCD": cohort.codes[0] if doses else NOT_TREATED, "ACTARM": cohort.label if doses else "Not Treated"}
    if doses:
        first, last = (trial.write_dose_time(person, doses[place][1]) for place in (0, -1))
        row |= {"RFSTDTC": first, "RFXSTDTC": first, "RFXENDTC": last}
    return row | ({"DTHDTC": trial.write_date(person, int(trial.courses.end_day[person])), "DTHFL": "Y"} if died else {})


def _first_day(trial: Trial) -> int:
    return trial.protocol.visits[0].target - 14


def _identity(trial: Trial, usubjid: str) -> Row:
    return {"STUDYID": trial.study_id, "DOMAIN": "DM", "USUBJID": usubjid, "SUBJID": usubjid.removeprefix("SYN-"), "SITEID": "001"}


def _screen_failures(trial: Trial) -> Iterator[Row]:
    codes = [refused.code for refused in trial.protocol.delivery.not_enrolled]
    for number in range(1, SCREEN_FAILURES + 1 if codes else 0):
        person = {"AGE": 30 + 11 * number, "AGEU": "YEARS", "SEX": "FM"[number % 2], "RFICDTC": trial.write_date(0, 10 * number)}
        arm = {"ARMCD": codes[0], "ARM": "Screen Failure", "ACTARMCD": codes[0], "ACTARM": "Screen Failure"}
        yield {**_identity(trial, f"SYN-SCR-{number:03d}"), **person, **arm}


def _exposure_row(trial: Trial, person: int, number: int, day: int) -> Row:
    planned_day = trial.protocol.exposure.planned[number - 1].day
    place, visit = next((place, visit) for place, visit in enumerate(trial.protocol.visits) if visit.target == planned_day)
    when, study_day = trial.write_dose_time(person, day), trial.write_study_day(person, day)
    what = {
        "EXTRT": trial.protocol.exposure.treatments[0],
        "EXDOSU": trial.protocol.exposure.unit.replace("µ", "u"),
        "EXADJ": find_reason(trial, person, number),
    }
    how = {"EXDOSFRM": "INJECTION, SOLUTION", "EXROUTE": "INTRAMUSCULAR", "EXLOC": _INJECTION_SITES[(person + number) % 3]}
    times = {"EXSTDTC": when, "EXENDTC": when, "EXSTDY": study_day, "EXENDY": study_day}
    label = visit.aliases[0] if visit.aliases else visit.label.upper()
    return {"person": person, "VISITNUM": str(place + 1), "VISIT": label, **what, **how, **times}


def _supplement_exposure(trial: Trial, exposure: pd.DataFrame, given: list[tuple[int, int]]) -> pd.DataFrame:
    amounts, levels = compute_amounts(trial).round(2), trial.people["dose"].to_numpy()
    key = exposure[["STUDYID", "USUBJID", "EXSEQ"]].rename(columns={"EXSEQ": "IDVARVAL"})
    key = key.assign(RDOMAIN="EX", IDVAR="EXSEQ", QORIG="ASSIGNED")
    planned = key.assign(QNAM="EXPLDOS", QLABEL="Planned Dose Level in ug/kg", QVAL=[f"{levels[person]:g}" for person, _ in given])
    amount = key.assign(
        QNAM="EXAMTMG", QLABEL="Amount Administered in mg", QVAL=[f"{amounts[person, number - 1]:g}" for person, number in given]
    )
    columns = ["STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG"]
    return as_text(pd.concat([planned, amount])[columns].sort_index(kind="stable").reset_index(drop=True))


def _disposition_rows(trial: Trial, person: int, last_day: int) -> Iterator[Row]:
    consent, reason = _first_day(trial), trial.courses.end_reason[person]
    yield _disposition_row(trial, person, consent, "INFORMED CONSENT OBTAINED", "PROTOCOL MILESTONE")
    end_day = last_day if reason == COMPLETED else int(trial.courses.end_day[person])
    planned = trial.protocol.exposure.planned
    if 0 < len(trial.doses(person)) < len(planned):
        # Who went on without a dose stopped because of an adverse event (story "missed-dose"), on the day planned for it.
        term = "ADVERSE EVENT" if reason == COMPLETED else reason
        stopped = min(planned[len(trial.doses(person))].day, end_day)
        yield _disposition_row(trial, person, stopped, term, "DISPOSITION EVENT", "STUDY TREATMENT")
    yield _disposition_row(trial, person, end_day, reason, "DISPOSITION EVENT", "STUDY PARTICIPATION")


def _disposition_row(trial: Trial, person: int, day: int, term: str, category: str, part: str = "") -> Row:
    when = {"DSSTDTC": trial.write_date(person, day), "DSSTDY": trial.write_study_day(person, day)}
    return {"person": person, "DSTERM": term, "DSDECOD": term, "DSCAT": category, "DSSCAT": part, **when}
