"""The quality of the data of a scene: flags, the calendar of planned visits, and the records in their windows, for the selection."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints, compute_codes
from dashboard.endpoints.quality.calendar import STATE_KEYS, derive_calendar, summarise_unscheduled
from dashboard.endpoints.quality.flags import FLAGS, derive_quality, summarise_quality
from dashboard.endpoints.quality.window_records import derive_window_records
from dashboard.scene import Scene

UNIT = "cells/µL"
CALENDAR_COLUMNS = [
    "participant",
    "cohort",
    "analyte",
    "visit",
    "target_day",
    "low",
    "high",
    "state",
    "actual_day",
    "value",
    "unit",
    "n_records",
    "alternatives",
    "counted_in",
]


def find_flags(scene: Scene) -> pd.DataFrame:
    """QUALITY_COLUMNS of `endpoints.quality`: every flag of the scene's data cut under its baseline rule, whoever is selected."""
    return scene.archive.recall(
        (scene.snapshot.content_hash, scene.view.base, "quality"),
        lambda: derive_quality(scene.analysis, scene.records("claim"), scene.records("attendance")),
    )


def calendar_analyte(scene: Scene) -> str:
    """The analyte of the calendar: the one of the view when it is about exactly one, else the endpoint analyte."""
    chosen = scene.view.analyte
    return chosen[0] if len(chosen) == 1 else scene.protocol.endpoint.analyte


def table_quality_flags(scene: Scene) -> pd.DataFrame:
    """The flags of the selection, of the kind of the view when it names one: QUALITY_COLUMNS in the order of the flags."""
    flags = _select_flags(scene)
    return flags[flags["code"] == scene.view.flag].reset_index(drop=True) if scene.view.flag else flags


def table_quality_summary(scene: Scene) -> pd.DataFrame:
    """One row per kind of flag with what is found in the selection, zeros included, whatever kind the view names."""
    return summarise_quality(_select_flags(scene))


def count_flags(scene: Scene) -> list[tuple[str, int, int]]:
    """Title, rows and participants of each kind of flag in the selection, zeros included, as `table_quality_summary` counts them."""

    def encode() -> tuple[Ints, Ints]:
        flags = find_flags(scene)
        return compute_codes(flags["code"], [flag.code for flag in FLAGS], "flags"), scene.participant_rows(flags["participant"])

    kind, person = scene.of_cut("codes of flags", encode)
    shown = (person >= 0) & scene.selection.mask[person]
    rows = np.bincount(kind[shown], minlength=len(FLAGS)).tolist()
    pairs = np.zeros((len(FLAGS), len(scene.selection.mask)), dtype=bool)
    pairs[kind[shown], person[shown]] = True
    return [(flag.title, n, people) for flag, n, people in zip(FLAGS, rows, pairs.sum(axis=1).tolist(), strict=True)]


def table_visit_calendar(scene: Scene) -> pd.DataFrame:
    """CALENDAR_COLUMNS: the state of every planned visit of everyone selected, for `calendar_analyte`.

    `alternatives` counts the records in the window on other days than the analysed one. Days count from the first dose; low
    missing = open; value in cells/µL.
    """
    cells = _select(scene, find_calendar(scene))
    return cells.assign(analyte=calendar_analyte(scene), unit=UNIT)[CALENDAR_COLUMNS]


def table_visit_windows(scene: Scene) -> pd.DataFrame:
    """Every record of the analytes of the view that belongs to a planned visit, with its distance from the target, for the selection."""
    windows = _select(scene, _windows(scene))
    return windows[windows["analyte"].isin(scene.view.analytes(scene.protocol))].reset_index(drop=True)


def find_calendar(scene: Scene) -> pd.DataFrame:
    """The calendar of `calendar_analyte`, with `alternatives`, of everybody, in the order of the participants and of the plan."""
    key = (scene.snapshot.content_hash, scene.view.base, calendar_analyte(scene), "calendar")
    return scene.archive.recall(key, lambda: _derive_calendar(scene))


@dataclass(frozen=True)
class CalendarStates:
    """The calendar as numbers, participants × visits: the state (of STATE_KEYS) of each cell, and how many records belong to it."""

    state: Ints = field(repr=False)
    records: Ints = field(repr=False)


def find_states(scene: Scene) -> CalendarStates:
    """The calendar of `calendar_analyte` of everybody as numbers."""

    def encode() -> CalendarStates:
        cells, shape = find_calendar(scene), (len(scene.analysis.participants), len(scene.protocol.visits))
        return CalendarStates(
            compute_codes(cells["state"], STATE_KEYS, "states").reshape(shape), cells["n_records"].to_numpy(dtype=np.int64).reshape(shape)
        )

    return scene.of_cut("states of the calendar", encode, calendar_analyte(scene))


def find_unscheduled(scene: Scene) -> pd.DataFrame:
    """Records of `calendar_analyte` of everybody that are in no cell of the calendar, by where they lie between the visits."""
    analyte = calendar_analyte(scene)
    return scene.archive.recall(
        (scene.snapshot.content_hash, scene.view.base, analyte, "unscheduled"), lambda: summarise_unscheduled(scene.analysis, analyte)
    )


def _select_flags(scene: Scene) -> pd.DataFrame:
    return _select(scene, find_flags(scene))


def _select(scene: Scene, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the participants that the filters leave."""
    people = scene.analysis.participants["participant"][scene.selection.mask]
    return rows[rows["participant"].isin(people)].reset_index(drop=True)


def _windows(scene: Scene) -> pd.DataFrame:
    return scene.archive.recall((scene.snapshot.content_hash, scene.view.base, "windows"), lambda: derive_window_records(scene.analysis))


def _derive_calendar(scene: Scene) -> pd.DataFrame:
    analyte, windows = calendar_analyte(scene), _windows(scene)
    others = windows[(windows["analyte"] == analyte) & (windows["role"] == "alternative")]
    found = others.groupby(["participant", "visit"]).size().rename("alternatives").reset_index()
    cells = derive_calendar(scene.analysis, analyte).merge(found, on=["participant", "visit"], how="left", validate="one_to_one")
    return cells.assign(alternatives=cells["alternatives"].fillna(0).astype("int64"))
