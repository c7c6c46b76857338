"""How many participants have antibodies to the drug, out of whom: by cohort, and by cohort and visit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, encode_names
from dashboard.endpoints.exploratory.immunogenicity import BOOSTED, EMERGENT, INDUCED, KINDS, NOT_EVALUABLE, compute_emergent
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


def summarise_ada_incidence(status: pd.DataFrame, analysis: Analysis, selected: Flags, method: IntervalMethod = "exact") -> pd.DataFrame:
    """COLUMNS for every kind, measure (ADA_MEASURES, with its denominator) and cohort of the protocol, then `all`, in that order.

    `status` is that of `derive_ada_status`; `selected` marks participants. A participant whose boost cannot be assessed counts in the
    denominator and not as boosted. proportion is missing for a denominator of 0, the 95 % interval below 5.
    """
    person, counted = status["participant_index"].to_numpy(), flag_ada_incidence(status, analysis, selected)
    kind, cohort = compute_codes(status["kind"], KINDS, "kinds"), analysis.cohort_codes[person]
    cells = [(name, "", has, within) for name, (has, within) in counted.items()]
    return _tabulate(cells, kind, cohort, analysis, method).drop(columns="visit")


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
    rows = derive_ada_visits(results, status, analysis, selected, visits)
    person, place = rows["participant_index"].to_numpy(), compute_codes(rows["visit"], visits, "visits")
    kind, cohort = compute_codes(rows["kind"], KINDS, "kinds"), analysis.cohort_codes[person]
    counted = flag_ada_visits(rows)
    cells = [
        (name, visit, has & (place == at), within & (place == at))
        for name, (has, within) in counted.items()
        for at, visit in enumerate(visits)
    ]
    return _tabulate(cells, kind, cohort, analysis, method)


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


def _tabulate(
    cells: Sequence[tuple[str, str, Flags, Flags]], kind: Ints, cohort: Ints, analysis: Analysis, method: IntervalMethod
) -> pd.DataFrame:
    """COLUMNS and `visit` of measures, visits, who has what is counted and who is in the denominator: by kind, measure, cohort, visit.

    The visits of a measure stand together in `cells`, and every measure has the same ones.
    """
    cohorts = (*analysis.protocol.cohort_keys, ALL_COHORTS)
    names, visits = list(dict.fromkeys(cell[0] for cell in cells)), list(dict.fromkeys(cell[1] for cell in cells))
    shape = (len(KINDS), len(names), len(cohorts), len(visits))
    n, denominator = (
        _count(flags, kind, cohort, len(cohorts)).reshape(len(names), len(visits), len(KINDS), -1).transpose(2, 0, 3, 1).ravel()
        for flags in ([has & within for _, _, has, within in cells], [within for *_, within in cells])
    )
    ends = np.array([compute_interval(x, total, method) for x, total in zip(n.tolist(), denominator.tolist(), strict=True)])
    proportion = np.divide(n, denominator, out=np.full(len(n), np.nan), where=denominator > 0)
    of_kind, of_name, of_cohort, of_visit = (codes.ravel() for codes in np.indices(shape))
    head = {"kind": encode_names(of_kind, KINDS), "measure": encode_names(of_name, names), "cohort": encode_names(of_cohort, cohorts)}
    counts = {"n": n, "denominator": denominator, "proportion": proportion, "lower": ends[:, 0], "upper": ends[:, 1]}
    return pd.DataFrame({**head, "visit": encode_names(of_visit, visits), **counts})


def _count(flags: Sequence[Flags], kind: Ints, cohort: Ints, cohorts: int) -> Ints:
    """How many rows have each of the flags: an entry per flag, kind and cohort, the cohorts together last."""
    place, size = kind * cohorts + cohort, len(KINDS) * cohorts
    counts = np.array([np.bincount(place[each], minlength=size) for each in flags], dtype=np.int64).reshape(-1, len(KINDS), cohorts)
    counts[:, :, -1] = counts[:, :, :-1].sum(axis=2)
    return counts
