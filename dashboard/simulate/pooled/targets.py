"""Every figure the synthetic participants must reproduce, and how it is read from the written files: the one table of both.

`Count` and `Spread` are the targets; what the abstract prints is marked as such, everything else is an assumption. The generator takes its
numbers from here, and `find_deviations` reads them back from the finished domains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard.simulate.pooled.readings import (
    Domains,
    count_days,
    count_events,
    count_grades,
    count_people,
    count_qualifier,
    count_results,
    measure_days,
    measure_observed,
    measure_qualifier,
)

PARTICIPANTS = 334
FIRST_INFUSION, LAST_INFUSION, CUT = date(2020, 11, 9), date(2025, 5, 21), date(2025, 8, 1)

# By trial (assumed) and disease (the sums are the abstract's).
DISEASES = ("T-ALL", "T-LBL", "MPAL", "AML", "PTCL")
TRIALS: Mapping[str, tuple[int, ...]] = {
    "NCT04572308": (62, 44, 6, 0, 0),
    "NCT05626400": (51, 38, 8, 0, 3),
    "NCT04916860": (24, 19, 6, 2, 4),
    "NCT04928105": (22, 20, 4, 0, 2),
    "NCT04938115": (0, 0, 0, 19, 0),
}
SEXES = {"M": 255, "F": 79}
PRIOR_TRANSPLANT = {"none": 246, "after-first": 84, "after-second": 4}
INVOLVEMENT = {"marrow": 128, "extramedullary": 56, "both": 137, "": 13}
BLASTS_FROM_20 = 79
DOSES = {"5e5": 51, "1e6": 278, "1.5-2e6": 5}
# 329 evaluable, 284 responses, 278 CR or CRi are the abstract's; CR and CRi apart, and SD and PD, are assumed.
RESPONSES = {"CR": 171, "CRi": 107, "PR": 6, "SD": 31, "PD": 14, "NE": 5}
TRANSPLANTED = 245
# Grades 1–2 and 3 or higher are the abstract's sums; the single grades are assumed.
CRS_GRADES = {"1": 178, "2": 108, "3": 27, "4": 7}
ICANS_GRADES = {"1": 2, "2": 1, "3": 6, "4": 2}


@dataclass(frozen=True)
class Spread:
    """The lowest value, the median and the highest value of a group."""

    low: float
    median: float
    high: float


AGE = Spread(2, 24, 67)
RELAPSE_AFTER_TRANSPLANT = Spread(31, 265, 2432)
TIME_TO_TRANSPLANT = Spread(28, 57, 227)
PFS_OBSERVED, OS_OBSERVED = Spread(45, 547.5, 1694), Spread(45, 567.5, 1694)


@dataclass(frozen=True)
class Check:
    """A figure that must come out: its name, what is expected, what the files say, and where the expectation is from."""

    name: str
    expected: object
    found: object
    source: str

    @property
    def holds(self) -> bool:
        """Whether the files say what is expected."""
        return self.expected == self.found


ABSTRACT, ASSUMED = "abstract", "assumption"


def list_checks(domains: Domains) -> list[Check]:
    """Every target beside what the files say."""
    return [*_check_people(domains), *_check_outcomes(domains), *_check_assumptions(domains)]


def find_deviations(domains: Domains) -> list[str]:
    """A sentence for every target that the files miss; none when all come out."""
    return [f"{check.name}: expected {check.expected}, found {check.found}" for check in list_checks(domains) if not check.holds]


def _check_people(domains: Domains) -> list[Check]:
    diseases = {name: sum(row[place] for row in TRIALS.values()) for place, name in enumerate(DISEASES)}
    rows = [
        ("participants", PARTICIPANTS, len(domains["DM"])),
        ("diseases", diseases, count_qualifier(domains, "DISEASE")),
        ("sexes", SEXES, count_people(domains, "SEX")),
        ("age", AGE, _spread(domains["DM"]["AGE"].astype(float))),
        ("prior transplant", PRIOR_TRANSPLANT, count_qualifier(domains, "PRIORTX")),
        ("days from transplant to relapse", RELAPSE_AFTER_TRANSPLANT, _spread(measure_qualifier(domains, "PRTXREL"))),
        ("involvement", {name: n for name, n in INVOLVEMENT.items() if name}, count_qualifier(domains, "INVOLVE")),
        ("marrow involvement with blasts", INVOLVEMENT["marrow"] + INVOLVEMENT["both"], len(measure_qualifier(domains, "BMBLAST"))),
        ("20 % blasts or more", BLASTS_FROM_20, int((measure_qualifier(domains, "BMBLAST") >= 20).sum())),
        ("dose levels", DOSES, count_qualifier(domains, "DOSELVL")),
        ("median dose", 1.0, float(domains["EX"]["EXDOSE"].astype(float).median())),
    ]
    return [Check(*row, ABSTRACT) for row in rows]


def _check_outcomes(domains: Domains) -> list[Check]:
    best = count_results(domains, "BESTRESP")
    complete = RESPONSES["CR"] + RESPONSES["CRi"]
    crs, icans = count_grades(domains, "Cytokine"), count_grades(domains, "neurotoxicity")
    rows = [
        ("evaluable", PARTICIPANTS - RESPONSES["NE"], sum(best.values()) - best.get("NE", 0)),
        ("responses", complete + RESPONSES["PR"], sum(best.get(name, 0) for name in ("CR", "CRi", "PR"))),
        ("CR or CRi", complete, best.get("CR", 0) + best.get("CRi", 0)),
        ("transplants", TRANSPLANTED, count_events(domains, "STEM CELL TRANSPLANT")),
        ("days to transplant", TIME_TO_TRANSPLANT, _spread(measure_days(domains, "STEM CELL TRANSPLANT"))),
        ("observed days of PFS", PFS_OBSERVED, _spread(measure_observed(domains, ("RELAPSE", "PROGRESSION", "DEATH")))),
        ("observed days of OS", OS_OBSERVED, _spread(measure_observed(domains, ("DEATH",)))),
        ("CRS grade 1–2", CRS_GRADES["1"] + CRS_GRADES["2"], crs.get("1", 0) + crs.get("2", 0)),
        ("CRS grade 3 or higher", CRS_GRADES["3"] + CRS_GRADES["4"], crs.get("3", 0) + crs.get("4", 0)),
        ("ICANS grade 1–2", ICANS_GRADES["1"] + ICANS_GRADES["2"], icans.get("1", 0) + icans.get("2", 0)),
        ("ICANS grade 3 or higher", ICANS_GRADES["3"] + ICANS_GRADES["4"], icans.get("3", 0) + icans.get("4", 0)),
    ]
    return [Check(*row, ABSTRACT) for row in rows]


def _check_assumptions(domains: Domains) -> list[Check]:
    trials = {f"SYNTHETIC-{name}": sum(row) for name, row in TRIALS.items()}
    rows = [
        ("trials", trials, count_people(domains, "STUDYID")),
        ("responses apart", RESPONSES, count_results(domains, "BESTRESP")),
        ("CRS by grade", CRS_GRADES, count_grades(domains, "Cytokine")),
        ("ICANS by grade", ICANS_GRADES, count_grades(domains, "neurotoxicity")),
        ("infusions outside the observation period", 0, count_days(domains, FIRST_INFUSION, LAST_INFUSION)),
    ]
    return [Check(*row, ASSUMED) for row in rows]


def _spread(values: pd.Series) -> Spread:
    return Spread(float(values.min()), float(values.median()), float(values.max()))
