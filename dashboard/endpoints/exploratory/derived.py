"""What the exploratory page needs of the findings of a data cut, whoever is selected; each part is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.exploratory.ada_courses import AdaCourses, derive_ada_courses, place_ada_courses
from dashboard.endpoints.exploratory.ada_incidence import AdaTally, derive_ada_tally, derive_ada_visit_tally
from dashboard.endpoints.exploratory.associations import PairArrays, derive_exposure_response, read_pairs
from dashboard.endpoints.exploratory.change_arrays import ChangeArrays, read_changes
from dashboard.endpoints.exploratory.concentrations import derive_concentrations
from dashboard.endpoints.exploratory.finding_changes import derive_finding_changes
from dashboard.endpoints.exploratory.finding_summaries import (
    DirectionTally,
    TransitionTally,
    derive_direction_tally,
    derive_transition_tally,
)
from dashboard.endpoints.exploratory.immunogenicity import derive_ada_results, derive_ada_status
from dashboard.endpoints.exploratory.kinds import find_scores, find_shown_elsewhere
from dashboard.endpoints.exploratory.peaks import PeakArrays, derive_peaks, read_peaks
from dashboard.endpoints.exploratory.placing import derive_placed_findings, list_series
from dashboard.endpoints.exploratory.samples import SampleArrays, find_second_samples, read_samples
from dashboard.endpoints.exploratory.titre_summaries import TitreTally, derive_titre_tally, find_autoantibodies
from dashboard.endpoints.records import Analysis

Made = TypeVar("Made")


@dataclass(frozen=True)
class Derived:
    """What is derived of the findings of a data cut, whoever is selected; each part is made when it is first asked for."""

    analysis: Analysis
    findings: pd.DataFrame

    @cached_property
    def _kept(self) -> dict[tuple[Any, ...], Any]:
        return {}

    def keep(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What was made as `key` of this data cut before, else what `make` makes now; nobody may change it."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: Made = self._kept[key]
        return kept

    @cached_property
    def _named(self) -> dict[str, pd.DataFrame]:
        return {}

    def named(self, part: str) -> pd.DataFrame:
        """One of the other parts that has a row per participant or more, with the names of the participants and their cohorts."""
        if part not in self._named:
            rows: pd.DataFrame = getattr(self, part)
            people = self.analysis.participants[["participant", "cohort"]].iloc[rows["participant_index"].to_numpy()]
            people = people.set_axis(rows.index)
            self._named[part] = rows.assign(participant=people["participant"], cohort=people["cohort"])
        return self._named[part]

    @cached_property
    def placed(self) -> pd.DataFrame:
        """The findings with their place in the study."""
        return derive_placed_findings(self.findings, self.analysis)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """The placed findings with their change from baseline."""
        return derive_finding_changes(self.placed)

    @cached_property
    def autoantibodies(self) -> pd.DataFrame:
        """The changes of autoantibodies."""
        return self.changes[find_autoantibodies(self.changes)]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The changes of questionnaire scores."""
        return self.changes[find_scores(self.changes)]

    @cached_property
    def others(self) -> pd.DataFrame:
        """The changes that no other figure shows."""
        return self.changes[~self.shown_elsewhere]

    @cached_property
    def shown_elsewhere(self) -> Flags:
        """Which changes are antibodies to the drug, concentrations, titres of autoantibodies or questionnaire scores."""
        return find_shown_elsewhere(self.changes)

    @cached_property
    def series(self) -> pd.DataFrame:
        """One row per series of findings, by its number."""
        return list_series(self.placed).set_index("series")

    def arrays(self, part: str) -> ChangeArrays:
        """The changes called `part`, as arrays."""
        return self.keep(("arrays", part), lambda: read_changes(getattr(self, part), self.analysis))

    @cached_property
    def titres(self) -> TitreTally:
        """The titres of autoantibodies at the planned visits."""
        return derive_titre_tally(self.autoantibodies, self.analysis, self.analysis.protocol.visit_keys)

    @cached_property
    def later_visits(self) -> tuple[str, ...]:
        """The planned visits after day 0, in their order."""
        return tuple(visit.key for visit in self.analysis.protocol.visits if visit.target > 0)

    @cached_property
    def directions(self) -> DirectionTally:
        """What became at the later visits of the findings that no other figure shows."""
        return derive_direction_tally(self.others, self.analysis, self.later_visits)

    @cached_property
    def transitions(self) -> TransitionTally:
        """From which to which result these findings went."""
        return derive_transition_tally(self.others, self.analysis, self.later_visits)

    @cached_property
    def ada_results(self) -> pd.DataFrame:
        """The samples tested for antibodies to the drug."""
        return derive_ada_results(self.placed)

    @cached_property
    def ada_status(self) -> pd.DataFrame:
        """What treatment did to each participant's antibodies."""
        return derive_ada_status(self.ada_results, self.analysis)

    @cached_property
    def ada_tally(self) -> AdaTally:
        """Who counts among those with antibodies over the whole course."""
        return derive_ada_tally(self.ada_status, self.analysis)

    @cached_property
    def ada_visit_tally(self) -> AdaTally:
        """The same at each planned visit at which somebody has a result."""
        held = set(self.ada_results["visit"])
        visits = [key for key in self.analysis.protocol.visit_keys if key in held]
        return derive_ada_visit_tally(self.ada_results, self.ada_status, self.analysis, visits)

    def ada_courses(self, analyte: str) -> AdaCourses:
        """The analysed values of an analyte at the planned visits, of all participants with a group of antibodies."""

        def derive() -> AdaCourses:
            visits, everyone = self.analysis.protocol.visit_keys, np.ones(len(self.analysis.participants), dtype=bool)
            return place_ada_courses(derive_ada_courses(self.analysis, self.ada_status, everyone, analyte, visits), visits)

        return self.keep(("ada courses", analyte), derive)

    @cached_property
    def names(self) -> list[str]:
        """The names of all participants."""
        return [str(name) for name in self.analysis.participants["participant"]]

    @cached_property
    def concentrations(self) -> pd.DataFrame:
        """The drug concentrations on the clock of the latest dose."""
        return derive_concentrations(self.placed, self.analysis)

    @cached_property
    def samples(self) -> SampleArrays:
        """The concentrations as arrays."""
        return read_samples(self.concentrations, self.analysis)

    @cached_property
    def peaks(self) -> pd.DataFrame:
        """Cmax and tmax of every dose."""
        return derive_peaks(self.concentrations, self.analysis)

    @cached_property
    def second_samples(self) -> Ints:
        """The rows of the second samples after each dose."""
        return find_second_samples(self.samples)

    @cached_property
    def peak_arrays(self) -> PeakArrays:
        """The peaks as arrays."""
        return read_peaks(self.peaks, self.analysis)

    @cached_property
    def pair_arrays(self) -> PairArrays:
        """The pairs as arrays."""
        return read_pairs(self.pairs)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Cmax and the highest fold that followed, by dose and analyte."""
        return derive_exposure_response(self.peaks, self.analysis)
