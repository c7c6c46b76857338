"""The participants page's table, and one participant's panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard.endpoints.time_above import summarise_participant_time_above
from dashboard.figures.participant import WEEK, ParticipantSummary, Track, place_values
from dashboard.panels.marks import find_pointless_flags, find_rings
from dashboard.scene import Scene
from dashboard.view.grid import select_rows

COLUMNS = ("participant", "cohort", "sex", "age")


def table_participants(scene: Scene) -> pd.DataFrame:
    """The contract's `participants` rows of the selection that meet the table's own filter, which reads the words shown."""
    table = _selected_participants(scene)
    kept = select_rows(_in_words(scene, table), scene.view.where)
    return table.loc[kept.index].reset_index(drop=True)


def table_participants_in_words(scene: Scene) -> pd.DataFrame:
    """The whole selection as the grid shows it: cohorts and strata in words. The grid applies the filter itself."""
    return _in_words(scene, _selected_participants(scene))


def _selected_participants(scene: Scene) -> pd.DataFrame:
    people = scene.analysis.participants[scene.selection.mask]
    baselines = [f"baseline_{key}" for key in scene.protocol.analyte_keys]
    return people[[*COLUMNS, *baselines, "stratum", "doses", "last_day", "status"]].reset_index(drop=True)


def _in_words(scene: Scene, table: pd.DataFrame) -> pd.DataFrame:
    cohorts = {cohort.key: cohort.label for cohort in scene.protocol.cohorts}
    strata = {stratum.key: stratum.label for stratum in scene.protocol.strata} | {"": "no baseline"}
    return table.assign(cohort=table["cohort"].map(cohorts), stratum=table["stratum"].map(strata))


def summarise_participant(scene: Scene, name: str) -> ParticipantSummary:
    """Counts of every analyte over time, doses given and threshold times of the participant called `name`.

    The participant is shown whatever the filters select; KeyError when the data cut has nobody of that name.
    """
    row = scene.participant(name)
    if row is None:
        raise KeyError(name)
    analysis, protocol = scene.analysis, scene.protocol
    person = analysis.participants.iloc[row]
    doses = analysis.doses[analysis.doses["participant_index"].to_numpy() == row]
    tracks = tuple(_track(scene, row, key) for key in scene.view.analytes(protocol))
    days = [float(day) for track in tracks for day in track.day] + [float(day) for day in doses["day"]]
    return ParticipantSummary(
        participant=name,
        cohort=protocol.cohort_keys.index(str(person["cohort"])),
        cohort_label=protocol.cohort(str(person["cohort"])).label,
        n_cohorts=len(protocol.cohorts),
        tracks=tracks,
        dose_days=tuple(int(day) for day in doses["day"]),
        dose_words=tuple(f"dose {d.dose_number}, day {d.day}: {d.amount:g} {_unit(d.amount_unit)}" for d in doses.itertuples()),
        last_day=None if pd.isna(person["last_day"]) else int(person["last_day"]),
        log=scene.view.scale == "log",
        milestones=tuple((protocol.visit(m.visit).target, m.label) for m in protocol.milestones),
        low=float(min([protocol.visits[0].target, *days]) - 7),
        high=float(max([protocol.visits[-1].target, *days]) + 21),
        synthetic=scene.snapshot.synthetic,
        pointless_flags=find_pointless_flags(scene, name) if scene.view.mark == "flags" else (),
    )


def has_baseline_below_limit(scene: Scene, row: int, analyte: str) -> bool:
    """Whether a value that makes the participant's baseline lies below the limit of quantification (and enters as half of it)."""
    counts = scene.analysis.counts
    mine = counts[(counts["participant_index"].to_numpy() == row) & (counts["analyte"].to_numpy() == analyte)]
    before = mine[(mine["day"] <= 0).fillna(False).to_numpy(dtype=bool) & ~mine["after_dose"].to_numpy()]
    used = before[before["day"] == before["day"].max()] if scene.view.base == "last" else before
    return bool(used["below_loq"].any())


def _unit(text: str) -> str:
    """A unit of mass as people write it: CDISC's “ug” is µg."""
    return f"µ{text[1:]}" if text.startswith("ug") else text


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
    )
    if scene.view.mark == "none":
        return track
    name = str(scene.analysis.participants["participant"].iloc[row])
    values = place_values(track, scene.view.scale == "log")
    return replace(track, rings=find_rings(scene, analyte, placed, track.day / WEEK, values, name))


def table_participant_times(scene: Scene, name: str) -> pd.DataFrame:
    """The `time-above` rows of one participant, whatever the filters select."""
    view = scene.view
    mask = scene.analysis.participants["participant"].to_numpy() == name
    return summarise_participant_time_above(
        scene.analysis, mask, scene.protocol.endpoint.analyte, view.threshold, view.rule, view.gap, view.period
    )
