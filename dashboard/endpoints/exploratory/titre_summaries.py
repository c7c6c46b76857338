"""Titres of autoantibodies: whose result is one, and how many have a titre, and one that rose, by cohort and visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, encode_names
from dashboard.endpoints.exploratory.immunogenicity import ADA_TESTS, BOOST_FOLD
from dashboard.endpoints.exploratory.tallies import Tally, count_cells, derive_tally
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.summaries import compute_quartiles

COUNTED = ("n", "positive", "appeared", "risen", "no_baseline")
TITRE_COLUMNS = ("series", "cohort", "visit", *COUNTED, "median", "min", "max")


def find_autoantibodies(findings: pd.DataFrame) -> Flags:
    """Flags of the findings that are autoantibodies: domain IS, a category that names them, or none and no antibody to the drug."""
    category = findings["category"].str.upper()
    immunity = (findings["domain"] == "IS") & ~findings["test"].str.upper().isin(list(ADA_TESTS))
    flags: Flags = (immunity & ((category == "") | category.str.contains("AUTOANTIBOD", regex=False))).to_numpy(dtype=bool)
    return flags


@dataclass(frozen=True)
class TitreTally:
    """Titres and negative results by series (numbers, ascending) × visit, whoever is selected.

    `rows` counts them by series × visit × COUNTED × cohort. Of the positive ones `person`, `cell` (series × visit, flat) and reciprocal
    `titre`.
    """

    series: Ints
    visits: tuple[str, ...]
    rows: Tally
    person: Ints
    cell: Ints
    titre: Floats


@dataclass(frozen=True)
class TitreCounts:
    """COUNTED by series × visit × COUNTED × cohort (all of them last), and median, min and max of the titres by series × visit × cohort."""

    counts: Ints
    extent: Mapping[str, Floats]


def derive_titre_tally(changes: pd.DataFrame, analysis: Analysis, visits: Sequence[str]) -> TitreTally:
    """The tally of the titres among the `changes` (of `derive_finding_changes`), analysed results at the named visits."""
    wanted = (changes["scale"] == "titre") & changes["analysed"] & changes["visit"].isin(visits)
    rows = changes[wanted.to_numpy(dtype=bool)]
    series, of_series = np.unique(rows["series"].to_numpy(dtype=np.int64), return_inverse=True)
    visit, person = compute_codes(rows["visit"], visits, "visits"), rows["participant_index"].to_numpy(dtype=np.int64)
    flags, many = flag_titres(rows), len(COUNTED)
    places = [np.tile(of_series, many), np.tile(visit, many), np.repeat(np.arange(many), len(rows))]
    counted = np.concatenate([flags[name] for name in COUNTED])
    tally = derive_tally(analysis, np.tile(person, many), places, (len(series), len(visits), many), counted)
    some, level = flags["positive"], rows["level"].to_numpy(dtype=np.float64)
    return TitreTally(series, tuple(visits), tally, person[some], (of_series * len(visits) + visit)[some], level[some])


def flag_titres(rows: pd.DataFrame) -> dict[str, Flags]:
    """Which of the titres and negative results among changes are counted under each of COUNTED."""
    base, level, known = (rows[name].to_numpy() for name in ("baseline_level", "level", "has_baseline"))
    known = known.astype(bool) & ~np.isnan(base)
    return {
        "n": np.ones(len(rows), dtype=bool),
        "positive": level > 0,
        "appeared": known & (base == 0) & (level > 0),
        "risen": known & (base > 0) & (level >= BOOST_FOLD * base),
        "no_baseline": ~known,
    }


def count_titres(tally: TitreTally, analysis: Analysis, selected: Flags) -> TitreCounts:
    """What `summarise_titres` says of the selected participants, as arrays."""
    counts = count_cells(tally.rows, selected)
    cohorts, shape = counts.shape[-1], (*counts.shape[:2], counts.shape[-1])
    own = selected[tally.person]
    cell, cohort, titre = tally.cell[own] * cohorts, analysis.cohort_codes[tally.person[own]], tally.titre[own]
    extent = compute_quartiles(np.r_[titre, titre], np.r_[cell + cohort, cell + cohorts - 1], shape[0] * shape[1] * shape[2])
    return TitreCounts(counts, {name: extent[name].reshape(shape) for name in ("median", "min", "max")})


def summarise_titres(changes: pd.DataFrame, analysis: Analysis, selected: Flags, visits: Sequence[str]) -> pd.DataFrame:
    """TITRE_COLUMNS of the titres among the `changes` (of `derive_finding_changes`), analysed results at the named visits.

    n: participants with a result that is a titre or negative; positive: with a titre; appeared: negative before treatment and positive;
    risen: a titre at least BOOST_FOLD times that before treatment; no_baseline: without a titre or negative result before treatment.
    median, min and max are those of the reciprocal titres of the positive, NaN where nobody is. Rows for every series, cohort of the
    protocol (then `all`) and visit with n > 0, in that order.
    """
    tally = derive_titre_tally(changes, analysis, visits)
    return tabulate_titres(tally, count_titres(tally, analysis, selected), analysis.protocol.cohort_keys)


def tabulate_titres(tally: TitreTally, found: TitreCounts, cohorts: Sequence[str]) -> pd.DataFrame:
    """The rows of `summarise_titres` of what was counted; `cohorts` are those of the protocol."""
    of_series, of_cohort, of_visit = np.nonzero(np.swapaxes(found.counts[:, :, COUNTED.index("n")], 1, 2))
    counts = {name: found.counts[of_series, of_visit, place, of_cohort] for place, name in enumerate(COUNTED)}
    extent = {name: numbers[of_series, of_visit, of_cohort] for name, numbers in found.extent.items()}
    names = {"cohort": encode_names(of_cohort, (*cohorts, ALL_COHORTS)), "visit": encode_names(of_visit, tally.visits)}
    return pd.DataFrame({"series": tally.series[of_series], **names, **counts, **extent})[list(TITRE_COLUMNS)]


def list_dilutions(levels: Floats) -> list[float]:
    """The doubling dilutions from the lowest to at least the highest of the positive `levels`; empty when none is positive."""
    positive = levels[levels > 0]
    if not len(positive):
        return []
    lowest, highest = float(positive.min()), float(positive.max())
    steps = int(np.ceil(np.log2(highest / lowest) - 1e-9))
    return [lowest * 2**step for step in range(steps + 1)]
