"""The trajectories page: one panel per analyte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import compute_codes
from dashboard.endpoints.records import RowArrays
from dashboard.endpoints.summaries import STATISTICS, compute_visit_statistics, summarise_by_days_since_dose, summarise_by_visit
from dashboard.figures.marks import Rings
from dashboard.figures.trajectory_summary import Box, Centre, CohortLines, TrajectorySummary
from dashboard.panels.marks import find_rings
from dashboard.panels.time_axis import WEEK, time_axis
from dashboard.scene import RecordSelection, Scene, select_records
from dashboard.study.protocol import Visit

MIN_GROUP = 5
MAX_NAMED = 300
UNITS = {"value": "cells/µL", "change": "cells/µL", "percent": "%", "fold": "× baseline"}
KINDS = {"median": "median", "mean": "mean", "gmean": "geometric mean"}
REFERENCES = {"value": None, "change": 0.0, "percent": 0.0, "fold": 1.0}
INTERVALS = {"median": ("median_lower", "median_upper"), "mean": ("mean_lower", "mean_upper"), "gmean": ("gmean_lower", "gmean_upper")}


@dataclass(frozen=True)
class _Cells:
    """The summaries by cohort (position), dose (0 but on the axis of days since dose) and visit (position in the protocol), at `x`.

    Cells of one cohort and dose stand together.
    """

    cohort: np.ndarray
    dose: np.ndarray
    visit: np.ndarray
    x: np.ndarray
    statistics: Mapping[str, np.ndarray]

    @property
    def n(self) -> np.ndarray:
        return self.statistics["n"]

    def runs(self) -> list[np.ndarray]:
        """The cells of each cohort and dose."""
        if not len(self.cohort):
            return []
        ends = np.flatnonzero((np.diff(self.cohort) != 0) | (np.diff(self.dose) != 0)) + 1
        return np.split(np.arange(len(self.cohort)), ends)


def summarise_trajectory(scene: Scene, analyte: str) -> TrajectorySummary:
    """What the panel of `analyte` shows under the scene's view."""
    records = select_records(scene, analyte)
    cells = _summarise_cells(scene, analyte)
    log = is_log(scene)
    lane = _lane(scene, records) if log else None
    part = scene.protocol.analyte(analyte)
    return TrajectorySummary(
        analyte=part.short,
        measure=scene.view.measure,
        unit=UNITS[scene.view.measure],
        log=log,
        lane=lane,
        n_cohorts=len(scene.protocol.cohorts),
        time=scene.keep("time axis", lambda: time_axis(scene)),
        lines=_cohort_lines(scene, records, lane) if "lines" in scene.view.show else (),
        centres=_centres(scene, cells, lane),
        boxes=_boxes(scene, cells, lane) if "box" in scene.view.show else (),
        thresholds=scene.view.threshold if part.thresholds and scene.view.measure == "value" else (),
        reference=REFERENCES[scene.view.measure],
        visit_n=_visit_n(scene, cells),
        named=scene.n <= MAX_NAMED,
        records=len(records.place),
        participants=records.participants,
        not_shown=records.not_shown,
        synthetic=scene.snapshot.synthetic,
        rings=_rings(scene, analyte, records, lane),
        later=scene.protocol.later,
    )


def is_log(scene: Scene) -> bool:
    """Whether the value axis is logarithmic: changes can be negative, so they are always drawn on a linear axis."""
    return scene.view.scale == "log" and scene.view.measure in ("value", "fold")


def summarise_visits(scene: Scene, analyte: str) -> pd.DataFrame:
    """The summary by cohort and visit (and by dose, on the axis of days since the latest dose), with its position `x`."""
    view, visits = scene.view, scene.protocol.period_visits(scene.view.period)
    keys = tuple(visit.key for visit in visits)
    if view.x == "dose":
        table = summarise_by_days_since_dose(scene.treated, scene.selection.mask, analyte, view.measure, keys)
        return table.assign(x=table["planned_days_since_dose"].astype("float64")).sort_values(["cohort", "dose_number", "x"], kind="stable")
    table = summarise_by_visit(scene.treated, scene.selection.mask, analyte, view.measure, keys)
    positions = _positions(scene, visits)
    return table.assign(x=np.array([positions[visit] for visit in table["visit"].tolist()], dtype=np.float64), dose_number=0)


def _summarise_cells(scene: Scene, analyte: str) -> _Cells:
    """What `summarise_visits` gives, without a frame."""
    protocol, visits = scene.protocol, scene.protocol.period_visits(scene.view.period)
    if scene.view.x == "dose":
        table = summarise_visits(scene, analyte)
        cohort = compute_codes(table["cohort"], protocol.cohort_keys, "cohorts")
        visit = compute_codes(table["visit"], protocol.visit_keys, "visits")
        return _Cells(
            cohort, table["dose_number"].to_numpy(), visit, table["x"].to_numpy(), {name: table[name].to_numpy() for name in STATISTICS}
        )
    keys = tuple(visit.key for visit in visits)
    statistics = compute_visit_statistics(scene.treated, scene.selection.mask, analyte, scene.view.measure, keys)
    cohorts, first = len(protocol.cohorts), protocol.visit_keys.index(keys[0])
    cohort, visit = (codes.ravel() for codes in np.indices((cohorts, len(keys))))
    x = np.array([*_positions(scene, visits).values()])
    return _Cells(cohort, np.zeros_like(cohort), visit + first, np.tile(x, cohorts), statistics)


def _positions(scene: Scene, visits: tuple[Visit, ...]) -> dict[str, float]:
    if scene.view.x == "visit":
        return {visit.key: float(place) for place, visit in enumerate(visits)}
    return {visit.key: visit.target / (WEEK if scene.view.x == "week" else 1) for visit in visits}


def _cohort_lines(scene: Scene, records: RecordSelection, lane: float | None) -> tuple[CohortLines, ...]:
    rows = records.arrays
    x, placed, participant = _record_positions(scene, rows), _record_heights(scene, rows, lane), rows.participant
    line = participant * 100 + rows.dose_number if scene.view.x == "dose" else participant * 100
    details = np.column_stack([rows.day, rows.value, rows.change, rows.days_since_dose, participant])
    order = _time_order(x, line)
    names, labels = _names(scene, rows)
    cohort_of = scene.cohort_positions[participant[order]]
    later = rows.day > scene.milestone_days[participant]
    marks = rows.unscheduled, rows.below_loq, later
    drawn = []
    for position, cohort in enumerate(scene.protocol.cohorts):
        pick = order[cohort_of == position]
        if len(pick):
            columns = (part[pick] for part in (x, placed, line, names, labels, details, *marks))
            drawn.append(CohortLines(position, cohort.label, *columns))
    return tuple(drawn)


def _rings(scene: Scene, analyte: str, records: RecordSelection, lane: float | None) -> Rings | None:
    if scene.view.mark == "none":
        return None
    rows = records.arrays
    return find_rings(scene, analyte, records.rows, _record_positions(scene, rows), _record_heights(scene, rows, lane))


def _record_heights(scene: Scene, rows: RowArrays, lane: float | None) -> np.ndarray:
    y = rows.measure(scene.view.measure)
    return np.where((y <= 0) | rows.below_loq, lane, y) if lane is not None else y


def _time_order(x: np.ndarray, line: np.ndarray) -> np.ndarray:
    """The order by line and time. Deliveries are mostly in it already, and looking costs a tenth of sorting."""
    step, later = np.diff(line), np.diff(x) >= 0
    in_order = bool(np.all((step > 0) | ((step == 0) & later)))
    return np.arange(len(x)) if in_order else np.lexsort((x, line))


def _record_positions(scene: Scene, rows: RowArrays) -> np.ndarray:
    if scene.view.x == "visit":
        visits = scene.protocol.period_visits(scene.view.period)
        places = np.full(len(scene.protocol.visits) + 1, np.nan)
        first = scene.protocol.visit_keys.index(visits[0].key)
        places[first : first + len(visits)] = np.arange(len(visits))
        return places[rows.visit]
    if scene.view.x == "dose":
        return rows.days_since_dose
    return rows.day / (WEEK if scene.view.x == "week" else 1)


def _names(scene: Scene, rows: RowArrays) -> tuple[np.ndarray, np.ndarray]:
    """Participant and visit of each record in words for the hover: “Week 36, ” or “unscheduled, ”; empty when it names nobody."""
    if scene.n > MAX_NAMED:
        nobody = np.full(len(rows.day), "", dtype=object)
        return nobody, nobody
    planned = [*(f"{visit.label}, " for visit in scene.protocol.visits), "in no visit window, "]
    words = np.array([planned, [f"unscheduled, {word}" for word in planned]], dtype=object)
    return scene.analysis.names[rows.participant], words[rows.unscheduled.astype(np.int64), rows.visit]


def _lane(scene: Scene, records: RecordSelection) -> float | None:
    """Where “below the limit” lies on a log axis: a third of a decade under the smallest value that has a place."""
    y = records.arrays.measure(scene.view.measure)
    outside = (y <= 0) | records.arrays.below_loq
    if not outside.any():
        return None
    placed = y[~outside]
    return float((placed.min() if len(placed) else 1.0) / 2)


def _place(values: np.ndarray, lane: float | None) -> np.ndarray:
    """`values` with what a log axis cannot place moved into the lane."""
    return values if lane is None else np.where(values <= 0, lane, values)


def _centres(scene: Scene, cells: _Cells, lane: float | None) -> tuple[Centre, ...]:
    kinds = [kind for kind in _shown_kinds(scene) if not np.isnan(cells.statistics[_column(scene, kind)]).all()]
    # A board is shown the values of fewer than five, and no summary of them.
    smallest = MIN_GROUP if scene.view.locked else 1
    labels, runs = np.array([visit.label for visit in scene.protocol.visits], dtype=object)[cells.visit], cells.runs()
    centres = []
    for place, kind in enumerate(kinds):
        has_centre = (cells.n >= smallest) & ~np.isnan(cells.statistics[_column(scene, kind)])
        banded = scene.view.band != "none" and place == 0
        for present in (run[has_centre[run]] for run in runs):
            if len(present):
                centres.append(_centre(scene, cells, present, labels[present], kind, lane, banded=banded))
    return tuple(centres)


def _shown_kinds(scene: Scene) -> list[str]:
    return [kind for kind in ("median", "gmean", "mean") if kind in scene.view.show]


def _limits(scene: Scene, column: str) -> tuple[str, str]:
    return ("q1", "q3") if scene.view.band == "iqr" else INTERVALS[column]


def _column(scene: Scene, kind: str) -> str:
    """Relative change is summarised by the geometric mean of fold, never by the mean of percent change."""
    return "gmean" if kind == "mean" and scene.view.measure in ("percent", "fold") else kind


def _centre(scene: Scene, cells: _Cells, present: np.ndarray, labels: np.ndarray, kind: str, lane: float | None, *, banded: bool) -> Centre:
    column = _column(scene, kind)
    first, n = present[0], cells.n[present]
    none = np.full(len(present), np.nan)
    lower, upper = none, none
    if banded:
        lower, upper = (np.where(n >= MIN_GROUP, cells.statistics[limit][present], np.nan) for limit in _limits(scene, column))
    value = cells.statistics[column][present]
    return Centre(
        cohort=int(cells.cohort[first]),
        label=scene.protocol.cohorts[cells.cohort[first]].label,
        kind=KINDS[column],
        dose=int(cells.dose[first]),
        x=cells.x[present],
        y=_place(value, lane),
        value=value,
        lower=_place(lower, lane),
        upper=_place(upper, lane),
        n=n,
        visit=labels,
    )


def _boxes(scene: Scene, cells: _Cells, lane: float | None) -> tuple[Box, ...]:
    boxes = []
    wide = cells.n >= MIN_GROUP
    for cohort in dict.fromkeys(cells.cohort[wide].tolist()):
        own = wide & (cells.cohort == cohort)
        columns = [_place(cells.statistics[name][own], lane) for name in ("min", "q1", "median", "q3", "max")]
        boxes.append(Box(cohort, scene.protocol.cohorts[cohort].label, cells.x[own], *columns))
    return tuple(boxes)


def _visit_n(scene: Scene, cells: _Cells) -> tuple[tuple[float, int, str], ...]:
    protocol, shown = scene.protocol, scene.view.cohorts(scene.protocol)
    labels = [cohort.label if cohort.key in shown else "" for cohort in protocol.cohorts]
    numbers: dict[float, dict[int, int]] = {}
    names: dict[float, dict[str, None]] = {}
    for x, visit, cohort, n in zip(*(part.tolist() for part in (cells.x, cells.visit, cells.cohort, cells.n)), strict=True):
        if labels[cohort]:
            by_cohort = numbers.setdefault(x, {})
            by_cohort[cohort] = by_cohort.get(cohort, 0) + n
            names.setdefault(x, {})[protocol.visits[visit].label] = None
    marks = []
    for x, by_cohort in sorted(numbers.items()):
        words = ", ".join(f"{labels[cohort]}: {n}" for cohort, n in by_cohort.items())
        marks.append((x, sum(by_cohort.values()), f"{' / '.join(names[x])}<br>{words}"))
    return tuple(marks)
