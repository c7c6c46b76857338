"""The quality of the data of a scene: flags, the calendar of planned visits, and the records in their windows, for the selection."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.quality.calendar import derive_calendar, summarise_unscheduled
from dashboard.endpoints.quality.flags import derive_quality, summarise_quality
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


def table_visit_calendar(scene: Scene) -> pd.DataFrame:
    """CALENDAR_COLUMNS: the state of every planned visit of everyone selected, for `calendar_analyte`.

    `alternatives` counts the records in the window on other days than the analysed one. Days count from the first dose; low
    missing = open; value in cells/µL.
    """
    cells = _select(scene, _calendar(scene))
    return cells.assign(analyte=calendar_analyte(scene), unit=UNIT)[CALENDAR_COLUMNS]


def table_visit_windows(scene: Scene) -> pd.DataFrame:
    """Every record of the analytes of the view that belongs to a planned visit, with its distance from the target, for the selection."""
    windows = _select(scene, _windows(scene))
    return windows[windows["analyte"].isin(scene.view.analytes(scene.protocol))].reset_index(drop=True)


def find_unscheduled(scene: Scene) -> pd.DataFrame:
    """Records of `calendar_analyte` of the selection that are in no cell of the calendar, by where they lie between the visits."""
    analyte = calendar_analyte(scene)
    found = scene.archive.recall(
        (scene.snapshot.content_hash, scene.view.base, analyte, "unscheduled"), lambda: summarise_unscheduled(scene.analysis, analyte)
    )
    return _select(scene, found)


def _select_flags(scene: Scene) -> pd.DataFrame:
    return _select(scene, find_flags(scene))


def _select(scene: Scene, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the participants that the filters leave."""
    people = scene.analysis.participants["participant"][scene.selection.mask]
    return rows[rows["participant"].isin(people)].reset_index(drop=True)


def _windows(scene: Scene) -> pd.DataFrame:
    return scene.archive.recall((scene.snapshot.content_hash, scene.view.base, "windows"), lambda: derive_window_records(scene.analysis))


def _calendar(scene: Scene) -> pd.DataFrame:
    key = (scene.snapshot.content_hash, scene.view.base, calendar_analyte(scene), "calendar")
    return scene.archive.recall(key, lambda: _derive_calendar(scene))


def _derive_calendar(scene: Scene) -> pd.DataFrame:
    analyte, windows = calendar_analyte(scene), _windows(scene)
    others = windows[(windows["analyte"] == analyte) & (windows["role"] == "alternative")]
    found = others.groupby(["participant", "visit"]).size().rename("alternatives").reset_index()
    cells = derive_calendar(scene.analysis, analyte).merge(found, on=["participant", "visit"], how="left", validate="one_to_one")
    return cells.assign(alternatives=cells["alternatives"].fillna(0).astype("int64"))
