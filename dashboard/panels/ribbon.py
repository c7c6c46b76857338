"""The ribbon panel of the thresholds page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.intervals import Points
from dashboard.endpoints.periods import compute_period_limits
from dashboard.endpoints.time_above import build_points, compute_spans
from dashboard.figures.ribbon import RibbonSummary, Spans
from dashboard.panels.thresholds import NOTHING_COVERED, find_days, without_baseline
from dashboard.scene import Scene

MAX_ROWS = 90


def table_spans(scene: Scene) -> pd.DataFrame:
    """Stretches above each threshold and gaps beyond the cap: participant, cohort, threshold, kind, start_day, end_day."""
    whole = _whole(scene)
    return whole[scene.selection.mask[whole["participant_index"].to_numpy(dtype=np.int64)]].reset_index(drop=True)


def _whole(scene: Scene) -> pd.DataFrame:
    view = scene.view
    return scene.of_cut("spans", lambda: _derive_spans(scene), view.threshold, view.rule, view.gap, view.period)


def _derive_spans(scene: Scene) -> pd.DataFrame:
    """The spans of everyone, whoever is selected."""
    points, start, horizon = _points(scene)
    tables = []
    for threshold in scene.view.threshold:
        spans = compute_spans(points, threshold, scene.view.rule, scene.view.gap, start, horizon)
        tables.append(spans.assign(threshold=threshold))
    table = pd.concat(tables, ignore_index=True)
    people = scene.analysis.participants.iloc[table["participant_index"].to_numpy(dtype=np.int64)]
    table = table.assign(participant=people["participant"].to_numpy(), cohort=people["cohort"].to_numpy())
    return table[["participant", "cohort", "threshold", "kind", "start_day", "end_day", "participant_index"]]


def _points(scene: Scene) -> tuple[Points, float, float]:
    """The points of everyone, whoever is selected."""
    everyone = np.ones(len(scene.analysis.participants), dtype=bool)
    points = build_points(scene.analysis, everyone, scene.protocol.endpoint.analyte, scene.view.period)
    return points, *compute_period_limits(scene.protocol, scene.view.period)


@dataclass(frozen=True)
class _Ribbons:
    """Stretches of everyone, whose `row` is that of participants: observed, beyond the cap, and above each threshold."""

    observed: Spans
    gaps: Spans
    above: tuple[Spans, ...]


def _find_ribbons(scene: Scene) -> _Ribbons:
    view = scene.view

    def read() -> _Ribbons:
        whole = _whole(scene)
        threshold, gap = whole["threshold"].to_numpy(), (whole["kind"] == "gap").to_numpy(dtype=bool)
        above = tuple(_spans(whole[~gap & (threshold == level)]) for level in view.threshold)
        return _Ribbons(_observed(*_points(scene)), _spans(whole[gap & (threshold == view.threshold[0])]), above)

    return scene.of_cut("ribbons", read, view.threshold, view.rule, view.gap, view.period)


def summarise_ribbon_panel(scene: Scene, subject: str = "") -> RibbonSummary:
    """Rows ordered by cohort and by days above the lowest threshold, longest first."""
    ranked = _ranked(scene)
    shown = ranked[:MAX_ROWS]
    row_of = np.full(len(scene.analysis.participants), -1)
    row_of[shown] = np.arange(len(shown))
    start, horizon = compute_period_limits(scene.protocol, scene.view.period)
    ribbons, doses = _find_ribbons(scene), scene.analysis.doses
    dose_row, dose_day = row_of[doses["participant_index"].to_numpy()], doses["day"].to_numpy()
    given = (dose_row >= 0) & (dose_day >= start) & (dose_day <= horizon)
    return RibbonSummary(
        participants=tuple(scene.analysis.names[shown]),
        cohorts=tuple(scene.cohort_positions[shown].tolist()),
        n_cohorts=len(scene.protocol.cohorts),
        thresholds=scene.view.threshold,
        observed=_place(ribbons.observed, row_of),
        gaps=_place(ribbons.gaps, row_of),
        above=tuple(_place(spans, row_of) for spans in ribbons.above),
        dose_row=dose_row[given],
        dose_day=dose_day[given],
        day_zero=scene.protocol.study.day_zero,
        horizon=horizon,
        milestones=_milestones(scene, start, horizon),
        left_out=_left_out(scene, ranked, shown),
        synthetic=scene.snapshot.synthetic,
    )


def _ranked(scene: Scene) -> np.ndarray:
    days = find_days(scene)
    rows = np.flatnonzero(scene.selection.mask & days.known[:, 0])
    order: np.ndarray = rows[np.lexsort((rows, -days.days[rows, 0], scene.cohort_positions[rows]))]
    return order


def _observed(points: Points, start: float, horizon: float) -> Spans:
    people, first = np.unique(points.participant_index, return_index=True)
    if not len(people):
        return Spans(people, people.astype(np.float64), people.astype(np.float64))
    last = np.append(first[1:], len(points.participant_index)) - 1
    low, high = np.maximum(points.day[first], start), np.minimum(points.day[last], horizon)
    kept = high > low
    return Spans(people[kept], low[kept], high[kept])


def _spans(spans: pd.DataFrame) -> Spans:
    row, start, end = spans["participant_index"], spans["start_day"], spans["end_day"]
    return Spans(row.to_numpy(dtype=np.int64), start.to_numpy(dtype=np.float64), end.to_numpy(dtype=np.float64))


def _place(spans: Spans, row_of: np.ndarray) -> Spans:
    """The spans of the participants that have a row, in it."""
    row = row_of[spans.row]
    kept = row >= 0
    return Spans(row[kept], spans.start[kept], spans.end[kept])


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
