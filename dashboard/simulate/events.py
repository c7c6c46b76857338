"""Adverse events: AE and SUPPAE. Rates are those of the domain notes (C6), anchored on the NT-I7 trials, per participant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard.simulate.domains import Trial, as_text, shape_domain
from dashboard.simulate.told_events import (
    ENDOCRINE,
    IMMUNE,
    INFECTIONS,
    LIVER,
    NERVES,
    REACTION,
    SITE,
    SKIN,
    TESTS,
    list_told_events,
    write_event,
)

Row = dict[str, Any]
# An assumption: the record names no scale. The last cohort's injection site reactions are graded on another, to show that no table
# pools the two.
GRADING_SCALE, REACTION_SCALE = "CTCAE v5.0", "DAIDS 2.1"
INFECTIONS_PER_YEAR = 0.1  # background of opportunistic infections: 15 of 36 over about four years [ZON08]
_COLUMNS = ("AETERM", "AEDECOD", "AEBODSYS", "AESER", "AESDTH", "AEACN", "AEREL", "AEOUT", "AETOXGR")
_TIMES = ("AESTDTC", "AEENDTC", "AESTDY", "AEENDY")


@dataclass(frozen=True)
class Kind:
    """A kind of event: chance per participant given all doses, chances of grades 1 to 3, days to onset and to its end."""

    term: str
    organ_class: str
    chance: float
    grades: tuple[float, float, float]
    onset: tuple[int, int]
    lasts: tuple[int, int]
    relations: tuple[str, ...]


_LIKELY, _MAYBE, _UNLIKELY = ("PROBABLE", "DEFINITE"), ("POSSIBLE", "PROBABLE"), ("UNRELATED", "UNLIKELY")
KINDS = (
    Kind(REACTION, SITE, 0.50, (0.75, 0.25, 0.0), (0, 3), (2, 9), _LIKELY),
    Kind("Pyrexia", SITE, 0.06, (0.8, 0.2, 0.0), (0, 3), (1, 3), _MAYBE),
    Kind("Influenza like illness", SITE, 0.06, (0.7, 0.3, 0.0), (0, 4), (1, 5), _MAYBE),
    Kind("Fatigue", SITE, 0.12, (0.7, 0.3, 0.0), (1, 20), (3, 30), _MAYBE + _UNLIKELY),
    Kind("Headache", NERVES, 0.12, (0.8, 0.2, 0.0), (0, 30), (1, 4), _MAYBE + _UNLIKELY),
    Kind("Rash", SKIN, 0.05, (0.6, 0.4, 0.0), (2, 20), (5, 20), _MAYBE),
    Kind("Pruritus", SKIN, 0.05, (0.8, 0.2, 0.0), (1, 20), (3, 15), _MAYBE),
    Kind(LIVER, TESTS, 0.075, (0.25, 0.25, 0.5), (5, 25), (7, 28), _MAYBE),
    Kind("Hypersensitivity", IMMUNE, 0.04, (0.2, 0.5, 0.3), (0, 2), (1, 4), _LIKELY),
    Kind("Autoimmune thyroiditis", ENDOCRINE, 0.04, (0.3, 0.7, 0.0), (30, 80), (90, 300), _MAYBE),
    Kind("Immune reconstitution inflammatory syndrome", IMMUNE, 0.02, (0.0, 0.5, 0.5), (10, 40), (20, 60), _MAYBE),
)
OPPORTUNISTIC = (
    Kind("Herpes zoster", INFECTIONS, 0.0, (0.1, 0.8, 0.1), (0, 0), (10, 25), _UNLIKELY),
    Kind("Oral candidiasis", INFECTIONS, 0.0, (0.3, 0.7, 0.0), (0, 0), (7, 20), _UNLIKELY),
    Kind("Mycobacterium avium complex infection", INFECTIONS, 0.0, (0.0, 0.0, 1.0), (0, 0), (60, 200), _UNLIKELY),
)


def draw_events(trial: Trial, stream: np.random.Generator) -> list[Row]:
    """Every event with its columns of AE and its `onset` and `end` as days, by person and onset; none after the end of observation."""
    rows = [row for person in range(len(trial.people)) for row in _person_events(trial, person, stream)]
    return sorted(rows, key=lambda row: (row["person"], row["onset"]))


def write_adverse_events(trial: Trial, events: list[Row]) -> dict[str, pd.DataFrame]:
    """AE, and SUPPAE with the scale of every graded event. `events` are those of `draw_events`."""
    rows = [{name: value for name, value in row.items() if name not in ("onset", "end")} for row in events]
    frame = shape_domain("AE", trial, rows, (*_COLUMNS, *_TIMES))
    last = trial.people["usubjid"][trial.people["cohort"] == trial.people["cohort"].max()]
    other = (frame["AEDECOD"] == REACTION) & frame["USUBJID"].isin(last)
    key = frame[["STUDYID", "USUBJID", "AESEQ"]].rename(columns={"AESEQ": "IDVARVAL"})
    scale = key.assign(RDOMAIN="AE", IDVAR="AESEQ", QNAM="AETOXSCL", QLABEL="Grading Scale and Version", QORIG="ASSIGNED")
    scale = scale.assign(QVAL=np.where(other, REACTION_SCALE, GRADING_SCALE))[frame["AETOXGR"] != ""].reset_index(drop=True)
    columns = ["STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG"]
    return {"AE": frame, "SUPPAE": as_text(scale[columns])}


def _person_events(trial: Trial, person: int, stream: np.random.Generator) -> Iterator[Row]:
    doses, planned = trial.doses(person), len(trial.protocol.exposure.planned)
    if not doses:
        return
    last = int(trial.courses.end_day[person])
    yield from (row for row in list_told_events(trial, person) if row["onset"] <= last)
    for kind in KINDS:
        per_dose = 1 - (1 - kind.chance) ** (1 / planned)
        for _, day in doses:
            if stream.random() < per_dose:
                onset = day + int(stream.integers(kind.onset[0], kind.onset[1] + 1))
                if onset <= last:
                    yield _draw_event(trial, person, kind, onset, stream)
    observed = min(last, trial.protocol.visits[-1].target)
    for _ in range(int(stream.poisson(INFECTIONS_PER_YEAR * observed / 365.25))):
        kind = OPPORTUNISTIC[int(stream.integers(len(OPPORTUNISTIC)))]
        yield _draw_event(trial, person, kind, int(stream.integers(1, observed + 1)), stream)


def _draw_event(trial: Trial, person: int, kind: Kind, onset: int, stream: np.random.Generator) -> Row:
    grade = 1 + int(stream.choice(3, p=kind.grades))
    lasts = int(stream.integers(kind.lasts[0], kind.lasts[1] + 1))
    relation = kind.relations[int(stream.integers(len(kind.relations)))]
    serious = "Y" if grade == 3 and kind.organ_class in (INFECTIONS, IMMUNE) else "N"
    row = write_event(trial, person, kind.term, kind.organ_class, onset, onset + lasts)
    return row | {"AESER": serious, "AEREL": relation, "AETOXGR": str(grade), "AEACN": "DOSE NOT CHANGED"}
