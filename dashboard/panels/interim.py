"""The panels of the interim page that no other page has: accrual and disposition, data maturity, demography."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.interim.accrual import summarise_accrual
from dashboard.endpoints.interim.demography import summarise_demography
from dashboard.endpoints.interim.maturity import NOT_EXPECTED, SEEN, summarise_maturity
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.calendar import STATE_LOOKS
from dashboard.figures.interim import AccrualBar, AccrualSummary, BaselinePoints, DemographySummary, MaturitySummary
from dashboard.panels.calendar import STATE_LABELS
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.quality import calendar_analyte, table_visit_calendar
from dashboard.scene import Scene
from dashboard.view.words import count_words

ALL_LABEL = "All shown"
# Below this many, quartiles say no more than the values themselves.
SMALLEST_GROUP = 5


def table_accrual(scene: Scene) -> pd.DataFrame:
    """ACCRUAL_COLUMNS of `endpoints.interim.accrual`: the selection by step and cohort shown, then `all`."""
    last_visit = scene.protocol.period(scene.view.period).last_visit
    return _of_cohorts(scene, summarise_accrual(scene.analysis, scene.selection.mask, last_visit))


def table_data_maturity(scene: Scene) -> pd.DataFrame:
    """MATURITY_COLUMNS of `endpoints.interim.maturity`, of the visits of the period."""
    visits = [visit.key for visit in scene.protocol.period_visits(scene.view.period)]
    calendar = table_visit_calendar(scene)
    calendar = calendar[calendar["visit"].isin(visits)]
    return _of_cohorts(scene, summarise_maturity(calendar, scene.protocol.cohort_keys, visits))


def table_demography(scene: Scene) -> pd.DataFrame:
    """DEMOGRAPHY_COLUMNS of `endpoints.interim.demography`."""
    return _of_cohorts(scene, summarise_demography(scene.analysis, scene.selection.mask))


def _of_cohorts(scene: Scene, table: pd.DataFrame) -> pd.DataFrame:
    return table[table["cohort"].isin((*scene.view.cohorts(scene.protocol), ALL_COHORTS))].reset_index(drop=True)


def _shown_cohorts(scene: Scene) -> tuple[tuple[int, str], ...]:
    keys = scene.protocol.cohort_keys
    return tuple((keys.index(key), scene.protocol.cohort(key).label) for key in scene.view.cohorts(scene.protocol))


def _header(scene: Scene, first: str) -> tuple[str, ...]:
    return (first, *(label for _, label in _shown_cohorts(scene)), ALL_LABEL)


def _share(n: Any, of: Any) -> str:
    """n/N (%); n alone where nothing says how many there could be."""
    if pd.isna(of):
        return f"{n}"
    percent = f" ({100 * n / of:.0f} %)" if of else ""
    return f"{n}/{of}{percent}".replace(" ", NO_BREAK)


def summarise_accrual_panel(scene: Scene, subject: str = "") -> AccrualSummary:
    """Steps and states by cohort; the states stand in the table, because they say nothing about how far somebody got."""
    table = table_accrual(scene)
    steps = [(key, label) for key, label in table[["step", "label"]].drop_duplicates().itertuples(index=False, name=None)]
    drawn = [(key, label) for key, label in steps if not key.startswith("status:")]
    cell = {(row["step"], row["cohort"]): row for row in table.to_dict("records")}
    cohorts = scene.view.cohorts(scene.protocol)
    bars = tuple(tuple(_bar(cell[key, cohort], scene.protocol.cohort(cohort).label) for key, _ in drawn) for cohort in cohorts)
    cells = [
        (label, *(_share(cell[key, cohort]["n"], cell[key, cohort]["of"]) for cohort in (*cohorts, ALL_COHORTS))) for key, label in steps
    ]
    return AccrualSummary(
        steps=tuple(label for _, label in drawn),
        cohorts=_shown_cohorts(scene),
        bars=bars,
        header=_header(scene, "Participants"),
        cells=tuple(cells),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _bar(row: Mapping[Hashable, Any], cohort: str) -> AccrualBar:
    return AccrualBar(int(row["n"]), f"{row['label']}, {cohort}: {_share(row['n'], row['of'])}")


def describe_accrual(summary: AccrualSummary, scene: Scene) -> Words:
    """What each step counts of whom."""
    caption = (
        "Enrolled: of those planned, where the definition says how many. Dosed and states: of those enrolled. Doses, reaching the visit "
        "and a value at it: of those dosed. Reached: under observation at the visit's target day. The states add up to everyone "
        f"enrolled. {describe_scene(scene)}"
    )
    return Words(caption, count_words(scene.n, "participant"), (), LEFT_OUT, summary.header, summary.cells)


def summarise_maturity_panel(scene: Scene, subject: str = "") -> MaturitySummary:
    """Everyone shown by visit of the period and state; the table has the cohorts."""
    table = table_data_maturity(scene)
    whole = table[table["cohort"] == ALL_COHORTS]
    visits = scene.protocol.period_visits(scene.view.period)
    counts = whole.pivot(index="state", columns="visit", values="n").reindex(index=list(STATE_LOOKS), columns=[v.key for v in visits])
    groups = (*scene.view.cohorts(scene.protocol), ALL_COHORTS)
    states: dict[tuple[str, str], list[Mapping[Hashable, Any]]] = {}
    for row in table.to_dict("records"):
        states.setdefault((row["visit"], row["cohort"]), []).append(row)
    return MaturitySummary(
        analyte=scene.protocol.analyte(calendar_analyte(scene)).short,
        visits=tuple(visit.short for visit in visits),
        states=tuple((key, STATE_LABELS[key]) for key in STATE_LOOKS),
        counts=counts.fillna(0).to_numpy(dtype=np.int64),
        participants=scene.n,
        header=_header(scene, "Visit: seen of due; the others"),
        cells=tuple((visit.label, *(_maturity_cell(states[visit.key, cohort]) for cohort in groups)) for visit in visits),
        synthetic=scene.snapshot.synthetic,
    )


def _maturity_cell(rows: list[Mapping[Hashable, Any]]) -> str:
    """Seen of due with percent, then every other state that somebody is in."""
    n = {row["state"]: row["n"] for row in rows}
    due = int(rows[0]["due"])
    below = f", {n['below-limit']} of them below the limit" if n["below-limit"] else ""
    others = [f"{count} {STATE_LABELS[state]}" for state, count in n.items() if count and state not in SEEN]
    expected = [text for text in others if not any(text.endswith(STATE_LABELS[state]) for state in NOT_EXPECTED)]
    rest = [text for text in others if text not in expected]
    return "; ".join([f"{_share(sum(n[state] for state in SEEN), due)}{below}", *expected, *rest])


def describe_maturity(summary: MaturitySummary, scene: Scene) -> Words:
    """What is seen, what is due, and that nobody is missing."""
    caption = (
        f"What became of each planned visit, by the {summary.analyte} count. Seen: has an analysed value. Due: everyone but those not "
        "yet due at the end of the records, out of the study before the visit, or never dosed. Each visit adds up to everyone "
        f"selected. {describe_scene(scene)}"
    )
    shown = f"{count_words(summary.participants, 'participant')} at {count_words(len(summary.visits), 'visit')}"
    return Words(caption, shown, (), LEFT_OUT, summary.header, summary.cells)


def summarise_demography_panel(scene: Scene, subject: str = "") -> DemographySummary:
    """Sex, age, stratum and baseline counts of the selection."""
    table, groups = table_demography(scene), (*scene.view.cohorts(scene.protocol), ALL_COHORTS)
    cell = {(row["item"], row["cohort"]): row for row in table.to_dict("records")}
    items = table[["item", "label", "unit"]].drop_duplicates().itertuples(index=False, name=None)
    sizes = ("Participants", *(str(cell["age", cohort]["of"]) for cohort in groups))
    cells = [
        (f"{label}{f', {unit}' if unit else ''}", *(_demography_cell(cell[item, cohort]) for cohort in groups))
        for item, label, unit in items
        if unit or any(cell[item, cohort]["n"] for cohort in groups)
    ]
    return DemographySummary(
        analytes=tuple(_baseline_points(scene, part.key) for part in scene.protocol.analytes),
        cohorts=_shown_cohorts(scene),
        header=_header(scene, "n (%), or median (lowest – highest)"),
        cells=(sizes, *cells),
        participants=scene.n,
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _demography_cell(row: Mapping[Hashable, Any]) -> str:
    if not row["unit"]:
        return (f"{row['n']} ({row['percent']:.0f} %)" if row["of"] else "0").replace(" ", NO_BREAK)
    if not row["n"]:
        return "none"
    known = "" if row["n"] == row["of"] else f", n = {row['n']}"
    return f"{row['median']:,.4g} ({row['min']:,.4g} – {row['max']:,.4g}){known}".replace(" ", NO_BREAK)


def _baseline_points(scene: Scene, analyte: str) -> BaselinePoints:
    people = scene.analysis.participants
    values = people[f"baseline_{analyte}"].to_numpy(dtype=np.float64)
    rows = np.flatnonzero(scene.selection.mask & ~np.isnan(values))
    cohort = scene.cohort_positions[rows]
    medians = [values[rows[cohort == position]] for position, _ in _shown_cohorts(scene)]
    return BaselinePoints(
        analyte=scene.protocol.analyte(analyte).short,
        cohort=cohort,
        value=values[rows],
        participant=rows,
        names=tuple(people["participant"].iloc[rows]),
        medians=tuple(float(np.median(own)) if len(own) >= SMALLEST_GROUP else float("nan") for own in medians),
    )


def describe_demography(summary: DemographySummary, scene: Scene) -> Words:
    """What the numbers are."""
    without = sum(summary.participants - len(points.value) for points in summary.analytes)
    missing = (f"{count_words(without, 'baseline count')}: not recorded",) if without else ()
    caption = (
        f"Baseline counts by cohort; the bar is the median, drawn from {SMALLEST_GROUP} participants on. Table: participants with percent "
        f"of the cohort, or the median with the lowest and highest value; n where not everyone has one. {describe_scene(scene)}"
    )
    return Words(caption, count_words(summary.participants, "participant"), missing, LEFT_OUT, summary.header, summary.cells)
