"""The panels of the interim page that no other page has: accrual and disposition, data maturity, demography."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.interim.accrual import count_steps, derive_steps, summarise_accrual
from dashboard.endpoints.interim.demography import DemographyRow, Item, derive_items, list_demography, summarise_demography
from dashboard.endpoints.interim.maturity import NOT_EXPECTED, SEEN, count_due, count_states, summarise_maturity
from dashboard.endpoints.quality.calendar import STATE_KEYS
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.calendar import STATE_LOOKS
from dashboard.figures.interim import AccrualBar, AccrualSummary, BaselinePoints, DemographySummary, MaturitySummary
from dashboard.panels.calendar import STATE_LABELS
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.quality import calendar_analyte, find_states, table_visit_calendar
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


def _share(n: int | None, of: int | None) -> str:
    """n/N (%); n alone where nothing says how many there could be."""
    if n is None or of is None:
        return f"{n}"
    percent = f" ({100 * n / of:.0f} %)" if of else ""
    return f"{n}/{of}{percent}".replace(" ", NO_BREAK)


def summarise_accrual_panel(scene: Scene, subject: str = "") -> AccrualSummary:
    """Steps and states by cohort; the states stand in the table, because they say nothing about how far somebody got."""
    visit = scene.protocol.period(scene.view.period).last_visit
    steps = scene.of_cut("steps of accrual", lambda: derive_steps(scene.analysis, visit), visit)
    n, of = count_steps(steps, scene.analysis, scene.selection.mask)
    cohorts, everyone = _shown_cohorts(scene), len(scene.protocol.cohorts)
    drawn = [step for step in steps if not step.key.startswith("status:")]
    shares = {(step.key, place): _share(n[step.key][place], of[step.key][place]) for step in steps for place in range(everyone + 1)}
    bars = tuple(
        tuple(AccrualBar(n[step.key][place] or 0, f"{step.label}, {cohort}: {shares[step.key, place]}") for step in drawn)
        for place, cohort in cohorts
    )
    places = (*(place for place, _ in cohorts), everyone)
    return AccrualSummary(
        steps=tuple(step.label for step in drawn),
        cohorts=cohorts,
        bars=bars,
        header=_header(scene, "Participants"),
        cells=tuple((step.label, *(shares[step.key, place] for place in places)) for step in steps),
        n_cohorts=everyone,
        synthetic=scene.snapshot.synthetic,
    )


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
    visits = scene.protocol.period_visits(scene.view.period)
    n = _count_states(scene, [scene.protocol.visit_keys.index(visit.key) for visit in visits])
    numbers, due = n.tolist(), count_due(n).tolist()
    places = (*(place for place, _ in _shown_cohorts(scene)), len(scene.protocol.cohorts))
    return MaturitySummary(
        analyte=scene.protocol.analyte(calendar_analyte(scene)).short,
        visits=tuple(visit.short for visit in visits),
        states=tuple((key, STATE_LABELS[key]) for key in STATE_LOOKS),
        counts=n[:, -1].T[[STATE_KEYS.index(key) for key in STATE_LOOKS]],
        participants=scene.n,
        header=_header(scene, "Visit: seen of due; the others"),
        cells=tuple(
            (visit.label, *(_maturity_cell(numbers[row][place], due[row][place]) for place in places)) for row, visit in enumerate(visits)
        ),
        synthetic=scene.snapshot.synthetic,
    )


def _count_states(scene: Scene, visits: list[int]) -> Ints:
    """The selection by visit (their positions in the plan), cohort (then all) and state."""
    people = np.flatnonzero(scene.selection.mask)
    state = find_states(scene).state[people][:, visits]
    visit, cohort = np.tile(np.arange(len(visits)), len(people)), np.repeat(scene.cohort_positions[people], len(visits))
    return count_states(visit, cohort, state.ravel(), len(visits), len(scene.protocol.cohorts))


def _maturity_cell(n: list[int], due: int) -> str:
    """Seen of due with percent, then every other state that somebody is in; `n` is by state of STATE_KEYS."""
    of = {state: count for state, count in zip(STATE_KEYS, n, strict=True) if count}
    below = f", {of['below-limit']} of them below the limit" if "below-limit" in of else ""
    seen = sum(of.pop(state, 0) for state in SEEN)
    # What was not expected stands last.
    others = sorted(of, key=NOT_EXPECTED.__contains__)
    return "; ".join([f"{_share(seen, due)}{below}", *(f"{of[state]} {STATE_LABELS[state]}" for state in others)])


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
    groups = (*scene.view.cohorts(scene.protocol), ALL_COHORTS)
    items = scene.of_cut("items of demography", lambda: derive_items(scene.analysis))
    cell = {(row.item, row.cohort): row for row in list_demography(items, scene.analysis, scene.selection.mask)}
    sizes = ("Participants", *(str(cell["age", cohort].of) for cohort in groups))
    cells = [
        (
            f"{item.label}{f', {item.unit}' if item.unit else ''}",
            *(_demography_cell(scene, item, cell[item.key, cohort]) for cohort in groups),
        )
        for item in items
        if item.unit or any(cell[item.key, cohort].n for cohort in groups)
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


def _demography_cell(scene: Scene, item: Item, row: DemographyRow) -> str:
    """A share, or a summary of values; fewer than SMALLEST_GROUP values stand there themselves, the lowest first."""
    if not row.unit:
        return (f"{row.n} ({row.percent:.0f} %)" if row.of else "0").replace(" ", NO_BREAK)
    if not row.n:
        return "none"
    known = ("" if row.n == row.of else f", n = {row.n}").replace(" ", NO_BREAK)
    if row.n < SMALLEST_GROUP:
        return f"{', '.join(f'{value:,.4g}' for value in _list_values(scene, item, row.cohort))}{known}"
    return f"{row.median:,.4g} ({row.min:,.4g} – {row.max:,.4g})".replace(" ", NO_BREAK) + known


def _list_values(scene: Scene, item: Item, cohort: str) -> list[float]:
    """The values of a measure in a cohort of the selection, or in all of them, in their order."""
    if item.values is None:
        return []
    keys, member = scene.protocol.cohort_keys, scene.selection.mask & ~np.isnan(item.values)
    if cohort != ALL_COHORTS:
        member = member & (scene.cohort_positions == keys.index(cohort))
    return sorted(item.values[member].tolist())


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
        names=tuple(_find_names(scene)[rows].tolist()),
        medians=tuple(float(np.median(own)) if len(own) >= SMALLEST_GROUP else float("nan") for own in medians),
    )


def _find_names(scene: Scene) -> np.ndarray:
    return scene.of_cut("names of participants", lambda: scene.analysis.participants["participant"].to_numpy(dtype=object))


def describe_demography(summary: DemographySummary, scene: Scene) -> Words:
    """What the numbers are."""
    without = sum(summary.participants - len(points.value) for points in summary.analytes)
    missing = (f"{count_words(without, 'baseline count')}: not recorded",) if without else ()
    caption = (
        f"Baseline counts by cohort; the bar is the median, drawn from {SMALLEST_GROUP} participants on. Table: participants with percent "
        f"of the cohort, or the median with the lowest and highest value; the values themselves of fewer than {SMALLEST_GROUP}; n where "
        f"not everyone has one. {describe_scene(scene)}"
    )
    return Words(caption, count_words(summary.participants, "participant"), missing, LEFT_OUT, summary.header, summary.cells)
