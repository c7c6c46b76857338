"""The thresholds page: responders, sweep and days above; who is left out, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.proportions import compute_limits
from dashboard.endpoints.responders import Responses, compute_responses, compute_shares, count_shares, count_sweep, summarise_sweep
from dashboard.endpoints.time_above import (
    DaysAbove,
    compute_days_summary,
    read_days_above,
    summarise_participant_time_above,
    summarise_time_above,
)
from dashboard.figures.responders import ResponderRow, ResponderSummary, SweepLine, SweepSummary
from dashboard.figures.time_above import CohortDays, TimeAboveSummary
from dashboard.panels.visit_words import describe_response
from dashboard.scene import Scene
from dashboard.study.choices import Who
from dashboard.view.words import describe_denominator, describe_gap, describe_interval, describe_who

NO_BASELINE = "no baseline"
NOTHING_COVERED = "no covered time (one value, or only gaps beyond the cap)"
ALL = "all"
NOT_IN = {"observed": "without the values the rule needs", "reached": "left before the visit", "dosed": "not dosed", "enrolled": ""}


@dataclass(frozen=True)
class _Shares:
    """Proportions by threshold (first axis) and cohort shown, then all of them (second axis)."""

    responders: np.ndarray
    denominator: np.ndarray
    proportion: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def _responses(scene: Scene) -> Responses:
    """The responses of everyone, whoever is selected."""
    view, analyte = scene.view, scene.protocol.endpoint.analyte
    return scene.of_cut(
        "responses",
        lambda: compute_responses(scene.analysis, analyte, view.respond, view.visit, view.period),
        view.respond,
        view.visit,
        view.period,
    )


def _concerned(scene: Scene, threshold: float, who: Who) -> np.ndarray:
    """Whom `who` lets count, of the selection."""
    mask = scene.selection.mask
    return mask if who == "everyone" else mask & _responses(scene).eligible(threshold)


def _not_counted(scene: Scene, who: Who) -> dict[str, int]:
    """Participants (with a baseline below the threshold, under `eligible`) outside the chosen denominator, by reason.

    Each is counted once per threshold under the first reason that applies; everyone's reasons do not depend on it.
    """
    reasons: dict[str, int] = {}
    flags, names = _responses(scene).flags, ("not dosed", "not yet due at the data cut", NOT_IN[scene.view.n])
    first = np.where(~flags["dosed"], 0, np.where(~flags["due"], 1, 2))
    for threshold in scene.view.threshold if who == "eligible" else scene.view.threshold[:1]:
        outside = first[_concerned(scene, threshold, who) & ~flags[scene.view.n]]
        words = f" (baseline below {threshold:g}/µL)" if who == "eligible" else ""
        for reason in dict.fromkeys(outside.tolist()):
            reasons[f"{names[reason]}{words}"] = int(np.count_nonzero(outside == reason))
    return reasons


def _pending(scene: Scene) -> int:
    """Participants in the denominator whose visit is not yet due at the data cut: they count as not responding."""
    flags, concerned = _responses(scene).flags, _concerned(scene, scene.view.threshold[-1], scene.view.who)
    return int(np.count_nonzero(concerned & flags[scene.view.n] & flags["dosed"] & ~flags["due"]))


def _count_shares(scene: Scene, who: Who) -> _Shares:
    view, responses, shown = scene.view, _responses(scene), scene.view.cohorts(scene.protocol)
    place = np.full(len(scene.protocol.cohorts), -1)
    place[[scene.protocol.cohort_keys.index(key) for key in shown]] = np.arange(len(shown))
    group = place[scene.cohort_positions]
    counts = []
    for threshold in view.threshold:
        counted = _concerned(scene, threshold, who) & responses.flags[view.n]
        counts.append(count_shares(responses.responds(threshold), counted, group, len(shown)))
    x, n = (np.stack(parts) for parts in zip(*counts, strict=True))
    return _Shares(x, n, compute_shares(x, n), *compute_limits(x, n, view.ci))


def table_responders(scene: Scene, who: Who | None = None) -> pd.DataFrame:
    """The contract's `responders` rows: thresholds × cohorts shown and all of them together; `visit` only where the rule reads one."""
    view, shares = scene.view, _count_shares(scene, who or scene.view.who)
    cohorts = np.array([*view.cohorts(scene.protocol), ALL], dtype=object)
    columns = {
        "cohort": np.tile(cohorts, len(view.threshold)),
        "threshold": np.repeat(np.array(view.threshold), len(cohorts)),
        "respond": view.respond,
        "visit": view.visit if view.respond == "at-visit" else None,
        "responders": shares.responders.ravel(),
        "denominator": shares.denominator.ravel(),
        "denominator_rule": view.n,
        "proportion": shares.proportion.ravel(),
        "lower": shares.lower.ravel(),
        "upper": shares.upper.ravel(),
        "ci": view.ci,
        "who": who or view.who,
    }
    return pd.DataFrame(columns).astype({"cohort": "str", "visit": "str"})


def summarise_responder_panel(scene: Scene, subject: str = "") -> ResponderSummary:
    """Responders by threshold and cohort, for the chosen participants and for the other choice."""
    view, protocol = scene.view, scene.protocol
    other: Who = "everyone" if view.who == "eligible" else "eligible"
    return ResponderSummary(
        thresholds=view.threshold,
        rows=_responder_rows(scene, _count_shares(scene, view.who)),
        others=_responder_rows(scene, _count_shares(scene, other)),
        n_cohorts=len(protocol.cohorts),
        rule_words=describe_response(view, protocol),
        who_words=describe_who(view.who),
        denominator_words=describe_denominator(view, protocol),
        interval_words=describe_interval(view, protocol),
        left_out=(without_baseline(scene) | not_eligible(scene) if view.who == "eligible" else {}) | _not_counted(scene, view.who),
        pending=_pending(scene),
        synthetic=scene.snapshot.synthetic,
    )


def _list_lines(scene: Scene) -> list[tuple[int | None, str]]:
    """Position and label of each cohort shown, then of all of them."""
    protocol = scene.protocol
    cohorts = [(protocol.cohort_keys.index(key), protocol.cohort(key).label) for key in scene.view.cohorts(protocol)]
    return [*cohorts, (None, "All shown")]


def _responder_rows(scene: Scene, shares: _Shares) -> tuple[tuple[ResponderRow, ...], ...]:
    columns = [part.tolist() for part in (shares.responders, shares.denominator, shares.proportion, shares.lower, shares.upper)]
    lines = _list_lines(scene)
    return tuple(
        tuple(ResponderRow(*line, *numbers) for line, *numbers in zip(lines, *by_threshold, strict=True))
        for by_threshold in zip(*columns, strict=True)
    )


def without_baseline(scene: Scene) -> dict[str, int]:
    """How many participants of the selection have no baseline of the endpoint analyte, as a reason; empty when none."""
    baseline = scene.analysis.participants[f"baseline_{scene.protocol.endpoint.analyte}"].to_numpy()
    missing = int(np.count_nonzero(scene.selection.mask & np.isnan(baseline)))
    return {NO_BASELINE: missing} if missing else {}


def not_eligible(scene: Scene) -> dict[str, int]:
    """Participants whose baseline is at or above a threshold, by threshold; none of them counts under `eligible`."""
    if scene.view.who == "everyone":
        return {}
    baseline = scene.analysis.participants[f"baseline_{scene.protocol.endpoint.analyte}"].to_numpy()
    counts = {f"baseline already at or above {t:g}/µL": int((scene.selection.mask & (baseline >= t)).sum()) for t in scene.view.threshold}
    return {reason: n for reason, n in counts.items() if n}


def table_sweep(scene: Scene) -> pd.DataFrame:
    """Responder proportion by cohort shown, and all, over a grid of thresholds; always of everyone, so that it cannot rise."""
    view = scene.view
    table = summarise_sweep(
        scene.analysis,
        scene.selection.mask,
        scene.protocol.endpoint.analyte,
        _grid(scene),
        view.respond,
        view.visit,
        view.period,
        view.n,
        "everyone",
    )
    return table[table["cohort"].isin((*view.cohorts(scene.protocol), ALL))].reset_index(drop=True)


def _grid(scene: Scene) -> np.ndarray:
    """Levels from 0 to twice the highest chosen or defined threshold, in steps of a fiftieth of it."""
    highest = max(*scene.view.threshold, *scene.protocol.endpoint.thresholds)
    return np.linspace(0, 2 * highest, 101)


def summarise_sweep_panel(scene: Scene, subject: str = "") -> SweepSummary:
    """One line per cohort shown and one for all of them."""
    protocol, grid, responses = scene.protocol, _grid(scene), _responses(scene)
    cohorts = len(protocol.cohorts)
    responders, people = count_sweep(responses, scene.selection.mask, scene.cohort_positions, cohorts, grid, scene.view.n)
    shares = compute_shares(responders, np.broadcast_to(people[:, None], responders.shape))
    lines = [
        SweepLine(position, label, int(people[row]), shares[row])
        for position, label in _list_lines(scene)
        for row in (cohorts if position is None else position,)
    ]
    return SweepSummary(
        analyte=protocol.analyte(protocol.endpoint.analyte).short,
        grid=grid,
        lines=tuple(lines),
        marked=scene.view.threshold,
        n_cohorts=len(protocol.cohorts),
        rule_words=describe_response(scene.view, protocol),
        denominator_words=describe_denominator(scene.view, protocol),
        left_out=_not_counted(scene, "everyone"),
        synthetic=scene.snapshot.synthetic,
    )


def table_time_above(scene: Scene) -> pd.DataFrame:
    """The contract's `time-above` rows of the participants in the selection, eligible or not, for each threshold."""
    return _time_above(scene)[np.repeat(scene.selection.mask, len(scene.view.threshold))].reset_index(drop=True)


def _time_above(scene: Scene) -> pd.DataFrame:
    """The rows of everyone: each has a row for each threshold, and nobody's days depend on who else is selected."""
    view = scene.view

    def summarise() -> pd.DataFrame:
        analyte, everyone = scene.protocol.endpoint.analyte, np.ones(len(scene.analysis.participants), dtype=bool)
        return summarise_participant_time_above(scene.analysis, everyone, analyte, view.threshold, view.rule, view.gap, view.period)

    return scene.of_cut("time above", summarise, view.threshold, view.rule, view.gap, view.period)


def counted_time_above(scene: Scene) -> pd.DataFrame:
    """The rows of `table_time_above` that enter the cohort figures: with a baseline, and eligible if `who` asks for it."""
    table = table_time_above(scene)
    counted = table["days_above"].notna()
    return table[counted & table["eligible"]] if scene.view.who == "eligible" else table[counted]


def table_time_above_summary(scene: Scene) -> pd.DataFrame:
    """The contract's `time-above-summary` rows: thresholds × cohorts shown."""
    return summarise_time_above(counted_time_above(scene), scene.view.cohorts(scene.protocol), scene.view.threshold)


def find_days(scene: Scene) -> DaysAbove:
    """The days above of everyone, whoever is selected."""
    view = scene.view
    parts = (view.threshold, view.rule, view.gap, view.period)
    return scene.of_cut("days above", lambda: read_days_above(_time_above(scene), len(view.threshold)), *parts)


def summarise_time_above_panel(scene: Scene, subject: str = "") -> TimeAboveSummary:
    """Per threshold and cohort: every participant's days above with bounds, and the cohort's summary."""
    view, protocol, days = scene.view, scene.protocol, find_days(scene)
    counted = days.known & scene.selection.mask[:, None] & (days.eligible | (view.who == "everyone"))
    shown = [protocol.cohort_keys.index(key) for key in view.cohorts(protocol)]
    of_cohort = {position: scene.cohort_positions == position for position in shown}
    return TimeAboveSummary(
        thresholds=view.threshold,
        cohorts=tuple(
            tuple(
                _cohort_days(scene, days, position, place, np.flatnonzero(counted[:, place] & inside))
                for position, inside in of_cohort.items()
            )
            for place in range(len(view.threshold))
        ),
        n_cohorts=len(protocol.cohorts),
        horizon=float(protocol.period_visits(view.period)[-1].target),
        rule_words=view.rule,
        gap_words=describe_gap(view),
        who_words=describe_who(view.who),
        left_out=_left_out(scene, days),
        synthetic=scene.snapshot.synthetic,
    )


def _left_out(scene: Scene, days: DaysAbove) -> dict[str, int]:
    """Participants of the selection without days above: each counted once per threshold, under the first reason that applies."""
    baseline = scene.analysis.participants[f"baseline_{scene.protocol.endpoint.analyte}"].to_numpy()
    nothing = ~days.known & (scene.selection.mask & ~np.isnan(baseline))[:, None]
    if scene.view.who == "everyone":
        by_threshold = {NOTHING_COVERED: int(np.count_nonzero(nothing[:, 0]))}
    else:
        counts = np.count_nonzero(nothing & days.eligible, axis=0).tolist()
        by_threshold = {f"{NOTHING_COVERED}, at {t:g}/µL": n for t, n in zip(scene.view.threshold, counts, strict=True)}
    return without_baseline(scene) | {reason: n for reason, n in by_threshold.items() if n} | not_eligible(scene)


def _cohort_days(scene: Scene, days: DaysAbove, position: int, place: int, members: np.ndarray) -> CohortDays:
    columns = (days.days, days.lower, days.upper, days.covered, days.episodes)
    arrays = [column[members, place] for column in columns]
    label, summary = scene.protocol.cohorts[position].label, compute_days_summary(arrays[0])
    return CohortDays(position, label, summary, scene.analysis.names[members], *arrays)
