"""The trajectories page: one panel per analyte."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.endpoints.pooled.recovery import flag_after
from dashboard.endpoints.summaries import MEASURE_COLUMNS, summarise_by_days_since_dose, summarise_by_visit
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
INTERVALS = {"median": ("median_lower", "median_upper"), "mean": ("mean_lower", "mean_upper"), "gmean": ("gmean_lower", "gmean_upper")}


def summarise_trajectory(scene: Scene, analyte: str) -> TrajectorySummary:
    """What the panel of `analyte` shows under the scene's view."""
    records = select_records(scene, analyte)
    by_visit = summarise_visits(scene, analyte)
    time = time_axis(scene)
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
        time=time,
        lines=_cohort_lines(scene, records, lane) if "lines" in scene.view.show else (),
        centres=_centres(scene, by_visit, lane),
        boxes=_boxes(scene, by_visit, lane) if "box" in scene.view.show else (),
        thresholds=scene.view.threshold if part.thresholds and scene.view.measure == "value" else (),
        reference={"value": None, "change": 0.0, "percent": 0.0, "fold": 1.0}[scene.view.measure],
        visit_n=_visit_n(scene, by_visit),
        named=scene.n <= MAX_NAMED,
        records=len(records.rows),
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


def _positions(scene: Scene, visits: tuple[Visit, ...]) -> dict[str, float]:
    if scene.view.x == "visit":
        return {visit.key: float(place) for place, visit in enumerate(visits)}
    return {visit.key: visit.target / (WEEK if scene.view.x == "week" else 1) for visit in visits}


def _cohort_lines(scene: Scene, records: RecordSelection, lane: float | None) -> tuple[CohortLines, ...]:
    rows = records.rows
    x, placed = _record_positions(scene, rows), _record_heights(scene, rows, lane)
    participant = rows["participant_index"].to_numpy()
    dose = rows["dose_number"].to_numpy(dtype=np.float64, na_value=0) if scene.view.x == "dose" else np.zeros(len(rows))
    line = participant * 100 + dose.astype(np.int64)
    details = np.column_stack(
        [rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("day", "value", "change", "days_since_dose")] + [participant]
    )
    order = _time_order(x, line)
    names, labels = _names(scene, rows)
    cohort_of = scene.cohort_positions[participant]
    later = flag_after(rows, scene.milestone_days)
    drawn = []
    for position, cohort in enumerate(scene.protocol.cohorts):
        pick = order[cohort_of[order] == position]
        if len(pick):
            marks = rows["unscheduled"].to_numpy()[pick], rows["below_loq"].to_numpy()[pick], later[pick]
            drawn.append(
                CohortLines(position, cohort.label, x[pick], placed[pick], line[pick], names[pick], labels[pick], details[pick], *marks)
            )
    return tuple(drawn)


def _rings(scene: Scene, analyte: str, records: RecordSelection, lane: float | None) -> Rings | None:
    if scene.view.mark == "none":
        return None
    rows = records.rows
    return find_rings(scene, analyte, rows, _record_positions(scene, rows), _record_heights(scene, rows, lane))


def _record_heights(scene: Scene, rows: pd.DataFrame, lane: float | None) -> np.ndarray:
    y = rows[MEASURE_COLUMNS[scene.view.measure]].to_numpy(dtype=np.float64)
    return np.where((y <= 0) | rows["below_loq"].to_numpy(), lane, y) if lane is not None else y


def _time_order(x: np.ndarray, line: np.ndarray) -> np.ndarray:
    """The order by line and time. Deliveries are mostly in it already, and looking costs a tenth of sorting."""
    step, later = np.diff(line), np.diff(x) >= 0
    in_order = bool(np.all((step > 0) | ((step == 0) & later)))
    return np.arange(len(x)) if in_order else np.lexsort((x, line))


def _record_positions(scene: Scene, rows: pd.DataFrame) -> np.ndarray:
    if scene.view.x == "visit":
        places = {visit.key: place for place, visit in enumerate(scene.protocol.period_visits(scene.view.period))}
        return rows["visit"].map(places).to_numpy(dtype=np.float64)
    column = "days_since_dose" if scene.view.x == "dose" else "day"
    return rows[column].to_numpy(dtype=np.float64, na_value=np.nan) / (WEEK if scene.view.x == "week" else 1)


def _names(scene: Scene, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Participant and visit of each record in words for the hover: “Week 36, ” or “unscheduled, ”; empty when it names nobody."""
    if scene.n > MAX_NAMED:
        return np.full(len(rows), "", dtype=object), np.full(len(rows), "", dtype=object)
    words = {visit.key: f"{visit.label}, " for visit in scene.protocol.visits} | {"": "in no visit window, "}
    visit = np.array([words[key] for key in rows["visit"].tolist()], dtype=object)
    unscheduled = rows["unscheduled"].to_numpy()
    visit[unscheduled] = "unscheduled, " + visit[unscheduled]
    return rows["participant"].to_numpy(dtype=object), visit


def _lane(scene: Scene, records: RecordSelection) -> float | None:
    """Where “below the limit” lies on a log axis: a third of a decade under the smallest value that has a place."""
    y = records.rows[MEASURE_COLUMNS[scene.view.measure]].to_numpy(dtype=np.float64)
    outside = (y <= 0) | records.rows["below_loq"].to_numpy()
    if not outside.any():
        return None
    placed = y[~outside]
    return float((placed.min() if len(placed) else 1.0) / 2)


def _place(values: np.ndarray, lane: float | None) -> np.ndarray:
    """`values` with what a log axis cannot place moved into the lane."""
    return values if lane is None else np.where(values <= 0, lane, values)


def _centres(scene: Scene, table: pd.DataFrame, lane: float | None) -> tuple[Centre, ...]:
    # Plain arrays: picking rows out of many small frames costs more than everything else in a view change.
    kinds = [kind for kind in _shown_kinds(scene) if table[_column(scene, kind)].notna().any()]
    columns = {name: table[name].to_numpy() for name in ("x", "n", "visit")}
    columns |= {name: table[name].to_numpy(dtype=np.float64) for name in _centre_columns(scene, kinds)}
    groups: dict[tuple[str, int], list[int]] = {}
    for row, key in enumerate(zip(table["cohort"].tolist(), table["dose_number"].tolist(), strict=True)):
        groups.setdefault(key, []).append(row)
    # A board is shown the values of fewer than five, and no summary of them.
    smallest = MIN_GROUP if scene.view.locked else 1
    centres = []
    for place, kind in enumerate(kinds):
        has_centre = (columns["n"] >= smallest) & ~np.isnan(columns[_column(scene, kind)])
        banded = scene.view.band != "none" and place == 0
        for (cohort, dose), rows in groups.items():
            present = np.array(rows)[has_centre[rows]]
            if len(present):
                picked = {name: values[present] for name, values in columns.items()}
                centres.append(_centre(scene, picked, cohort, dose, kind, lane, banded=banded))
    return tuple(centres)


def _shown_kinds(scene: Scene) -> list[str]:
    return [kind for kind in ("median", "gmean", "mean") if kind in scene.view.show]


def _centre_columns(scene: Scene, kinds: list[str]) -> list[str]:
    """The columns of the summary table that the centres and the band of the first of them are drawn from."""
    columns = [_column(scene, kind) for kind in kinds]
    return [*columns, *(name for column in columns[:1] for name in _limits(scene, column))]


def _limits(scene: Scene, column: str) -> tuple[str, str]:
    return ("q1", "q3") if scene.view.band == "iqr" else INTERVALS[column]


def _column(scene: Scene, kind: str) -> str:
    """Relative change is summarised by the geometric mean of fold, never by the mean of percent change."""
    return "gmean" if kind == "mean" and scene.view.measure in ("percent", "fold") else kind


def _centre(scene: Scene, rows: Mapping[str, np.ndarray], cohort: str, dose: int, kind: str, lane: float | None, *, banded: bool) -> Centre:
    column = _column(scene, kind)
    wide = rows["n"] >= MIN_GROUP
    none = np.full(len(wide), np.nan)
    lower, upper = (np.where(wide, rows[limit], np.nan) for limit in _limits(scene, column)) if banded else (none, none)
    labels = {visit.key: visit.label for visit in scene.protocol.visits}
    return Centre(
        cohort=scene.protocol.cohort_keys.index(cohort),
        label=scene.protocol.cohort(cohort).label,
        kind=KINDS[column],
        dose=dose,
        x=rows["x"],
        y=_place(rows[column], lane),
        value=rows[column],
        lower=_place(lower, lane),
        upper=_place(upper, lane),
        n=rows["n"],
        visit=np.array([labels[visit] for visit in rows["visit"]], dtype=object),
    )


def _boxes(scene: Scene, table: pd.DataFrame, lane: float | None) -> tuple[Box, ...]:
    boxes = []
    for cohort, group in table[table["n"] >= MIN_GROUP].groupby("cohort", sort=False):
        columns = [
            _place(group[name].to_numpy(dtype=np.float64), lane if name != "x" else None)
            for name in ("x", "min", "q1", "median", "q3", "max")
        ]
        boxes.append(Box(scene.protocol.cohort_keys.index(str(cohort)), scene.protocol.cohort(str(cohort)).label, *columns))
    return tuple(boxes)


def _visit_n(scene: Scene, table: pd.DataFrame) -> tuple[tuple[float, int, str], ...]:
    protocol, shown = scene.protocol, scene.view.cohorts(scene.protocol)
    labels = {visit.key: visit.label for visit in protocol.visits}
    numbers: dict[float, dict[str, int]] = {}
    names: dict[float, dict[str, None]] = {}
    for x, visit, cohort, n in zip(*(table[name].tolist() for name in ("x", "visit", "cohort", "n")), strict=True):
        if cohort in shown:
            by_cohort = numbers.setdefault(x, {})
            by_cohort[cohort] = by_cohort.get(cohort, 0) + n
            names.setdefault(x, {})[labels[visit]] = None
    marks = []
    for x, by_cohort in sorted(numbers.items()):
        words = ", ".join(f"{protocol.cohort(cohort).label}: {n}" for cohort, n in by_cohort.items())
        marks.append((x, sum(by_cohort.values()), f"{' / '.join(names[x])}<br>{words}"))
    return tuple(marks)
