"""How many participants have antibodies to the drug, out of whom: by cohort, and by cohort and visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, encode_names
from dashboard.endpoints.exploratory.immunogenicity import BOOSTED, EMERGENT, INDUCED, KINDS, NOT_EVALUABLE, compute_emergent
from dashboard.endpoints.exploratory.tallies import Tally, count_cells, derive_tally
from dashboard.endpoints.proportions import compute_interval
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.choices import IntervalMethod

# What is counted, and who is the denominator, in words for the caption.
ADA_MEASURES = {
    "baseline-positive": "dosed participants with a baseline sample",
    "treatment-induced": "evaluable participants negative or without a sample at baseline",
    "treatment-boosted": "evaluable participants positive at baseline",
    "treatment-emergent": "evaluable participants: at least one sample after the first dose",
}
ADA_VISIT_MEASURES = {
    "positive": "participants with a result at the visit",
    "treatment-emergent": "participants with a result at the visit, after the first dose",
}
COLUMNS = ("kind", "measure", "cohort", "n", "denominator", "proportion", "lower", "upper")


@dataclass(frozen=True)
class AdaTally:
    """Whom the cells of kind × measure × visit × cohort count (`has`) and out of whom (`within`), whoever is selected."""

    measures: tuple[str, ...]
    visits: tuple[str, ...]
    has: Tally
    within: Tally


@dataclass(frozen=True)
class AdaCounts:
    """n and denominator by kind (KINDS), measure, visit and cohort of the protocol, all of them last."""

    measures: tuple[str, ...]
    visits: tuple[str, ...]
    n: Ints
    denominator: Ints


def derive_ada_tally(status: pd.DataFrame, analysis: Analysis) -> AdaTally:
    """Who counts over the whole course (the visit ""), by ADA_MEASURES; `status` is that of `derive_ada_status`."""
    everyone = np.ones(len(analysis.participants), dtype=bool)
    return _derive_tally(status, flag_ada_incidence(status, analysis, everyone), np.zeros(len(status), dtype=np.int64), [""], analysis)


def derive_ada_visit_tally(results: pd.DataFrame, status: pd.DataFrame, analysis: Analysis, visits: Sequence[str]) -> AdaTally:
    """Who counts at the named visits, by ADA_VISIT_MEASURES; `results` are those of `derive_ada_results`."""
    everyone = np.ones(len(analysis.participants), dtype=bool)
    rows = derive_ada_visits(results, status, analysis, everyone, visits)
    return _derive_tally(rows, flag_ada_visits(rows), compute_codes(rows["visit"], visits, "visits"), visits, analysis)


def count_ada(tally: AdaTally, selected: Flags) -> AdaCounts:
    """How many of the selected participants count in each cell, and out of how many."""
    return AdaCounts(tally.measures, tally.visits, count_cells(tally.has, selected), count_cells(tally.within, selected))


def tabulate_ada(counts: AdaCounts, cohorts: Sequence[str], method: IntervalMethod = "exact") -> pd.DataFrame:
    """COLUMNS and `visit` (after cohort) of `counts`, by kind, measure, cohort (of the protocol, then `all`) and visit."""
    n, denominator = (np.moveaxis(numbers, 3, 2) for numbers in (counts.n, counts.denominator))
    of_kind, of_name, of_cohort, of_visit = (codes.ravel() for codes in np.indices(n.shape))
    n, denominator = n.ravel(), denominator.ravel()
    found = [compute_interval(x, total, method) for x, total in zip(n.tolist(), denominator.tolist(), strict=True)]
    ends = np.array(found, dtype=np.float64).reshape(-1, 2)
    proportion = np.divide(n, denominator, out=np.full(len(n), np.nan), where=denominator > 0)
    return pd.DataFrame(
        {
            "kind": encode_names(of_kind, KINDS),
            "measure": encode_names(of_name, counts.measures),
            "cohort": encode_names(of_cohort, (*cohorts, ALL_COHORTS)),
            "visit": encode_names(of_visit, counts.visits),
            **{"n": n, "denominator": denominator, "proportion": proportion, "lower": ends[:, 0], "upper": ends[:, 1]},
        }
    )


def summarise_ada_incidence(status: pd.DataFrame, analysis: Analysis, selected: Flags, method: IntervalMethod = "exact") -> pd.DataFrame:
    """COLUMNS for every kind, measure (ADA_MEASURES, with its denominator) and cohort of the protocol, then `all`, in that order.

    `status` is that of `derive_ada_status`; `selected` marks participants. A participant whose boost cannot be assessed counts in the
    denominator and not as boosted. proportion is missing for a denominator of 0, the 95 % interval below 5.
    """
    counts = count_ada(derive_ada_tally(status, analysis), selected)
    return tabulate_ada(counts, analysis.protocol.cohort_keys, method).drop(columns="visit")


def summarise_ada_by_visit(
    results: pd.DataFrame,
    status: pd.DataFrame,
    analysis: Analysis,
    selected: Flags,
    visits: Sequence[str],
    method: IntervalMethod = "exact",
) -> pd.DataFrame:
    """COLUMNS and `visit` (after cohort) for every kind, ADA_VISIT_MEASURES, cohort (then `all`) and named visit, in that order.

    A participant counts at a visit with the analysed sample of `derive_ada_results`; with two of them, positive when one is. Emergent: a
    positive sample after the first dose that is new or boosted against the participant's baseline.
    """
    counts = count_ada(derive_ada_visit_tally(results, status, analysis, visits), selected)
    return tabulate_ada(counts, analysis.protocol.cohort_keys, method)


def flag_ada_incidence(status: pd.DataFrame, analysis: Analysis, selected: Flags) -> dict[str, tuple[Flags, Flags]]:
    """For every measure of ADA_MEASURES which rows of `status` have what is counted, and which are in its denominator."""
    person, word = status["participant_index"].to_numpy(), status["status"]
    dosed = selected[person] & analysis.participants["dosed"].to_numpy()[person]
    evaluable, had = dosed & (word != NOT_EVALUABLE).to_numpy(), (status["baseline"] == "positive").to_numpy()
    return {
        "baseline-positive": (had, dosed & (status["baseline"] != "").to_numpy()),
        "treatment-induced": ((word == INDUCED).to_numpy(), evaluable & ~had),
        "treatment-boosted": ((word == BOOSTED).to_numpy(), evaluable & had),
        "treatment-emergent": (word.isin(EMERGENT).to_numpy(), evaluable),
    }


def derive_ada_visits(
    results: pd.DataFrame, status: pd.DataFrame, analysis: Analysis, selected: Flags, visits: Sequence[str]
) -> pd.DataFrame:
    """One row per selected participant, kind and named visit with an analysed sample: positive, emergent and after (the first dose)."""
    baseline, titre = _read_baseline(status, len(analysis.participants))
    rows = results.assign(emergent=compute_emergent(results, baseline, titre), after=~results["before_treatment"])
    return _merge_visits(rows[rows["analysed"] & rows["visit"].isin(visits) & selected[rows["participant_index"].to_numpy()]])


def flag_ada_visits(rows: pd.DataFrame) -> dict[str, tuple[Flags, Flags]]:
    """For every measure of ADA_VISIT_MEASURES which rows of `derive_ada_visits` have it, and which are in its denominator."""
    return {
        "positive": (rows["positive"].to_numpy(), np.ones(len(rows), dtype=bool)),
        "treatment-emergent": (rows["emergent"].to_numpy(), rows["after"].to_numpy()),
    }


def _merge_visits(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per participant, kind and visit: each flag is true when it is true of one sample."""
    keys = ["participant_index", "kind", "visit"]
    return rows.groupby(keys, sort=False, observed=True)[["positive", "emergent", "after"]].max().reset_index()


def _read_baseline(status: pd.DataFrame, people: int) -> tuple[Ints, Floats]:
    """Baseline (1 positive, 0 negative, −1 none) and titre by participant_index × number of kinds + position of the kind."""
    cell = status["participant_index"].to_numpy() * len(KINDS) + compute_codes(status["kind"], KINDS, "kinds")
    baseline, titre = np.full(people * len(KINDS), -1, dtype=np.int64), np.full(people * len(KINDS), np.nan)
    baseline[cell] = np.select([status["baseline"] == "positive", status["baseline"] == "negative"], [1, 0], default=-1)
    titre[cell] = status["baseline_titre"].to_numpy()
    return baseline, titre


def _derive_tally(
    rows: pd.DataFrame, flags: Mapping[str, tuple[Flags, Flags]], visit: Ints, visits: Sequence[str], analysis: Analysis
) -> AdaTally:
    """The tally of rows with participant_index and kind, by what `flags` says of each measure: has what is counted, and may have it."""
    person, kind = rows["participant_index"].to_numpy(dtype=np.int64), compute_codes(rows["kind"], KINDS, "kinds")
    measure = np.repeat(np.arange(len(flags)), len(rows))
    places, sizes = [np.tile(kind, len(flags)), measure, np.tile(visit, len(flags))], [len(KINDS), len(flags), len(visits)]
    has, within = (np.concatenate([pair[side] for pair in flags.values()]).astype(bool) for side in (0, 1))
    people = np.tile(person, len(flags))
    tallies = (derive_tally(analysis, people, places, sizes, counted) for counted in (has & within, within))
    return AdaTally(tuple(flags), tuple(visits), *tallies)
