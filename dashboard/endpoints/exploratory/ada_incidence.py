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
    tables = [_tabulate(name, has, within, kind, cohort, analysis, method) for name, (has, within) in counted.items()]
    return _order_rows(pd.concat(tables, ignore_index=True), list(ADA_MEASURES))


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
    tables = [
        _tabulate(name, has & (place == at), within & (place == at), kind, cohort, analysis, method).assign(visit=visit)
        for name, (has, within) in counted.items()
        for at, visit in enumerate(visits)
    ]
    ordered = _order_rows(pd.concat(tables, ignore_index=True), list(ADA_VISIT_MEASURES))
    return ordered[[*COLUMNS[:3], "visit", *COLUMNS[3:]]].astype({"visit": "str"})


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


def _tabulate(name: str, has: Flags, within: Flags, kind: Ints, cohort: Ints, analysis: Analysis, method: IntervalMethod) -> pd.DataFrame:
    cohorts = (*analysis.protocol.cohort_keys, ALL_COHORTS)
    size = len(KINDS) * len(cohorts)
    totals = []
    for flags in (has & within, within):
        by_cohort = np.bincount((kind * len(cohorts) + cohort)[flags], minlength=size).reshape(len(KINDS), len(cohorts))
        by_cohort[:, -1] = by_cohort[:, :-1].sum(axis=1)
        totals.append(by_cohort.ravel())
    n, denominator = totals
    of_kind, of_cohort = (codes.ravel() for codes in np.indices((len(KINDS), len(cohorts))))
    ends = np.array([compute_interval(int(x), int(total), method) for x, total in zip(n, denominator, strict=True)])
    proportion = np.divide(n, denominator, out=np.full(size, np.nan), where=denominator > 0)
    columns = (encode_names(of_kind, KINDS), name, encode_names(of_cohort, cohorts), n, denominator, proportion, ends[:, 0], ends[:, 1])
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def _order_rows(table: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Rows by kind, measure, cohort; rows that share them keep their order."""
    orders = {"cohort": table["cohort"].drop_duplicates().tolist(), "measure": measures, "kind": KINDS}
    order = np.lexsort([compute_codes(table[name], keys, name) for name, keys in orders.items()])
    return table.iloc[order].reset_index(drop=True).astype({"kind": "str", "measure": "str", "cohort": "str"})
