"""The thresholds page: time to the first value at or above each threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.survival import compute_at_risk, compute_kaplan_meier, derive_time_to_threshold
from dashboard.figures.survival import ReachedCurve, ReachedSummary
from dashboard.panels.thresholds import not_eligible, without_baseline
from dashboard.scene import Scene
from dashboard.view.words import describe_who


def table_time_to_threshold(scene: Scene) -> pd.DataFrame:
    """One row per participant and threshold: day of the first value at or above it, or of the last value (censored)."""
    whole = scene.of_cut("time to threshold", lambda: _derive_times(scene), scene.view.threshold, scene.view.period, scene.view.who)
    table = whole[scene.selection.mask[whole["participant_index"].to_numpy(dtype=np.int64)]].reset_index(drop=True)
    return table[["participant", "cohort", "threshold", "time", "event"]]


def _derive_times(scene: Scene) -> pd.DataFrame:
    """The rows of everyone, whoever is selected."""
    view, everyone = scene.view, np.ones(len(scene.analysis.participants), dtype=bool)
    tables = [
        derive_time_to_threshold(scene.analysis, everyone, scene.protocol.endpoint.analyte, threshold, view.period, view.who).assign(
            threshold=threshold
        )
        for threshold in view.threshold
    ]
    table = pd.concat(tables, ignore_index=True)
    names = scene.analysis.participants["participant"].to_numpy()
    return table.assign(participant=names[table["participant_index"].to_numpy(dtype=np.int64)])


def summarise_reached_panel(scene: Scene, subject: str = "") -> ReachedSummary:
    """Kaplan–Meier curves of the time to the first value at or above each threshold, turned into the share that reached it."""
    view, protocol = scene.view, scene.protocol
    table = table_time_to_threshold(scene)
    horizon = float(protocol.period_visits(view.period)[-1].target)
    grid = _at_risk_days(horizon)
    curves = tuple(
        tuple(
            _curve(scene, cohort, group, grid)
            for cohort in view.cohorts(protocol)
            if len(group := table[(table["threshold"] == threshold) & (table["cohort"] == cohort)])
        )
        for threshold in view.threshold
    )
    left_out = without_baseline(scene) | not_eligible(scene)
    return ReachedSummary(
        view.threshold, curves, grid, horizon, len(protocol.cohorts), describe_who(view.who), left_out, scene.snapshot.synthetic
    )


def _at_risk_days(horizon: float) -> np.ndarray:
    """Days at which numbers at risk stand: every few whole weeks, at most seven of them."""
    weeks = next(step for step in (1, 2, 4, 6, 12, 24, 52, 104, 520) if horizon / 7 / step <= 6)
    return np.arange(0, horizon + 1, weeks * 7, dtype=np.float64)


def _curve(scene: Scene, cohort: str, group: pd.DataFrame, grid: np.ndarray) -> ReachedCurve:
    time, event = group["time"].to_numpy(dtype=np.float64), group["event"].to_numpy(dtype=bool)
    km = compute_kaplan_meier(time, event)
    censored = np.sort(time[~event])
    place = np.searchsorted(km.time, censored, side="right") - 1
    return ReachedCurve(
        cohort=scene.protocol.cohort_keys.index(cohort),
        label=scene.protocol.cohort(cohort).label,
        n=len(time),
        events=int(event.sum()),
        time=np.append(km.time, time.max()),
        reached=np.append(1 - km.survival, 1 - km.survival[-1]),
        lower=np.append(1 - km.upper, 1 - km.upper[-1]),
        upper=np.append(1 - km.lower, 1 - km.lower[-1]),
        censored_time=censored,
        censored_reached=1 - km.survival[place],
        at_risk=compute_at_risk(time, grid),
        median=km.median,
        median_lower=km.median_lower,
        median_upper=km.median_upper,
    )
