"""The ribbon panel of the thresholds page."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.intervals import Points
from dashboard.endpoints.time_above import build_points, compute_spans
from dashboard.figures.ribbon import RibbonSummary, Spans
from dashboard.panels.thresholds import NOTHING_COVERED, table_time_above, without_baseline
from dashboard.scene import Scene

MAX_ROWS = 90


def table_spans(scene: Scene) -> pd.DataFrame:
    """Stretches above each threshold and gaps beyond the cap: participant, cohort, threshold, kind, start_day, end_day."""
    view = scene.view
    whole = scene.of_cut("spans", lambda: _derive_spans(scene), view.threshold, view.rule, view.gap, view.period)
    return whole[scene.selection.mask[whole["participant_index"].to_numpy(dtype=np.int64)]].reset_index(drop=True)


def _derive_spans(scene: Scene) -> pd.DataFrame:
    """The spans of everyone, whoever is selected."""
    points, start, horizon = _points(scene, np.ones(len(scene.analysis.participants), dtype=bool))
    tables = []
    for threshold in scene.view.threshold:
        spans = compute_spans(points, threshold, scene.view.rule, scene.view.gap, start, horizon)
        tables.append(spans.assign(threshold=threshold))
    table = pd.concat(tables, ignore_index=True)
    people = scene.analysis.participants.iloc[table["participant_index"].to_numpy(dtype=np.int64)]
    table = table.assign(participant=people["participant"].to_numpy(), cohort=people["cohort"].to_numpy())
    return table[["participant", "cohort", "threshold", "kind", "start_day", "end_day", "participant_index"]]


def _points(scene: Scene, mask: Flags) -> tuple[Points, float, float]:
    visits = scene.protocol.period_visits(scene.view.period)
    points = build_points(scene.analysis, mask, scene.protocol.endpoint.analyte, scene.view.period)
    return points, float(max(0, visits[0].target)), float(visits[-1].target)


def summarise_ribbon_panel(scene: Scene, subject: str = "") -> RibbonSummary:
    """Rows ordered by cohort and by days above the lowest threshold, longest first."""
    ranked = _ranked(scene)
    shown = ranked[:MAX_ROWS]
    row_of = np.full(len(scene.analysis.participants), -1)
    row_of[shown] = np.arange(len(shown))
    points, start, horizon = _points(scene, scene.selection.mask)
    spans = table_spans(scene)
    people, doses = scene.analysis.participants, scene.analysis.doses
    dose_row, dose_day = row_of[doses["participant_index"].to_numpy()], doses["day"].to_numpy()
    given = (dose_row >= 0) & (dose_day >= start) & (dose_day <= horizon)
    first = scene.view.threshold[0]
    return RibbonSummary(
        participants=tuple(people["participant"].iloc[shown]),
        cohorts=tuple(int(position) for position in scene.cohort_positions[shown]),
        n_cohorts=len(scene.protocol.cohorts),
        thresholds=scene.view.threshold,
        observed=_observed(points, row_of, start, horizon),
        gaps=_spans(spans[(spans["kind"] == "gap") & (spans["threshold"] == first)], row_of),
        above=tuple(_spans(spans[(spans["kind"] == "above") & (spans["threshold"] == t)], row_of) for t in scene.view.threshold),
        dose_row=dose_row[given],
        dose_day=dose_day[given],
        horizon=horizon,
        milestones=_milestones(scene, start, horizon),
        left_out=_left_out(scene, ranked, shown),
        synthetic=scene.snapshot.synthetic,
    )


def _ranked(scene: Scene) -> np.ndarray:
    table = table_time_above(scene)
    lowest = table[(table["threshold"] == scene.view.threshold[0]) & table["days_above"].notna()]
    rows = scene.participant_rows(lowest["participant"])
    return rows[np.lexsort((rows, -lowest["days_above"].to_numpy(dtype=np.float64), scene.cohort_positions[rows]))]


def _observed(points: Points, row_of: np.ndarray, start: float, horizon: float) -> Spans:
    people, first = np.unique(points.participant_index, return_index=True)
    if not len(people):
        return Spans(people, people.astype(np.float64), people.astype(np.float64))
    last = np.append(first[1:], len(points.participant_index)) - 1
    low, high = np.maximum(points.day[first], start), np.minimum(points.day[last], horizon)
    kept = (row_of[people] >= 0) & (high > low)
    return Spans(row_of[people][kept], low[kept], high[kept])


def _spans(spans: pd.DataFrame, row_of: np.ndarray) -> Spans:
    row = row_of[spans["participant_index"].to_numpy(dtype=np.int64)]
    kept = row >= 0
    return Spans(row[kept], spans["start_day"].to_numpy(dtype=np.float64)[kept], spans["end_day"].to_numpy(dtype=np.float64)[kept])


def _milestones(scene: Scene, start: float, horizon: float) -> tuple[tuple[float, str], ...]:
    days = [(float(scene.protocol.visit(m.visit).target), m.label) for m in scene.protocol.milestones]
    return tuple((day, label) for day, label in days if start <= day <= horizon)


def _left_out(scene: Scene, ranked: np.ndarray, shown: np.ndarray) -> dict[str, int]:
    without = without_baseline(scene)
    reasons = {
        NOTHING_COVERED: scene.n - len(ranked) - sum(without.values()),
        f"beyond the first {MAX_ROWS} rows; narrow the selection": len(ranked) - len(shown),
    }
    return without | {reason: n for reason, n in reasons.items() if n}
