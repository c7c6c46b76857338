"""The participants page's table, and one participant's panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.participant_tracks import (
    COUNT,
    DATA_CUT,
    DOSE,
    EVENT,
    MEDICATION,
    MILESTONE,
    describe_end,
    summarise_cohort_course,
)
from dashboard.endpoints.participant_words import each_row, plain_unit
from dashboard.endpoints.time_above import summarise_participant_time_above
from dashboard.figures.participant import WEEK, ParticipantSummary, Track, place_values
from dashboard.figures.participant_course import Course
from dashboard.figures.participant_range import OwnRange
from dashboard.panels.marks import find_pointless_flags, find_rings
from dashboard.panels.participant_lanes import build_lanes, find_entries, find_history, find_profiles
from dashboard.scene import Scene
from dashboard.view.grid import group_columns, select_rows
from dashboard.view.groups import name_split

MIN_GROUP = 5
# More lines than this behind the participant's cannot be told apart; the quartiles stand for them.
MOST_OTHERS = 30
COLUMNS = ("participant", "cohort", "sex", "age")


def table_participants(scene: Scene) -> pd.DataFrame:
    """The contract's `participants` rows of the selection that meet the table's own filter, which reads the words shown."""
    table = _selected_participants(scene)
    kept = select_rows(_in_words(scene, table), scene.view.where)
    return table.loc[kept.index].reset_index(drop=True)


def table_participants_in_words(scene: Scene) -> pd.DataFrame:
    """The whole selection as the grid shows it: cohorts and strata in words. The grid applies the filter itself.

    For each analyte that somebody's baseline has below the limit a column `below_<analyte>` more: what was reported, "" for the others.
    """
    table, people = _in_words(scene, _selected_participants(scene)), np.flatnonzero(scene.selection.mask)
    reported = find_baselines_below_limit(scene)
    analytes = sorted({analyte for _, analyte in reported})
    return table.assign(**{f"below_{key}": [reported.get((row, key), "") for row in people.tolist()] for key in analytes})


def _selected_participants(scene: Scene) -> pd.DataFrame:
    people = scene.analysis.participants[scene.selection.mask]
    baselines = [f"baseline_{key}" for key in scene.protocol.analyte_keys]
    table = people[[*COLUMNS, *baselines, "stratum", "doses", "last_day", "status"]].reset_index(drop=True)
    groups = group_columns(scene.protocol)
    if not groups:
        return table
    traits = scene.traits[scene.selection.mask].reset_index(drop=True)
    return table.assign(**{column: traits[by] for by, column in groups.items()})


def _in_words(scene: Scene, table: pd.DataFrame) -> pd.DataFrame:
    cohorts = {cohort.key: cohort.label for cohort in scene.protocol.cohorts}
    strata = {stratum.key: stratum.label for stratum in scene.protocol.strata} | {"": "no baseline"}
    groups = {column: table[column].map(group_labels(scene, by)) for by, column in group_columns(scene.protocol).items()}
    return table.assign(cohort=table["cohort"].map(cohorts), stratum=table["stratum"].map(strata), **groups)


def group_labels(scene: Scene, by: str) -> dict[str, str]:
    """The names of the categories of one way to split the participants."""
    return {category.key: category.label for category in scene.protocol.categories(by)}


def describe_groups(scene: Scene, row: int) -> list[tuple[str, str]]:
    """Where the participant in this row is, for each way to split the participants but the one of the view: its name and the category's."""
    others = [by for by in group_columns(scene.protocol) if by != scene.protocol.by]
    return [(name_split(scene.protocol, by), group_labels(scene, by)[str(scene.traits[by].iloc[row])]) for by in others]


def summarise_participant(scene: Scene, name: str) -> ParticipantSummary:
    """Everything recorded of the participant called `name` that has a day, and what is derived of it.

    The participant is shown whatever the filters select; KeyError when the data cut has nobody of that name.
    """
    row = scene.participant(name)
    if row is None:
        raise KeyError(name)
    protocol, person = scene.protocol, scene.analysis.participants.iloc[row]
    entries = find_entries(scene, name)
    doses = entries[entries["kind"] == DOSE]
    tracks = tuple(_track(scene, row, key) for key in scene.view.analytes(protocol))
    low, high = _limits(scene, entries)
    return ParticipantSummary(
        participant=name,
        cohort=protocol.cohort_keys.index(str(person["cohort"])),
        cohort_label=protocol.cohort(str(person["cohort"])).label,
        n_cohorts=len(protocol.cohorts),
        tracks=tracks,
        dose_days=tuple(int(day) for day in doses["day"]),
        dose_words=tuple(_dose_words(dose) for dose in each_row(doses)),
        last_day=None if pd.isna(person["last_day"]) else int(person["last_day"]),
        log=scene.view.scale == "log",
        milestones=tuple((protocol.visit(m.visit).target, m.label) for m in protocol.milestones),
        low=low,
        high=high,
        synthetic=scene.snapshot.synthetic,
        pointless_flags=find_pointless_flags(scene, name) if scene.view.mark == "flags" else (),
        lanes=build_lanes(scene, name, entries),
        profiles=find_profiles(scene, name),
        cut_day=None if pd.isna(person["cut_day"]) else int(person["cut_day"]),
        cut_name="" if pd.isna(person["cut_day"]) else describe_end(person),
        undated=int((entries["day"].isna() & (entries["kind"] != COUNT)).sum()),
        day_zero=protocol.study.day_zero,
    )


def _limits(scene: Scene, entries: pd.DataFrame) -> tuple[float, float]:
    """The ends of the time axis: the plan and all records, but for what began long before (a medication) and the data cut."""
    spans = entries["kind"].isin((EVENT, MEDICATION, MILESTONE, DATA_CUT))
    days = [float(day) for day in entries["day"][~spans].dropna()]
    later = [float(day) for day in entries["day"][spans & (entries["kind"] != DATA_CUT)].dropna()]
    visits = scene.protocol.visits
    return min([visits[0].target, *days]) - 7, max([visits[-1].target, *days, *later]) + 21


def _dose_words(dose: Any) -> str:
    amount = "amount not recorded" if pd.isna(dose.value) else f"{dose.value:g} {plain_unit(dose.unit)}"
    planned = [part for part in dose.words.split("; ") if not part.endswith("of the planned amount")]
    return f"{dose.what}, day {dose.day}: {amount} ({', '.join(planned)})"


def has_baseline_below_limit(scene: Scene, row: int, analyte: str) -> bool:
    """Whether a value that makes the participant's baseline lies below the limit of quantification (and enters as half of it)."""
    return (row, analyte) in find_baselines_below_limit(scene)


def find_baselines_below_limit(scene: Scene) -> Mapping[tuple[int, str], str]:
    """What was reported, such as “<5”, by row of the participant and analyte, of the values below the limit that a baseline is made of."""
    return scene.of_cut("baselines below the limit", lambda: _find_baselines_below_limit(scene))


def _find_baselines_below_limit(scene: Scene) -> dict[tuple[int, str], str]:
    counts, cell = scene.analysis.counts, ["participant_index", "analyte"]
    early = (counts["day"] <= 0).fillna(False).to_numpy(dtype=bool) & ~counts["after_dose"].to_numpy(dtype=bool)
    used = counts[early & counts["value"].notna().to_numpy()]
    if scene.view.base == "last":
        used = used[(used["day"] == used.groupby(cell, observed=True)["day"].transform("max")).to_numpy(dtype=bool)]
    below = used[used["below_loq"].to_numpy(dtype=bool)]
    told: dict[tuple[int, str], str] = {}
    for row, analyte, text in zip(below["participant_index"], below["analyte"], below["value_text"], strict=True):
        told.setdefault((int(row), str(analyte)), str(text) or "below the limit")
    return told


def _track(scene: Scene, row: int, analyte: str) -> Track:
    counts = scene.analysis.counts
    rows = counts[(counts["participant_index"].to_numpy() == row) & (counts["analyte"].to_numpy() == analyte)]
    placed = rows[rows["day"].notna()]
    part = scene.protocol.analyte(analyte)
    labels = {visit.key: visit.label for visit in scene.protocol.visits} | {"": "in no visit window"}
    track = Track(
        analyte=part.short,
        label=part.label,
        day=placed["day"].to_numpy(dtype=np.float64),
        value=placed["value"].to_numpy(dtype=np.float64),
        change=placed["change"].to_numpy(dtype=np.float64),
        days_since_dose=placed["days_since_dose"].to_numpy(dtype=np.float64, na_value=np.nan),
        visit=placed["visit"].map(labels).to_numpy(dtype=object),
        unscheduled=placed["unscheduled"].to_numpy(),
        below_loq=placed["below_loq"].to_numpy(),
        thresholds=scene.view.threshold if part.thresholds else (),
        without_day=len(rows) - len(placed),
        cohort=_course(scene, row, analyte),
        own=_own_range(scene, row, analyte),
        no_range=str(_history(scene, row, analyte)["note"]),
    )
    if scene.view.mark == "none":
        return track
    name = str(scene.analysis.participants["participant"].iloc[row])
    values = place_values(track, scene.view.scale == "log")
    return replace(track, rings=find_rings(scene, analyte, placed, track.day / WEEK, values, name))


def _course(scene: Scene, row: int, analyte: str) -> Course:
    """The course of the participant's cohort: quartiles where at least MIN_GROUP have a value, and the others where they are few."""
    cohort = str(scene.analysis.participants["cohort"].iloc[row])
    key = (scene.snapshot.content_hash, scene.view.base, "course", cohort, analyte)
    table = scene.archive.recall(key, lambda: summarise_cohort_course(scene.analysis, cohort, analyte))
    enough = (table["n"] >= MIN_GROUP).to_numpy()
    q1, q3 = (np.where(enough, table[name].to_numpy(dtype=np.float64), np.nan) for name in ("q1", "q3"))
    others = _others(scene, row, analyte)
    day, value, line = (others[name].to_numpy(dtype=np.float64) for name in ("day", "value", "participant_index"))
    return Course(table["target"].to_numpy(dtype=np.float64), table["median"].to_numpy(dtype=np.float64), q1, q3, day, value, line)


def _others(scene: Scene, row: int, analyte: str) -> pd.DataFrame:
    """The daily values of the others of the participant's cohort, by participant and day; none when there are more than MOST_OTHERS."""
    codes, daily = scene.analysis.cohort_codes, scene.analysis.daily
    member = codes == codes[row]
    member[row] = False
    if member.sum() > MOST_OTHERS:
        return daily.iloc[:0]
    return daily[(daily["analyte"] == analyte).to_numpy() & member[daily["participant_index"].to_numpy()]]


def _history(scene: Scene, row: int, analyte: str) -> Any:
    return find_history(scene, str(scene.analysis.participants["participant"].iloc[row])).loc[analyte]


def _own_range(scene: Scene, row: int, analyte: str) -> OwnRange | None:
    history = _history(scene, row, analyte)
    if not history["reliable"]:
        return None
    first: float | None = None if pd.isna(history["first_day"]) else float(history["first_day"])
    return OwnRange(float(history["band_low"]), float(history["band_high"]), first, float(history["first_value"]))


def table_participant_times(scene: Scene, name: str) -> pd.DataFrame:
    """The `time-above` rows of one participant, whatever the filters select."""
    view = scene.view
    mask = scene.analysis.participants["participant"].to_numpy() == name
    return summarise_participant_time_above(
        scene.analysis, mask, scene.protocol.endpoint.analyte, view.threshold, view.rule, view.gap, view.period
    )
