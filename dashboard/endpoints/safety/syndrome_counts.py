"""The course of one syndrome in each participant as arrays: counted by worst grade, and summed up in days."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.safety.rates import AtRisk, Entries, count_entries
from dashboard.study.syndromes import Syndrome

MOST = 5
GRADES = tuple(range(1, MOST + 1))
# The rows of a table of grades: key, lowest and highest worst grade.
CLASSES: tuple[tuple[str, int, int], ...] = (
    ("any", 1, MOST), ("1-2", 1, 2), ("3-5", 3, MOST), *((str(grade), grade, grade) for grade in GRADES),
)  # fmt: skip
SPANS = ("onset", "duration")


@dataclass(frozen=True)
class Courses:
    """SYNDROME_COLUMNS of one syndrome, one entry per participant.

    cohort is a position in the definition; has: an event on its scale, or without a grade; grade is 0 where no event is graded; onset
    and duration in days, NaN where not known; given has a column for each treatment of the syndrome.
    """

    person: Ints = field(repr=False)
    cohort: Ints = field(repr=False)
    has: Flags = field(repr=False)
    grade: Ints = field(repr=False)
    onset: Floats = field(repr=False)
    duration: Floats = field(repr=False)
    ongoing: Flags = field(repr=False)
    other_scale: Ints = field(repr=False)
    given: Flags = field(repr=False)

    def select(self, chosen: Flags | Ints) -> Self:
        """The entries that `chosen` marks, or whose positions it lists."""
        return type(self)(*(getattr(self, part.name)[chosen] for part in fields(self)))


def derive_courses(rows: pd.DataFrame, at_risk: AtRisk, syndrome: Syndrome) -> Courses:
    """The courses in SYNDROME_COLUMNS of one syndrome, whose participants are at risk; same order."""
    person = rows["participant_index"].to_numpy(dtype=np.int64)
    keys = [set(text.split(",")) for text in rows["treatments"].tolist()]
    given = [[treatment.key in of for treatment in syndrome.treatments] for of in keys]
    onset, duration = (rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("onset_day", "duration_days"))
    return Courses(
        person=person,
        cohort=at_risk.cohort_of[person],
        has=rows["events"].to_numpy() > 0,
        grade=rows["grade"].to_numpy(dtype=np.int64, na_value=0),
        onset=onset,
        duration=duration,
        ongoing=rows["ongoing"].to_numpy(dtype=bool),
        other_scale=rows["other_scale"].to_numpy(dtype=np.int64),
        given=np.array(given, dtype=bool).reshape(len(rows), len(syndrome.treatments)),
    )


def flag_class(has: Flags, grade: Ints, key: str) -> Flags:
    """Who is in a class of CLASSES; those whose events are all without a grade are in `any` alone. KeyError for another class."""
    bounds = {name: (low, high) for name, low, high in CLASSES}
    low, high = bounds[key]
    return has if key == "any" else (grade >= low) & (grade <= high)


def count_classes(person: Ints, has: Flags, grade: Ints, at_risk: AtRisk) -> Ints:
    """Participants in each of CLASSES (first axis) by group (second axis); the arrays have one entry per participant."""
    belongs = np.array([flag_class(has, grade, key) for key, _, _ in CLASSES])
    row, place = np.nonzero(belongs)
    n, _ = count_entries(Entries(len(CLASSES), row, person[place], np.ones(len(row), dtype=np.int64)), at_risk)
    return n


def compute_spans(onset: Floats, duration: Floats, ongoing: Flags) -> dict[str, float]:
    """SPAN_COLUMNS of participants with the syndrome; the arrays have one entry for each of them, NaN where a day is not known."""
    told: dict[str, float] = {"n": len(onset)}
    for name, days in zip(SPANS, (onset, duration), strict=True):
        known = np.sort(days[~np.isnan(days)])
        size = len(known)
        middle = (known[(size - 1) // 2] + known[size // 2]) / 2 if size else np.nan
        low, high = (known[0], known[-1]) if size else (np.nan, np.nan)
        told |= {f"n_{name}": size, f"{name}_median": float(middle), f"{name}_min": float(low), f"{name}_max": float(high)}
    return told | {"ongoing": int(ongoing.sum())}
