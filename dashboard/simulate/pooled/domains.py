"""The domains that say who took part, what was given and how it ended: DM, SUPPDM, EX, DS."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from dashboard.simulate.domains import as_text
from dashboard.simulate.pooled import targets
from dashboard.simulate.pooled.pool import INFUSION_TIME, Pool, Row, shape_pooled, write_study_days

_DM_COLUMNS = (
    "STUDYID", "DOMAIN", "USUBJID", "SUBJID", "RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFICDTC", "DTHDTC", "DTHFL",
    "SITEID", "AGE", "AGEU", "SEX", "ARMCD", "ARM", "ACTARMCD", "ACTARM",
)  # fmt: skip
_EX_COLUMNS = ("EXTRT", "EXDOSE", "EXDOSU", "EXDOSFRM", "EXROUTE", "EXSTDTC", "EXENDTC", "EXSTDY", "EXENDY")
_DS_COLUMNS = ("DSTERM", "DSDECOD", "DSCAT", "DSSCAT", "DSSTDTC", "DSSTDY")
# Consent comes before the cells are made.
_CONSENT = -35
# Name and label of the qualifiers of DM, and the column of `people` they are written from.
_QUALIFIERS = (
    ("DISEASE", "Disease", "disease"),
    ("PRIORTX", "Transplant Before NS7CAR-T", "prior"),
    ("PRTXREL", "Days from Earlier Transplant to Relapse", "relapse_after"),
    ("INVOLVE", "Disease Involvement", "involvement"),
    ("BMBLAST", "Blasts in Bone Marrow in Percent", "blasts"),
    ("DOSELVL", "Dose Level in Cells per kg", "dose_level"),
)


def write_demographics(pool: Pool) -> dict[str, pd.DataFrame]:
    """DM, one row per participant, and SUPPDM with what SDTM has no column for; a qualifier that is not known has no row."""
    order = np.argsort(pool.calendar["usubjid"].to_numpy().astype(str), kind="stable")
    rows = pd.DataFrame([_demographic_row(pool, int(person)) for person in order], columns=list(_DM_COLUMNS))
    return {"DM": as_text(rows), "SUPPDM": _write_qualifiers(pool, order)}


def write_infusions(pool: Pool) -> pd.DataFrame:
    """EX: the one infusion of everyone, in millions of cells per kg."""
    rows = [
        {"person": person, "EXTRT": "NS7CAR-T", "EXDOSE": f"{dose:g}", "EXDOSU": "10^6 cells/kg", "EXDOSFRM": "SUSPENSION"}
        | {"EXROUTE": "INTRAVENOUS", "EXSTDTC": when, "EXENDTC": when, "EXSTDY": "1", "EXENDY": "1"}
        for person, dose in enumerate(pool.people["dose"])
        for when in [pool.write_date(person, 0) + INFUSION_TIME]
    ]
    return shape_pooled("EX", pool, rows, _EX_COLUMNS)


def write_disposition(pool: Pool) -> pd.DataFrame:
    """DS: consent, transplant, relapse or progression, death, and the last contact of who is alive."""
    rows = [row for person in range(pool.size) for row in _disposition_rows(pool, person)]
    return shape_pooled("DS", pool, rows, _DS_COLUMNS)


def _demographic_row(pool: Pool, person: int) -> Row:
    of, course, calendar = pool.people.iloc[person], pool.courses.iloc[person], pool.calendar.iloc[person]
    trial, infused = calendar["trial"], pool.write_date(person, 0) + INFUSION_TIME
    row = {"STUDYID": f"SYNTHETIC-{trial}", "DOMAIN": "DM", "USUBJID": calendar["usubjid"], "SUBJID": calendar["usubjid"][-3:]}
    row |= {"SITEID": "001", "AGE": of["age"], "AGEU": "YEARS", "SEX": of["sex"], "RFICDTC": pool.write_date(person, _CONSENT)}
    row |= {"RFSTDTC": infused, "RFXSTDTC": infused, "RFXENDTC": infused, "RFENDTC": pool.write_date(person, course["last"])}
    row |= {"ARMCD": "NS7CAR", "ARM": "NS7CAR-T", "ACTARMCD": "NS7CAR", "ACTARM": "NS7CAR-T"}
    return row | ({"DTHDTC": pool.write_date(person, course["last"]), "DTHFL": "Y"} if course["died"] else {})


def _write_qualifiers(pool: Pool, order: np.ndarray) -> pd.DataFrame:
    parts = []
    for name, label, column in _QUALIFIERS:
        values = pool.people[column].iloc[order]
        texts = values.map("{:g}".format) if values.dtype.kind == "f" else values
        calendar = pool.calendar.iloc[order]
        part = pd.DataFrame({"STUDYID": "SYNTHETIC-" + calendar["trial"], "RDOMAIN": "DM", "USUBJID": calendar["usubjid"]})
        part = part.assign(IDVAR="", IDVARVAL="", QNAM=name, QLABEL=label, QVAL=texts, QORIG="CRF")
        parts.append(part[values.notna() & (texts != "")])
    return as_text(pd.concat(parts).sort_index(kind="stable").sort_values("USUBJID", kind="stable").reset_index(drop=True))


def _disposition_rows(pool: Pool, person: int) -> Iterator[Row]:
    course, lost = pool.courses.iloc[person], bool(pool.calendar["lost"].iat[person])
    event, milestone, end = "OTHER EVENT", "PROTOCOL MILESTONE", "DISPOSITION EVENT"
    told = [(_CONSENT, "INFORMED CONSENT OBTAINED", milestone, "")]
    if not np.isnan(course["transplant"]):
        told.append((course["transplant"], "STEM CELL TRANSPLANT", event, ""))
    if course["kind"]:
        told.append((course["failure"], course["kind"], event, ""))
    if course["died"]:
        told.append((course["last"], "DEATH", end, "STUDY PARTICIPATION"))
    else:
        told.append((course["last"], "LAST CONTACT", event, ""))
    if lost:
        told.append((course["last"], "LOST TO FOLLOW-UP", end, "STUDY PARTICIPATION"))
    for day, term, category, part in sorted(told, key=lambda one: one[0]):
        when = {"DSSTDTC": pool.write_date(person, day), "DSSTDY": write_study_days(np.array([day], dtype=np.int64))[0]}
        yield {"person": person, "DSTERM": term, "DSDECOD": term, "DSCAT": category, "DSSCAT": part} | when


def check_calendar(pool: Pool) -> None:
    """ValueError when somebody has a day after the data cut."""
    latest = (targets.CUT - targets.FIRST_INFUSION).days
    if (pool.calendar["start"] + pool.courses["last"] > latest).any():
        raise ValueError(f"somebody was last seen after the data cut {targets.CUT}")
