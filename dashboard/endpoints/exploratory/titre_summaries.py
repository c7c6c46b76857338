"""Titres of autoantibodies: whose result is one, and how many have a titre, and one that rose, by cohort and visit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, compute_codes, encode_names
from dashboard.endpoints.exploratory.immunogenicity import ADA_TESTS, BOOST_FOLD
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS

COUNTED = ("n", "positive", "appeared", "risen", "no_baseline")
TITRE_COLUMNS = ("series", "cohort", "visit", *COUNTED, "median", "min", "max")


def find_autoantibodies(findings: pd.DataFrame) -> Flags:
    """Flags of the findings that are autoantibodies: domain IS, a category that names them, or none and no antibody to the drug."""
    category = findings["category"].str.upper()
    immunity = (findings["domain"] == "IS") & ~findings["test"].str.upper().isin(list(ADA_TESTS))
    flags: Flags = (immunity & ((category == "") | category.str.contains("AUTOANTIBOD", regex=False))).to_numpy(dtype=bool)
    return flags


def summarise_titres(changes: pd.DataFrame, analysis: Analysis, selected: Flags, visits: Sequence[str]) -> pd.DataFrame:
    """TITRE_COLUMNS of the titres among the `changes` (of `derive_finding_changes`), analysed results at the named visits.

    n: participants with a result that is a titre or negative; positive: with a titre; appeared: negative before treatment and positive;
    risen: a titre at least BOOST_FOLD times that before treatment; no_baseline: without a titre or negative result before treatment.
    median, min and max are those of the reciprocal titres of the positive, NaN where nobody is. Rows for every series, cohort of the
    protocol (then `all`) and visit with n > 0, in that order.
    """
    wanted = (changes["scale"] == "titre") & changes["analysed"] & changes["visit"].isin(visits)
    rows = changes[wanted.to_numpy() & selected[changes["participant_index"].to_numpy()]]
    base, level, known = (rows[name].to_numpy() for name in ("baseline_level", "level", "has_baseline"))
    known = known & ~np.isnan(base)
    flagged = rows.assign(
        n=1,
        positive=level > 0,
        appeared=known & (base == 0) & (level > 0),
        risen=known & (base > 0) & (level >= BOOST_FOLD * base),
        no_baseline=~known,
        titre=np.where(level > 0, level, np.nan),
        cohort=encode_names(analysis.cohort_codes[rows["participant_index"].to_numpy()], analysis.protocol.cohort_keys),
    )
    both = pd.concat([flagged, flagged.assign(cohort=ALL_COHORTS)], ignore_index=True)
    return _order(_count(both), analysis, visits)


def list_dilutions(levels: Floats) -> list[float]:
    """The doubling dilutions from the lowest to at least the highest of the positive `levels`; empty when none is positive."""
    positive = levels[levels > 0]
    if not len(positive):
        return []
    lowest, highest = float(positive.min()), float(positive.max())
    steps = int(np.ceil(np.log2(highest / lowest) - 1e-9))
    return [lowest * 2**step for step in range(steps + 1)]


def _count(rows: pd.DataFrame) -> pd.DataFrame:
    groups = rows.groupby(["series", "cohort", "visit"], sort=False, observed=True)
    counts = groups[list(COUNTED)].sum().astype("int64")
    return counts.join(groups["titre"].agg(["median", "min", "max"])).reset_index()


def _order(table: pd.DataFrame, analysis: Analysis, visits: Sequence[str]) -> pd.DataFrame:
    cohort = compute_codes(table["cohort"], (*analysis.protocol.cohort_keys, ALL_COHORTS), "cohorts")
    visit = compute_codes(table["visit"], visits, "visits")
    order = np.lexsort((visit, cohort, table["series"]))
    return table.iloc[order].reset_index(drop=True).astype({"cohort": "str", "visit": "str"})[list(TITRE_COLUMNS)]
