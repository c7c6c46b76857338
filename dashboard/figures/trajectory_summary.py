"""What one panel of the trajectories page shows: the summary that `figures.trajectory` draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.marks import Rings


@dataclass(frozen=True)
class CohortLines:
    """The records of one cohort, sorted by line and time. `line` numbers the lines; equal numbers are joined.

    `details` holds per record: day, value (cells/µL), change from baseline, days since the latest dose, row of the
    participant. `in_lane` marks values that a log axis cannot place (below the limit, or zero).
    """

    cohort: int
    label: str
    x: np.ndarray
    y: np.ndarray
    line: np.ndarray
    participant: np.ndarray
    visit: np.ndarray
    details: np.ndarray
    unscheduled: np.ndarray
    below_loq: np.ndarray
    later: np.ndarray


@dataclass(frozen=True)
class Centre:
    """A cohort's summary over the visits: positions, centre, band limits (NaN = no band), n and the words for hover.

    `value` is the summary itself; `y` is where it is drawn, which differs only in the lane of a log axis.

    `dose` is the number of the dose on the axis of days since dose, 0 on the other axes.
    """

    cohort: int
    label: str
    kind: str
    dose: int
    x: np.ndarray
    y: np.ndarray
    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    n: np.ndarray
    visit: np.ndarray


@dataclass(frozen=True)
class Box:
    """A cohort's box plots, only at visits with at least five values."""

    cohort: int
    label: str
    x: np.ndarray
    minimum: np.ndarray
    q1: np.ndarray
    median: np.ndarray
    q3: np.ndarray
    maximum: np.ndarray


@dataclass(frozen=True)
class TimeAxis:
    """The horizontal axis: title, range, ticks, and the marks on it in its own unit; `named` when the ticks are names."""

    title: str
    low: float
    high: float
    ticks: tuple[float, ...]
    tick_texts: tuple[str, ...]
    doses: tuple[tuple[float, str], ...]
    milestones: tuple[tuple[float, str], ...]
    named: bool = False


@dataclass(frozen=True)
class TrajectorySummary:
    """Everything one panel shows. `visit_n` are (position, n, words by cohort); `lane` is the value that stands for
    “below the limit” on a log axis, None on a linear one. `later` names the milestone after which a count is marked, "" for none."""

    analyte: str
    measure: str
    unit: str
    log: bool
    lane: float | None
    n_cohorts: int
    time: TimeAxis
    lines: tuple[CohortLines, ...]
    centres: tuple[Centre, ...]
    boxes: tuple[Box, ...]
    thresholds: tuple[float, ...]
    reference: float | None
    visit_n: tuple[tuple[float, int, str], ...]
    named: bool
    records: int
    participants: int
    not_shown: dict[str, int]
    synthetic: bool
    rings: Rings | None = None
    later: str = ""
