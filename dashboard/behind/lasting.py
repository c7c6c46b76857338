"""Behind the days above a threshold and the time to the first value at or above it: who is counted, with the counts that say so."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.behind.laboratory import baseline_rows
from dashboard.behind.parts import Behind, count_rows, is_in_cohort, name_cohort, shape_rows
from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.periods import compute_last_accepted_day
from dashboard.errors import NotFoundError
from dashboard.panels.reached import table_time_to_threshold
from dashboard.panels.thresholds import counted_time_above
from dashboard.panels.visit_words import describe_reach
from dashboard.scene import Scene
from dashboard.study.cells import write_part
from dashboard.study.references import Reference, encode_reference
from dashboard.view.words import BASE_WORDS, describe_gap, describe_who

PAGE = "thresholds"
ABOVE, BELOW = "at or above the threshold", "below the threshold"
COLUMNS = {"time-above": ("n", "any"), "reached": ("n", "events")}


def find_time_above(scene: Scene, column: str, threshold: str, cohort: str) -> Behind:
    """Behind n of the days above a threshold in a cohort, or those with any day above, with baseline and counts of the period."""
    level = _read_level(scene, "time-above", column, threshold, cohort)
    table = counted_time_above(scene)
    people, kept = _find_people(scene, table, level, cohort)
    group = people[kept]
    any_day = table["days_above"].to_numpy(dtype=np.float64)[kept] > 0
    counted = group[any_day] if column == "any" else group
    period = scene.protocol.period(scene.view.period).label
    what = f"any day {_name(scene)} ≥ {threshold}" if column == "any" else f"days {_name(scene)} ≥ {threshold}"
    return Behind(
        title=f"{what}, {period}, {name_cohort(scene, cohort)}",
        page=PAGE,
        counted=counted,
        group=group,
        group_words=f"participants with covered days, among {describe_who(scene.view.who)}",
        read=lambda: _read_points(scene, counted, level),
        choices=f"{describe_gap(scene.view)[:1].upper()}{describe_gap(scene.view)[1:]}. Baseline: {BASE_WORDS[scene.view.base]}.",
        of=encode_reference(Reference("cohort-days-above", cohort=cohort, threshold=level)),
    )


def find_reached(scene: Scene, column: str, threshold: str, cohort: str) -> Behind:
    """Behind n of the time to a threshold in a cohort, or those who reached it, with the count of the day that ended the time."""
    level = _read_level(scene, "reached", column, threshold, cohort)
    table = table_time_to_threshold(scene)
    people, kept = _find_people(scene, table, level, cohort)
    group, event = people[kept], table["event"].to_numpy(dtype=bool)[kept]
    chosen = event if column == "events" else np.ones(len(group), dtype=bool)
    day = table["time"].to_numpy(dtype=np.int64)[kept]
    what = f"reached {_name(scene)} ≥ {threshold}" if column == "events" else f"time to {_name(scene)} ≥ {threshold}"
    return Behind(
        title=f"{what} {describe_reach(scene.view, scene.protocol)}, {name_cohort(scene, cohort)}",
        page=PAGE,
        counted=group[chosen],
        group=group,
        group_words=f"participants with a baseline, among {describe_who(scene.view.who)}",
        read=lambda: [*_ended(scene, group, day, event, "first at or above"), *_ended(scene, group, day, ~event & chosen, "last value")],
        choices=f"Baseline: {BASE_WORDS[scene.view.base]}.",
    )


def _read_level(scene: Scene, table: str, column: str, threshold: str, cohort: str) -> float:
    """The threshold that the address names; NotFoundError for a column, threshold or cohort that the table of this view does not have."""
    levels = {write_part(level): level for level in scene.view.threshold}
    parts = {"column": (column, COLUMNS[table]), "threshold": (threshold, levels), "cohort": (cohort, scene.view.cohorts(scene.protocol))}
    for name, (given, known) in parts.items():
        if given not in known:
            raise NotFoundError("cell", f"{name} {given}", tuple(known))
    return levels[threshold]


def _find_people(scene: Scene, table: pd.DataFrame, level: float, cohort: str) -> tuple[Ints, Flags]:
    """The participant (row of `Analysis.participants`) of each row of `table`, and which rows are of this threshold and cohort."""
    place = pd.Index(scene.analysis.participants["participant"])
    people: Ints = place.get_indexer(pd.Index(table["participant"])).astype(np.int64)
    kept: Flags = (table["threshold"] == level).to_numpy(dtype=bool) & is_in_cohort(scene, people, cohort)
    return people, kept


def _name(scene: Scene) -> str:
    return scene.protocol.analyte(scene.protocol.endpoint.analyte).short


def _read_points(scene: Scene, people: Ints, level: float) -> list[pd.DataFrame]:
    """The rows of the baseline and of every count after day 0 in the period."""
    analyte, counts = scene.protocol.endpoint.analyte, scene.analysis.counts
    counts = counts[(counts["analyte"] == analyte) & counts["participant_index"].isin(people) & (counts["day"] > 0).fillna(False)]
    last = compute_last_accepted_day(scene.analysis, scene.view.period)[counts["participant_index"].to_numpy(dtype=np.int64)]
    counts = counts[(counts["day"] <= last).to_numpy(dtype=bool) & counts["value"].notna().to_numpy()]
    role = np.where(counts["value"] >= level, ABOVE, BELOW)
    return [baseline_rows(scene, analyte, people), shape_rows(counts, role=role, what=_name(scene), unit=counts["unit_text"])]


def _ended(scene: Scene, people: Ints, day: Ints, chosen: Flags, role: str) -> list[pd.DataFrame]:
    """The rows of the day that ended the time of those `chosen`; a time of 0 was ended by the baseline."""
    analyte, later = scene.protocol.endpoint.analyte, day > 0
    first = baseline_rows(scene, analyte, people[chosen & ~later]).assign(role=f"{role}: baseline")
    return [first, count_rows(scene, analyte, people[chosen & later], day[chosen & later], role)]
