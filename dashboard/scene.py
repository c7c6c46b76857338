"""A scene: one view of one snapshot, with what the reader's choices select. Everything drawn or exported starts here."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dashboard.archive import Archive, Made
from dashboard.endpoints.pooled.offering import has_courses, has_explored, has_responses
from dashboard.endpoints.pooled.recovery import flag_after
from dashboard.endpoints.pooled.sightings import find_sightings
from dashboard.endpoints.pooled.traits import find_others
from dashboard.endpoints.records import Analysis, RowArrays
from dashboard.endpoints.selection import Selection, select_participants
from dashboard.endpoints.visits import NO_VISIT
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from dashboard.view.codec import encode_view
from dashboard.view.fingerprint import compute_fingerprint
from dashboard.view.state import ViewState


@dataclass(frozen=True)
class Extent:
    """First and last day with a record, and the most days since a dose."""

    first_day: float
    last_day: float
    days_since_dose: float


@dataclass(frozen=True)
class Scene:
    """`view` of `snapshot`; `newest` is the newest published cut, which differs from `snapshot` on a pinned link.

    `protocol` and `analysis` are split as the view says: their cohorts are the categories of what `view.by` names. `code` is the
    version of the code that computes the numbers.
    """

    protocol: StudyProtocol
    view: ViewState
    snapshot: Snapshot
    newest: Snapshot
    analysis: Analysis
    archive: Archive
    code: str = ""

    @cached_property
    def fingerprint(self) -> str:
        """Eight characters that say which numbers these are: of study, data cut, view and the version of the code."""
        return compute_fingerprint(self.protocol.key, self.snapshot.content_hash, self.query, self.code)

    def records(self, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES` of this data cut."""
        return self.archive.records(self.snapshot, table)

    @cached_property
    def _kept(self) -> dict[str, Any]:
        return {}

    def keep(self, name: str, make: Callable[[], Made]) -> Made:
        """What was made as `name` for this scene before, else what `make` makes now; nobody may change it.

        For what is small and asked for by several panels: it lives as long as the scene. (Two threads may both make it.)
        """
        if name not in self._kept:
            self._kept[name] = make()
        kept: Made = self._kept[name]
        return kept

    def of_cut(self, name: str, make: Callable[[], Made], *parts: Hashable) -> Made:
        """What was made as `name` of the data cut under the baseline rule of the view, and of `parts`, whoever is selected."""
        return self.archive.recall((self.snapshot.content_hash, self.view.base, name, *parts), make)

    def holds(self, table: str) -> bool:
        """Whether this data cut has a row of one of `columns.RECORD_TABLES`."""
        return not self.records(table).empty

    @cached_property
    def has_responses(self) -> bool:
        """Whether the definition names responses and this data cut has one."""
        return self.protocol.response is not None and has_responses(self.records("finding"), self.protocol)

    @cached_property
    def has_explored(self) -> bool:
        """Whether this data cut has findings beside the responses that the definition names."""
        return self.of_cut("has explored findings", lambda: has_explored(self.records("finding"), self.protocol))

    @cached_property
    def has_courses(self) -> bool:
        """Whether the definition names times to events and this data cut has such an event or time."""
        return self.protocol.survival is not None and has_courses(self.records("milestone"), self.records("time_to_event"), self.protocol)

    @cached_property
    def selection(self) -> Selection:
        """The participants the filters leave, and how many were left out for each reason."""
        view = self.view
        others = tuple(find_others(self.traits, view.having, self.protocol)) if view.having else ()
        return select_participants(self.analysis, cohorts=view.cohort, sexes=view.sex, age=view.age, strata=view.stratum, others=others)

    @property
    def traits(self) -> pd.DataFrame:
        """One row per row of `analysis.participants`: participant, and for each of `protocol.by_keys` a column of category keys."""
        return self.archive.traits(self.snapshot)

    @cached_property
    def milestone_days(self) -> np.ndarray:
        """Of every participant the day of the milestone that ends recovery (a transplant), after day 0; NaN for none."""
        recovery, survival = self.protocol.recovery, self.protocol.survival
        if recovery is None or survival is None or recovery.milestone is None:
            return np.full(len(self.analysis.participants), np.nan)
        key = recovery.milestone
        return self.of_cut(
            "milestone days",
            lambda: find_sightings(self.analysis, self.records("milestone"), survival).first(key, after_day_zero=True),
        )

    @cached_property
    def treated(self) -> Analysis:
        """The analysis without the daily values after the milestone, where the view leaves them out."""
        if self.view.after != "left-out" or not self.protocol.later:
            return self.analysis
        cut = self.analysis
        return self.of_cut(
            "analysis before the milestone",
            lambda: replace(cut, daily=cut.daily[~flag_after(cut.daily, self.milestone_days)].reset_index(drop=True)),
            self.protocol.by,
            self.protocol.cohort_keys,
        )

    @cached_property
    def query(self) -> str:
        """The canonical query string of this view."""
        return encode_view(self.view, self.protocol)

    @property
    def n(self) -> int:
        """How many participants the filters leave."""
        return int(self.selection.mask.sum())

    @property
    def cohort_positions(self) -> np.ndarray:
        """For each participant the position of the cohort in the definition."""
        return self.analysis.cohort_codes

    @cached_property
    def period_window(self) -> tuple[float, float]:
        """First and last day of the period: the outer limits of the windows of its first and last visit."""
        visits = self.protocol.period_visits(self.view.period)
        return (-np.inf if visits[0].low is None else float(visits[0].low)), float(visits[-1].high)

    @cached_property
    def extent(self) -> Extent:
        """How far the selection's records reach in the period; NaN where there is none."""
        counts = self.analysis.count_arrays
        low, high = self.period_window
        inside = self.selection.mask[counts.participant] & (counts.day >= low) & (counts.day <= high)
        if not inside.any():
            return Extent(np.nan, np.nan, np.nan)
        day, since = counts.day[inside], counts.days_since_dose[inside]
        return Extent(float(day.min()), float(day.max()), float(np.fmax.reduce(since, initial=-np.inf)))

    def participant_rows(self, names: pd.Series) -> np.ndarray:
        """The rows of the participants called so, −1 for a name that nobody has."""
        everyone = self.of_cut("index of participants", lambda: pd.Index(self.analysis.participants["participant"]))
        return everyone.get_indexer(pd.Index(names))

    def participant(self, name: str) -> int | None:
        """The row of the participant called `name`, or None."""
        found = np.flatnonzero(self.analysis.participants["participant"].to_numpy() == name)
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class RecordSelection:
    """Count records of one analyte: those shown (rows of `Analysis.counts`), and how many are not, by reason.

    `place` are the shown rows of `Analysis.counts_of` and `Analysis.count_arrays_of`; `arrays` are these rows.
    """

    of_analyte: pd.DataFrame
    place: np.ndarray
    arrays: RowArrays
    not_shown: dict[str, int]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The records that are shown."""
        return self.of_analyte.iloc[self.place]

    @property
    def participants(self) -> int:
        """How many participants have a record that is shown."""
        return int(np.count_nonzero(np.bincount(self.arrays.participant)))


def select_records(scene: Scene, analyte: str) -> RecordSelection:
    """The records of `analyte` that the view shows. shown + not shown = all records of the analyte in the snapshot.

    Each record left out is counted once, under the first reason that applies.
    """
    of_analyte = scene.analysis.count_arrays_of[analyte]
    kept = np.ones(len(of_analyte.day), dtype=bool)
    not_shown: dict[str, int] = {}
    for reason, refused in _refusals(scene, of_analyte):
        newly = kept & refused
        if count := int(np.count_nonzero(newly)):
            not_shown[reason] = count
            kept &= ~refused
    place = np.flatnonzero(kept)
    return RecordSelection(scene.analysis.counts_of[analyte], place, of_analyte.pick(place), not_shown)


def _refusals(scene: Scene, rows: RowArrays) -> list[tuple[str, np.ndarray]]:
    view, protocol = scene.view, scene.protocol
    low, high = scene.period_window
    refusals = [
        ("participant not in the selection", ~scene.selection.mask[rows.participant]),
        (f"no {protocol.study.day_zero}, so no day", np.isnan(rows.day)),
        (f"outside the period ({protocol.period(view.period).label})", (rows.day < low) | (rows.day > high)),
    ]
    if view.after == "left-out":
        refusals.append((f"after {protocol.later}, left out by choice", rows.day > scene.milestone_days[rows.participant]))
    if view.unscheduled == "no":
        refusals.append(("unscheduled, left out by choice", rows.unscheduled))
    if view.x == "visit":
        refusals.append(("in no planned visit's window", rows.visit == NO_VISIT))
    if view.x == "dose":
        refusals.append(("before the first dose", np.isnan(rows.days_since_dose)))
    if view.measure != "value":
        refusals.append(("no baseline", np.isnan(rows.baseline)))
        refusals.append(("baseline is 0", np.isnan(rows.measure(view.measure))))
    return refusals
