"""Cytokine release and neurotoxicity (AE, SUPPAE), and what was given for them (CM).

The abstract gives the numbers by grade alone; onset, duration, treatment and who had which grade are assumptions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from dashboard.simulate.domains import as_text
from dashboard.simulate.pooled import targets
from dashboard.simulate.pooled.drawing import draw_members
from dashboard.simulate.pooled.pool import Pool, Row, shape_pooled, write_study_days

CRS, ICANS = "Cytokine release syndrome", "Immune effector cell-associated neurotoxicity syndrome"
SCALE = "ASTCT 2019"
_CLASSES = {CRS: "Immune system disorders", ICANS: "Nervous system disorders"}
_AE_COLUMNS = ("AETERM", "AEDECOD", "AEBODSYS", "AESER", "AEACN", "AEREL", "AEOUT", "AETOXGR", "AESTDTC", "AEENDTC", "AESTDY", "AEENDY")
_CM_COLUMNS = ("CMTRT", "CMCLAS", "CMINDC", "CMDOSE", "CMDOSU", "CMDOSFRQ", "CMROUTE", "CMSTDTC", "CMENDTC", "CMSTDY", "CMENDY")
# Days from infusion to onset: median and spread of the logarithm, earliest and latest. Median days it lasts, by grade.
_CRS_ONSET, _ICANS_ONSET = (4.0, 0.5, 1, 12), (8.0, 0.3, 4, 16)
_CRS_DAYS, _ICANS_DAYS = {"1": 4, "2": 6, "3": 8, "4": 10}, {"1": 2, "2": 3, "3": 5, "4": 8}
# Chance of a treatment by grade.
_TOCILIZUMAB = {"1": 0.05, "2": 0.55, "3": 1.0, "4": 1.0}
_STEROIDS = {"1": 0.02, "2": 0.2, "3": 0.85, "4": 1.0}
_TOCILIZUMAB_IS = {"CMTRT": "TOCILIZUMAB", "CMCLAS": "INTERLEUKIN INHIBITORS", "CMDOSE": "8", "CMDOSU": "mg/kg", "CMDOSFRQ": "ONCE"}
_STEROIDS_ARE = {"CMTRT": "DEXAMETHASONE", "CMCLAS": "CORTICOSTEROIDS FOR SYSTEMIC USE", "CMDOSE": "10", "CMDOSU": "mg", "CMDOSFRQ": "BID"}


def draw_syndromes(pool: Pool, stream: np.random.Generator) -> pd.DataFrame:
    """One row per event: person, term, grade, onset and end (days since the infusion), by person and onset.

    Higher grades tend to those with many blasts; neurotoxicity to those with a cytokine release of grade 2 or more.
    """
    burden = np.where(pool.people["blasts"].to_numpy() >= 20, 2.0, 1.0)
    crs = _draw_grades(targets.CRS_GRADES, np.ones(pool.size), burden, stream)
    worse = np.isin(crs, ("3", "4"))
    icans = _draw_grades(targets.ICANS_GRADES, np.where(worse, 6.0, np.where(crs == "2", 1.0, 0.0)), burden, stream)
    parts = [_draw_days(CRS, crs, _CRS_ONSET, _CRS_DAYS, stream), _draw_days(ICANS, icans, _ICANS_ONSET, _ICANS_DAYS, stream)]
    return pd.concat(parts).sort_values(["person", "onset"], kind="stable").reset_index(drop=True)


def write_events(pool: Pool, events: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """AE, and SUPPAE with the grading scale of each event."""
    adverse = shape_pooled("AE", pool, [_event_row(pool, event) for event in _events(events)], _AE_COLUMNS)
    scale = adverse[["STUDYID", "USUBJID", "AESEQ"]].rename(columns={"AESEQ": "IDVARVAL"})
    scale = scale.assign(RDOMAIN="AE", IDVAR="AESEQ", QNAM="AETOXSCL", QLABEL="Toxicity Scale", QVAL=SCALE, QORIG="ASSIGNED")
    columns = ["STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG"]
    return {"AE": adverse, "SUPPAE": as_text(scale[columns])}


def write_treatments(pool: Pool, events: pd.DataFrame, stream: np.random.Generator) -> pd.DataFrame:
    """CM: tocilizumab for cytokine release (a second dose in grade 3 and more), dexamethasone for both syndromes."""
    rows = [row for event in _events(events) for row in _treatment_rows(pool, event, stream)]
    ordered = sorted(rows, key=lambda row: (row["person"], row["start"], row["CMTRT"]))
    return shape_pooled("CM", pool, [{name: value for name, value in row.items() if name != "start"} for row in ordered], _CM_COLUMNS)


def _draw_grades(numbers: Mapping[str, int], weights: np.ndarray, burden: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """A grade for exactly `numbers` of each, empty for the others; the highest are drawn first, by burden."""
    grades = np.full(len(weights), "", dtype=object)
    for grade in sorted(numbers, reverse=True):
        free = np.where(grades == "", weights, 0.0)
        grades[draw_members(free * burden ** (int(grade) - 1), numbers[grade], stream)] = grade
    return grades


def _draw_days(
    term: str, grades: np.ndarray, onset: tuple[float, float, int, int], lasts: Mapping[str, int], stream: np.random.Generator
) -> pd.DataFrame:
    person = np.flatnonzero(grades != "")
    median, spread, first, latest = onset
    severe = np.isin(grades[person], ("3", "4"))
    days = median * np.where(severe, 0.8, 1.0) * np.exp(spread * stream.standard_normal(len(person)))
    start = np.clip(np.round(days), first, latest).astype(np.int64)
    length = np.array([lasts[grade] for grade in grades[person]]) * np.exp(0.4 * stream.standard_normal(len(person)))
    end = start + np.clip(np.round(length), 1, 25).astype(np.int64) - 1
    return pd.DataFrame({"person": person, "term": term, "grade": grades[person], "onset": start, "end": end})


def _events(events: pd.DataFrame) -> Iterator[tuple[int, str, str, int, int]]:
    """person, term, grade, onset and end of each event."""
    yield from events.itertuples(index=False, name=None)


def _event_row(pool: Pool, event: tuple[int, str, str, int, int]) -> Row:
    person, term, grade, onset, end = event
    row = {"person": person, "AETERM": term.upper(), "AEDECOD": term, "AEBODSYS": _CLASSES[term], "AETOXGR": grade}
    row |= {"AESER": "Y" if grade in ("3", "4") else "N", "AEACN": "NOT APPLICABLE", "AEREL": "RELATED", "AEOUT": "RECOVERED/RESOLVED"}
    return row | _period(pool, "AE", person, onset, end)


def _treatment_rows(pool: Pool, event: tuple[int, str, str, int, int], stream: np.random.Generator) -> Iterator[Row]:
    person, term, grade, onset, end = event
    common = {"person": person, "CMINDC": term.upper(), "CMROUTE": "INTRAVENOUS"}
    if term == CRS and stream.uniform() < _TOCILIZUMAB[grade]:
        for day in (onset + 1, *((onset + 2,) if grade in ("3", "4") else ())):
            yield common | _TOCILIZUMAB_IS | {"start": day} | _period(pool, "CM", person, day, day)
    if stream.uniform() < _STEROIDS[grade] or (term == ICANS and grade != "1"):
        last = max(onset, min(end, onset + 6))
        yield common | _STEROIDS_ARE | {"start": onset} | _period(pool, "CM", person, onset, last)


def _period(pool: Pool, domain: str, person: int, first: int, last: int) -> Row:
    days = write_study_days(np.array([first, last]))
    dates = {f"{domain}STDTC": pool.write_date(person, first), f"{domain}ENDTC": pool.write_date(person, last)}
    return dates | {f"{domain}STDY": days[0], f"{domain}ENDY": days[1]}
