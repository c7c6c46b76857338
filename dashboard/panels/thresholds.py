"""The thresholds page: responders, sweep and days above; who is left out, and why."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.responders import derive_responses, summarise_responders, summarise_sweep
from dashboard.endpoints.time_above import summarise_participant_time_above, summarise_time_above
from dashboard.figures.responders import ResponderRow, ResponderSummary, SweepLine, SweepSummary
from dashboard.figures.time_above import CohortDays, TimeAboveSummary
from dashboard.scene import Scene
from dashboard.study.choices import Who
from dashboard.view.words import describe_denominator, describe_gap, describe_interval, describe_rule, describe_who

NO_BASELINE = "no baseline"
NOTHING_COVERED = "no covered time (one value, or only gaps beyond the cap)"
ALL = "all"
NOT_IN = {"observed": "without the values the rule needs", "reached": "left before the visit", "dosed": "not dosed", "enrolled": ""}
DAY_COLUMNS = {"days": "days_above", "lower": "lower_days", "upper": "upper_days", "covered": "covered_days", "episodes": "episodes"}


def _responses(scene: Scene, threshold: float) -> pd.DataFrame:
    view = scene.view

    def derive() -> pd.DataFrame:
        analyte, everyone = scene.protocol.endpoint.analyte, np.ones(len(scene.analysis.participants), dtype=bool)
        return derive_responses(scene.analysis, everyone, analyte, threshold, view.respond, view.visit, view.period)

    def select() -> pd.DataFrame:
        everyone = scene.of_cut("responses", derive, threshold, view.respond, view.visit, view.period)
        return everyone[scene.selection.mask].reset_index(drop=True)

    return scene.keep(f"responses {threshold}", select)


def _not_counted(scene: Scene, who: Who) -> dict[str, int]:
    """Participants (with a baseline below the threshold, under `eligible`) outside the chosen denominator, by reason.

    Each is counted once per threshold under the first reason that applies; everyone's reasons do not depend on it.
    """
    reasons: dict[str, int] = {}
    for threshold in scene.view.threshold if who == "eligible" else scene.view.threshold[:1]:
        people = _responses(scene, threshold)
        outside = people[~people[scene.view.n] & (people["eligible"] | (who == "everyone"))]
        words = f" (baseline below {threshold:g}/µL)" if who == "eligible" else ""
        first = np.select([~outside["dosed"], ~outside["due"]], ["not dosed", "not yet due at the data cut"], NOT_IN[scene.view.n])
        for reason in dict.fromkeys(first.tolist()):
            reasons[f"{reason}{words}"] = int((first == reason).sum())
    return reasons


def _pending(scene: Scene) -> int:
    """Participants in the denominator whose visit is not yet due at the data cut: they count as not responding."""
    people = _responses(scene, scene.view.threshold[-1])
    return int((people[scene.view.n] & people["dosed"] & ~people["due"] & (people["eligible"] | (scene.view.who == "everyone"))).sum())


def table_responders(scene: Scene, who: Who | None = None) -> pd.DataFrame:
    """The contract's `responders` rows: thresholds × cohorts shown and all of them together."""
    view = scene.view
    tables = []
    for threshold in view.threshold:
        responses = _responses(scene, threshold)
        table = summarise_responders(responses, view.cohorts(scene.protocol), view.n, view.ci, who or view.who)
        tables.append(
            table.assign(
                threshold=threshold, respond=view.respond, visit=view.visit, denominator_rule=view.n, ci=view.ci, who=who or view.who
            )
        )
    columns = [
        "cohort",
        "threshold",
        "respond",
        "visit",
        "responders",
        "denominator",
        "denominator_rule",
        "proportion",
        "lower",
        "upper",
        "ci",
        "who",
    ]
    return pd.concat(tables, ignore_index=True)[columns]


def summarise_responder_panel(scene: Scene, subject: str = "") -> ResponderSummary:
    """Responders by threshold and cohort, for the chosen participants and for the other choice."""
    view, protocol = scene.view, scene.protocol
    other: Who = "everyone" if view.who == "eligible" else "eligible"
    return ResponderSummary(
        thresholds=view.threshold,
        rows=_responder_rows(scene, table_responders(scene)),
        others=_responder_rows(scene, table_responders(scene, other)),
        n_cohorts=len(protocol.cohorts),
        rule_words=describe_rule(view, protocol),
        who_words=describe_who(view.who),
        denominator_words=describe_denominator(view, protocol),
        interval_words=describe_interval(view, protocol),
        left_out=(without_baseline(scene) | not_eligible(scene) if view.who == "eligible" else {}) | _not_counted(scene, view.who),
        pending=_pending(scene),
        synthetic=scene.snapshot.synthetic,
    )


def _responder_rows(scene: Scene, table: pd.DataFrame) -> tuple[tuple[ResponderRow, ...], ...]:
    by_threshold = [table[table["threshold"] == threshold] for threshold in scene.view.threshold]
    return tuple(tuple(_responder_row(scene, row) for row in rows.to_dict("records")) for rows in by_threshold)


def _responder_row(scene: Scene, row: Mapping[Hashable, Any]) -> ResponderRow:
    everyone = row["cohort"] == ALL
    return ResponderRow(
        cohort=None if everyone else scene.protocol.cohort_keys.index(row["cohort"]),
        label="All shown" if everyone else scene.protocol.cohort(row["cohort"]).label,
        responders=int(row["responders"]),
        denominator=int(row["denominator"]),
        proportion=float(row["proportion"]),
        lower=float(row["lower"]),
        upper=float(row["upper"]),
    )


def without_baseline(scene: Scene) -> dict[str, int]:
    """How many participants of the selection have no baseline of the endpoint analyte, as a reason; empty when none."""
    baseline = scene.analysis.participants[f"baseline_{scene.protocol.endpoint.analyte}"].to_numpy()
    missing = int((scene.selection.mask & np.isnan(baseline)).sum())
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
    table, protocol = table_sweep(scene), scene.protocol
    lines = []
    for cohort in (*scene.view.cohorts(protocol), ALL):
        rows = table[table["cohort"] == cohort]
        position, label = (None, "All shown") if cohort == ALL else (protocol.cohort_keys.index(cohort), protocol.cohort(cohort).label)
        lines.append(SweepLine(position, label, int(rows["denominator"].iloc[0]), rows["proportion"].to_numpy(dtype=np.float64)))
    return SweepSummary(
        analyte=protocol.analyte(protocol.endpoint.analyte).short,
        grid=_grid(scene),
        lines=tuple(lines),
        marked=scene.view.threshold,
        n_cohorts=len(protocol.cohorts),
        rule_words=describe_rule(scene.view, protocol),
        denominator_words=describe_denominator(scene.view, protocol),
        left_out=_not_counted(scene, "everyone"),
        synthetic=scene.snapshot.synthetic,
    )


def table_time_above(scene: Scene) -> pd.DataFrame:
    """The contract's `time-above` rows of the participants in the selection, eligible or not, for each threshold."""
    view = scene.view

    def summarise() -> pd.DataFrame:
        analyte, everyone = scene.protocol.endpoint.analyte, np.ones(len(scene.analysis.participants), dtype=bool)
        return summarise_participant_time_above(scene.analysis, everyone, analyte, view.threshold, view.rule, view.gap, view.period)

    # Everyone has a row for each threshold, and nobody's days depend on who else is selected.
    whole = scene.of_cut("time above", summarise, view.threshold, view.rule, view.gap, view.period)
    return whole[np.repeat(scene.selection.mask, len(view.threshold))].reset_index(drop=True)


def counted_time_above(scene: Scene) -> pd.DataFrame:
    """The rows of `table_time_above` that enter the cohort figures: with a baseline, and eligible if `who` asks for it."""
    table = table_time_above(scene)
    counted = table["days_above"].notna()
    return table[counted & table["eligible"]] if scene.view.who == "eligible" else table[counted]


def table_time_above_summary(scene: Scene) -> pd.DataFrame:
    """The contract's `time-above-summary` rows: thresholds × cohorts shown."""
    return summarise_time_above(counted_time_above(scene), scene.view.cohorts(scene.protocol), scene.view.threshold)


def summarise_time_above_panel(scene: Scene, subject: str = "") -> TimeAboveSummary:
    """Per threshold and cohort: every participant's days above with bounds, and the cohort's summary."""
    view, protocol = scene.view, scene.protocol
    people = counted_time_above(scene)
    cohorts = summarise_time_above(people, view.cohorts(protocol), view.threshold)
    return TimeAboveSummary(
        thresholds=view.threshold,
        cohorts=tuple(
            tuple(_cohort_days(scene, people, row) for row in cohorts[cohorts["threshold"] == threshold].to_dict("records"))
            for threshold in view.threshold
        ),
        n_cohorts=len(protocol.cohorts),
        horizon=float(protocol.period_visits(view.period)[-1].target),
        rule_words=view.rule,
        gap_words=describe_gap(view),
        who_words=describe_who(view.who),
        left_out=_left_out(scene),
        synthetic=scene.snapshot.synthetic,
    )


def _left_out(scene: Scene) -> dict[str, int]:
    """Participants of the selection without days above: each counted once per threshold, under the first reason that applies."""
    table = table_time_above(scene)
    nothing = table[table["baseline"].notna() & table["days_above"].isna()]
    if scene.view.who == "everyone":
        by_threshold = {NOTHING_COVERED: int((nothing["threshold"] == scene.view.threshold[0]).sum())}
    else:
        eligible = nothing[nothing["eligible"]]
        by_threshold = {f"{NOTHING_COVERED}, at {t:g}/µL": int((eligible["threshold"] == t).sum()) for t in scene.view.threshold}
    return without_baseline(scene) | {reason: n for reason, n in by_threshold.items() if n} | not_eligible(scene)


def _cohort_days(scene: Scene, people: pd.DataFrame, row: Mapping[Hashable, Any]) -> CohortDays:
    members = people[(people["cohort"] == row["cohort"]) & (people["threshold"] == row["threshold"])]
    arrays: dict[str, Any] = {field: members[name].to_numpy(dtype=np.float64) for field, name in DAY_COLUMNS.items()}
    numbers: dict[str, Any] = {name: float(row[name]) for name in ("mean", "mean_lower", "mean_upper", "median", "q1", "q3")}
    return CohortDays(
        cohort=scene.protocol.cohort_keys.index(row["cohort"]),
        label=scene.protocol.cohort(row["cohort"]).label,
        participant=members["participant"].to_numpy(dtype=object),
        n=int(row["n"]),
        n_any=int(row["n_any"]),
        **arrays,
        **numbers,
    )
