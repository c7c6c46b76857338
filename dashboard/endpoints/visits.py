"""Which planned visit a day belongs to, and which of several days in one visit is the analysed one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.study.columns import DAY
from dashboard.study.protocol import StudyProtocol, Visit

NO_VISIT = -1
FAR = 1 << 40


def place_visits(protocol: StudyProtocol, visits: Sequence[str]) -> Ints:
    """For each visit of the protocol the position in `visits` (keys), −1 for none."""
    places = np.full(len(protocol.visits), NO_VISIT)
    places[[protocol.visit_keys.index(visit) for visit in visits]] = np.arange(len(visits))
    return places


def compute_visit_shift(doses: pd.DataFrame, participants: int, protocol: StudyProtocol) -> Ints:
    """Days by which each visit of each participant moves: whole numbers (participants, visits).

    A visit with `moves_with_dose` n moves by (actual − planned day) of the dose matched to planned dose n, and stays
    where it is when that dose was not given; every other visit keeps the study clock. `doses` come from `derive_doses`.
    """
    planned = {dose.number: dose.day for dose in protocol.exposure.planned}
    shift = np.zeros((participants, len(protocol.visits)), dtype=np.int64)
    number = doses["planned_dose"].to_numpy(dtype=np.int64, na_value=0)
    row, day = doses["participant_index"].to_numpy(), doses[DAY].to_numpy()
    for position, visit in enumerate(protocol.visits):
        if visit.moves_with_dose is not None:
            given = number == visit.moves_with_dose
            shift[row[given], position] = day[given] - planned[visit.moves_with_dose]
    return shift


def compute_visit(row: Ints, day: Ints, shift: Ints, visits: Sequence[Visit]) -> tuple[Ints, Ints]:
    """Position of the visit whose window holds each day (−1 for none) and the distance in days to its target.

    Windows and targets are the plan's, moved by `shift` (participants, visits); both ends belong to the window, an
    absent low end is open. A day in two windows goes to the nearer target, at equal distance to the later visit.
    """
    code = np.full(len(day), NO_VISIT, dtype=np.int64)
    nearest = np.full(len(day), FAR, dtype=np.int64)
    for position, visit in enumerate(visits):
        planned_day = day - shift[row, position]
        distance = np.abs(planned_day - visit.target)
        inside = (planned_day <= visit.high) & (distance <= nearest)
        if visit.low is not None:
            inside &= planned_day >= visit.low
        code[inside], nearest[inside] = position, distance[inside]
    return code, nearest


def compute_analysed(cell: Ints, visit: Ints, distance: Ints, day: Ints, visits: int) -> Flags:
    """Flags of the analysed days: one day per (cell, visit), the closest to the target, at equal distance the later.

    One entry per day that has a value; `cell` numbers participant and analyte together. A day in no visit is never
    analysed. A value marked unscheduled at source competes like any other.
    """
    analysed = np.zeros(len(day), dtype=bool)
    candidates = np.flatnonzero(visit != NO_VISIT)
    group = cell[candidates] * visits + visit[candidates]
    order = np.lexsort((-day[candidates], distance[candidates], group))
    first = np.r_[True, np.diff(group[order]) != 0][: len(order)]
    analysed[candidates[order[first]]] = True
    return analysed
