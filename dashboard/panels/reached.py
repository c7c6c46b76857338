"""The thresholds page: time to the first value at or above each threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.survival import compute_at_risk, compute_kaplan_meier, derive_time_to_threshold
from dashboard.figures.survival import ReachedCurve, ReachedSummary
from dashboard.panels.thresholds import not_eligible, without_baseline
from dashboard.scene import Scene
from dashboard.view.words import describe_who


def table_time_to_threshold(scene: Scene) -> pd.DataFrame:
    """One row per participant and threshold: day of the first value at or above it, or of the last value (censored)."""
    whole = _whole(scene)
    table = whole[scene.selection.mask[whole["participant_index"].to_numpy(dtype=np.int64)]].reset_index(drop=True)
    return table[["participant", "cohort", "threshold", "time", "event"]]


def _whole(scene: Scene) -> pd.DataFrame:
    return scene.of_cut("time to threshold", lambda: _derive_times(scene), scene.view.threshold, scene.view.period, scene.view.who)


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


@dataclass(frozen=True)
class _Times:
    """The rows of everyone under one threshold as arrays."""

    person: np.ndarray
    time: np.ndarray
    event: np.ndarray


def _find_times(scene: Scene) -> tuple[_Times, ...]:
    """The times of everyone, whoever is selected, by threshold."""
    view = scene.view

    def read() -> tuple[_Times, ...]:
        whole = _whole(scene)
        names = ("participant_index", "time", "event")
        columns = [whole[name].to_numpy(dtype=kind) for name, kind in zip(names, (np.int64, np.float64, bool), strict=True)]
        of_threshold = [whole["threshold"].to_numpy() == threshold for threshold in view.threshold]
        return tuple(_Times(*(column[rows] for column in columns)) for rows in of_threshold)

    return scene.of_cut("times to threshold", read, view.threshold, view.period, view.who)


def summarise_reached_panel(scene: Scene, subject: str = "") -> ReachedSummary:
    """Kaplan–Meier curves of the time to the first value at or above each threshold, turned into the share that reached it."""
    view, protocol = scene.view, scene.protocol
    horizon = float(protocol.period_visits(view.period)[-1].target)
    grid = _at_risk_days(horizon)
    shown = [protocol.cohort_keys.index(key) for key in view.cohorts(protocol)]
    of_cohort = {position: scene.selection.mask & (scene.cohort_positions == position) for position in shown}
    curves = tuple(
        tuple(
            _curve(scene, position, times.time[own], times.event[own], grid)
            for position, own in ((position, inside[times.person]) for position, inside in of_cohort.items())
        )
        for times in _find_times(scene)
    )
    return ReachedSummary(
        thresholds=view.threshold,
        curves=curves,
        grid=grid,
        day_zero=protocol.study.day_zero,
        horizon=horizon,
        n_cohorts=len(protocol.cohorts),
        who_words=describe_who(view.who),
        left_out=without_baseline(scene) | not_eligible(scene),
        synthetic=scene.snapshot.synthetic,
    )


def _at_risk_days(horizon: float) -> np.ndarray:
    """Days at which numbers at risk stand: every few whole weeks, at most seven of them."""
    weeks = next(step for step in (1, 2, 4, 6, 12, 24, 52, 104, 520) if horizon / 7 / step <= 6)
    return np.arange(0, horizon + 1, weeks * 7, dtype=np.float64)


def _curve(scene: Scene, position: int, time: np.ndarray, event: np.ndarray, grid: np.ndarray) -> ReachedCurve:
    km = compute_kaplan_meier(time, event)
    censored = np.sort(time[~event])
    place = np.searchsorted(km.time, censored, side="right") - 1
    return ReachedCurve(
        cohort=position,
        label=scene.protocol.cohorts[position].label,
        n=len(time),
        events=int(event.sum()),
        time=np.append(km.time, time.max(initial=0)),
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
