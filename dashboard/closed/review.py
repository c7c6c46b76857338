"""The pooled figures of a closed study: participants, counts over time, thresholds and adverse events of everybody who was dosed.

There is nothing to choose: two choices would be two figures, and their difference a third one that nobody has checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dashboard.closed.cells import coarsen, describe_size
from dashboard.closed.reactions import tabulate_events
from dashboard.closed.stripping import Stripped
from dashboard.closed.tables import Table, tabulate_groups
from dashboard.endpoints.arrays import Floats
from dashboard.endpoints.intervals import Points
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.endpoints.safety.events import derive_events
from dashboard.endpoints.time_above import DAYS_IN_WEEK, build_points, compute_time_above
from dashboard.study.columns import AGE, CUT_DAY, SEX, STATUS, STATUSES
from dashboard.study.protocol import StudyProtocol, Visit

CELL_STEP, WEEK_STEP = 10, 1
SEXES = (("female", "F"), ("male", "M"))
AGES = ((0, 40, "under 40"), (40, 65, "40 to 64"), (65, 200, "65 or older"))
SHARES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Point:
    """A visit of a course: how many participants have a value (in words), median and quartiles in cells/µL, coarsened."""

    visit: str
    week: float
    n: str
    q1: int
    median: int
    q3: int


@dataclass(frozen=True)
class Course:
    """The values of an analyte at those planned visits that were due for everybody."""

    analyte: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Review:
    """Everything that is shown: the number of dosed participants, tables, courses, and what is not due yet."""

    participants: int
    minimum: int
    tables: tuple[Table, ...]
    courses: tuple[Course, ...]
    waiting: tuple[str, ...]


def compose_review(stripped: Stripped, protocol: StudyProtocol, telling: frozenset[str]) -> Review:
    """The pooled figures of the rows that `strip_rows` left, under the definition that `strip_protocol` left."""
    analysis = derive_analysis(stripped.data, protocol, "last")
    minimum, due = protocol.interim_minimum, _select_due(analysis)
    tables = [*_tabulate_participants(analysis), *_tabulate_thresholds(analysis, due), *_tabulate_time_above(analysis, due)]
    tables += tabulate_events(derive_events(analysis, stripped.events), len(analysis.participants), minimum, telling)
    courses = tuple(_follow(analysis, analyte.key, analyte.label, due) for analyte in protocol.analytes)
    waiting = tuple(visit.label for visit in protocol.visits if visit not in due)
    return Review(len(analysis.participants), minimum, tuple(tables), courses, waiting)


def _select_due(analysis: Analysis) -> list[Visit]:
    """The planned visits whose window is over for everybody; at a later one those who began first would be among themselves."""
    first = analysis.participants[CUT_DAY].min()
    return [visit for visit in analysis.protocol.visits if visit.high <= first]


def _tabulate_participants(analysis: Analysis) -> list[Table]:
    people, protocol = analysis.participants, analysis.protocol
    sexes = [(label, int((people[SEX] == key).sum())) for label, key in SEXES]
    known = people[AGE].notna()
    ages = [(label, int(((people[AGE] >= low) & (people[AGE] < high)).sum())) for low, high, label in AGES]
    strata = [(stratum.label, int((people["stratum"] == stratum.key).sum())) for stratum in protocol.strata]
    states = [(state, int((people[STATUS] == state).sum())) for state in STATUSES[:-1]]
    analyte = protocol.analyte(protocol.endpoint.analyte).short
    partitions = [
        ("Sex", [*sexes, ("not recorded", len(people) - sum(n for _, n in sexes))]),
        ("Age, years", [*ages, ("not recorded", int((~known).sum()))]),
        (f"Baseline {analyte}, cells/µL", [*strata, ("no baseline", int((people["stratum"] == "").sum()))]),
        ("Doses given", _count_doses(analysis)),
        ("State at the data cut", states),
    ]
    return [tabulate_groups("participants", "Participants", partitions, len(people), protocol.interim_minimum)]


def _count_doses(analysis: Analysis) -> list[tuple[str, int]]:
    planned = len(analysis.protocol.exposure.planned)
    given = analysis.participants["doses"].to_numpy(dtype=np.int64, na_value=0)
    exact = [(str(number), int((given == number).sum())) for number in range(1, planned)]
    return [*exact, (f"{planned} or more", int((given >= planned).sum()))]


def _follow(analysis: Analysis, analyte: str, label: str, due: Sequence[Visit]) -> Course:
    rows = analysis.analysed_of[analyte]
    keys, minimum = analysis.protocol.visit_keys, analysis.protocol.interim_minimum
    points = []
    for visit in due:
        values = rows["value"].to_numpy()[rows["visit_code"].to_numpy() == keys.index(visit.key)]
        size = describe_size(len(values), len(analysis.participants), minimum)
        if size:
            points.append(Point(visit.label, visit.target / DAYS_IN_WEEK, size, *_coarse_quartiles(values, CELL_STEP)))
    return Course(label, tuple(points))


def _coarse_quartiles(values: Floats, step: int) -> tuple[int, int, int]:
    q1, median, q3 = (coarsen(float(value), step) for value in np.quantile(values, SHARES))
    return q1, median, q3


def _tabulate_thresholds(analysis: Analysis, due: Sequence[Visit]) -> list[Table]:
    """How many have a value at or above the thresholds, at the visits that the definition names and the last one that was due."""
    protocol = analysis.protocol
    named = {protocol.endpoint.visit, *(milestone.visit for milestone in protocol.milestones)}
    later = [visit for visit in due if visit.target > 0]
    visits = [visit for visit in later if visit.key in named or visit is later[-1]]
    people = len(analysis.participants)
    partitions = [(visit.label, _count_levels(analysis, visit)) for visit in visits]
    title = f"{protocol.analyte(protocol.endpoint.analyte).short} against the thresholds, cells/µL"
    return [tabulate_groups("thresholds", title, partitions, people, protocol.interim_minimum)] if visits else []


def _count_levels(analysis: Analysis, visit: Visit) -> list[tuple[str, int]]:
    protocol = analysis.protocol
    levels = sorted(protocol.endpoint.thresholds)
    rows = analysis.analysed_of[protocol.endpoint.analyte]
    values = rows["value"].to_numpy()[rows["visit_code"].to_numpy() == protocol.visit_keys.index(visit.key)]
    places = np.bincount(np.searchsorted(levels, values, side="right"), minlength=len(levels) + 1)
    words = [f"below {levels[0]:g}", *(f"{low:g} to below {high:g}" for low, high in pairwise(levels))]
    labels = ["no value at the visit", *words, f"{levels[-1]:g} or more"]
    return list(zip(labels, [len(analysis.participants) - len(values), *places.tolist()], strict=True))


def _tabulate_time_above(analysis: Analysis, due: Sequence[Visit]) -> list[Table]:
    """Weeks at or above the threshold of the study, from the first dose to the last visit that was due for everybody."""
    protocol, people = analysis.protocol, len(analysis.participants)
    if not due or due[-1].target <= 0:
        return []
    endpoint, last = protocol.endpoint, due[-1]
    longest = max(protocol.periods, key=lambda period: protocol.visit(period.last_visit).target)
    points = build_points(analysis, np.ones(people, dtype=bool), endpoint.analyte, longest.key)
    kept = points.day <= last.high
    known = Points(points.participant_index[kept], points.day[kept], points.value[kept])
    days = compute_time_above(known, people, endpoint.time_above_threshold, "linear", endpoint.gap_cap, 0.0, float(last.target))
    weeks = days["days_above"].to_numpy()[days["covered_days"].to_numpy() > 0] / DAYS_IN_WEEK
    size = describe_size(len(weeks), people, protocol.interim_minimum)
    title = f"Weeks with {protocol.analyte(endpoint.analyte).short} at or above {endpoint.time_above_threshold:g} cells/µL"
    header = ("From the first dose to", "Participants", "Lower quartile", "Median", "Upper quartile")
    rows = ((last.label, size, *(str(value) for value in _coarse_quartiles(weeks, WEEK_STEP))),) if size else ()
    return [Table("time-above", title, header, rows, "In whole weeks.")]
