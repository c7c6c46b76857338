"""Antibodies to the drug: results per sample, and what treatment did to each participant's antibodies.

Terms follow the antibody template of admiral (vignette “Creating an ADAB ADaM”, commit 00999ed): induced = negative or missing at
baseline and positive after; enhanced (here: boosted) = positive at baseline and a later titre higher by 0.6 on the log10 scale, that is
fourfold; unaffected = positive at baseline without such a rise.

treatment-induced                negative or no baseline, and a positive sample after the first dose
treatment-boosted                positive baseline, and a titre after the first dose of at least BOOST_FOLD times the baseline's
positive, not boosted            positive baseline, every later positive sample with a titre below that (or none positive)
positive, boost not assessable   positive baseline, not boosted, and a titre missing that would be needed to say so
negative                         negative or no baseline, and every later sample negative
not evaluable                    no sample after the first dose
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import DAY_REACH, Flags, Floats, Ints, compute_day_key, encode_integers, encode_names, read_days
from dashboard.endpoints.exploratory.titres import read_antibody_results
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import AFTER_DOSE, DAY

# Test codes of the controlled terminology (CDISC CT 2025-03: C147272, C147273).
ADA_TESTS = {"ADA_BAB": "binding", "ADA_NAB": "neutralising"}
KINDS = ("binding", "neutralising")
# Fourfold: two doubling dilutions; admiral's 0.6 on the log10 scale is 3.98-fold, which no pair of doubling dilutions tells from 4.
BOOST_FOLD = 4.0
INDUCED, BOOSTED, UNCHANGED, UNKNOWN = "treatment-induced", "treatment-boosted", "positive, not boosted", "positive, boost not assessable"
NEGATIVE, NOT_EVALUABLE = "negative", "not evaluable"
ADA_STATUSES = (INDUCED, BOOSTED, UNCHANGED, UNKNOWN, NEGATIVE, NOT_EVALUABLE)
EMERGENT = (INDUCED, BOOSTED)


@dataclass(frozen=True)
class _Samples:
    """Samples sorted by participant and kind, then time; `cell` = participant_index × 2 + position of the kind."""

    cell: Ints
    before: Flags
    positive: Flags
    titre: Floats
    day: Ints


def derive_ada_results(placed: pd.DataFrame) -> pd.DataFrame:
    """One row per participant, kind and sample of the `placed` findings, sorted so: what the sample says.

    participant_index, kind (KINDS), day (int64), after_dose, before_treatment, visit, analysed, positive (bool), titre (reciprocal
    dilution, the highest of the sample; NaN where none is stated), inferred. Several records of a kind on one day (apart: before and
    after the dose) are one sample, positive when one of them is. A result that is neither positive nor negative and one without a day
    are left out. A sample negative for binding antibodies without a neutralising result counts as negative for these (`inferred`):
    laboratories test for neutralisation only what binds.
    """
    rows = _select_tests(placed)
    found = read_antibody_results(rows)
    cell = rows["participant_index"].to_numpy() * len(KINDS) + rows["kind"].to_numpy()
    key = compute_day_key(cell, read_days(rows[DAY])[0]) * 2 + rows[AFTER_DOSE].to_numpy(dtype=bool)
    keys, first, of_key = np.unique(key[found.clear], return_index=True, return_inverse=True)
    titre = np.full(len(keys), np.nan)
    np.fmax.at(titre, of_key, found.titre[found.clear])
    samples = rows[found.clear].iloc[first].reset_index(drop=True)
    samples = samples.assign(
        key=keys,
        kind=encode_names(samples["kind"].to_numpy(), KINDS),
        positive=np.bincount(of_key, found.positive[found.clear], len(keys)) > 0,
        analysed=np.bincount(of_key, rows["analysed"].to_numpy()[found.clear], len(keys)) > 0,
        titre=titre,
        inferred=False,
    )
    return _order_results(pd.concat([samples, _infer_neutralising(samples)], ignore_index=True))


def derive_ada_status(results: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """One row per kind and enrolled participant, in the order of KINDS and of the participants, from `derive_ada_results`.

    participant_index, kind, baseline ("positive", "negative", "" for none: last sample before treatment), baseline_titre, samples_after
    (samples after the first dose), positives_after, peak_titre (highest after the first dose), first_emergent_day (Int64) and status (one
    of ADA_STATUSES, as this module defines them).
    """
    people, kinds = len(analysis.participants), len(KINDS)
    samples, cells = _read_samples(results), people * kinds
    baseline, baseline_titre = _find_baseline(samples, cells)
    later = ~samples.before
    after = np.bincount(samples.cell[later], minlength=cells)
    positives = np.bincount(samples.cell[later], samples.positive[later], cells).astype(np.int64)
    peak = np.full(cells, np.nan)
    np.fmax.at(peak, samples.cell[later], samples.titre[later])
    emergent = later & compute_emergent(results, baseline, baseline_titre)
    first_day = _find_first_day(samples, emergent, cells)
    judged = _judge(samples, baseline, baseline_titre, after, positives, first_day >= 0)
    order = np.arange(cells).reshape(people, kinds).T.ravel()
    columns = {
        "participant_index": order // kinds,
        "kind": encode_names(order % kinds, KINDS),
        "baseline": encode_names(baseline[order], ("negative", "positive")),
        "baseline_titre": baseline_titre[order],
        "samples_after": after[order],
        "positives_after": positives[order],
        "peak_titre": peak[order],
        "first_emergent_day": encode_integers(first_day[order], first_day[order] >= 0),
        "status": encode_names(judged[order], ADA_STATUSES),
    }
    return pd.DataFrame(columns)


def select_ada_status(status: pd.DataFrame, kind: str) -> pd.Series:
    """The status (one of ADA_STATUSES) of every enrolled participant for one of KINDS, in the order of `Analysis.participants`.

    To split counts by antibody status: `.to_numpy()[counts["participant_index"]]`. ValueError for another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind of antibody {kind!r} is none of {', '.join(KINDS)}")
    return status.loc[(status["kind"] == kind).to_numpy(), "status"].reset_index(drop=True)


def compute_emergent(results: pd.DataFrame, baseline: Ints, baseline_titre: Floats) -> Flags:
    """Flags of the results after the first dose that show an effect of treatment: new, or boosted (BOOST_FOLD).

    `baseline` (1 positive, 0 negative, −1 none) and `baseline_titre` have one entry per participant and kind, in the order
    participant_index × 2 + position of the kind.
    """
    samples = _read_samples(results)
    had = baseline[samples.cell] == 1
    boosted = samples.titre >= BOOST_FOLD * baseline_titre[samples.cell]
    flags: Flags = ~samples.before & samples.positive & (~had | boosted)
    return flags


def _select_tests(placed: pd.DataFrame) -> pd.DataFrame:
    """The rows of ADA_TESTS that have a day, with the position of their kind in KINDS as `kind`."""
    codes, tests = pd.factorize(placed["test"])
    kinds = [KINDS.index(ADA_TESTS[test.upper()]) if test.upper() in ADA_TESTS else -1 for test in tests]
    kind = np.array([*kinds, -1], dtype=np.int64)[codes]
    wanted = (placed["domain"] == "IS").to_numpy() & (kind >= 0) & placed[DAY].notna().to_numpy()
    return placed[wanted].assign(kind=kind[wanted])


def _order_results(results: pd.DataFrame) -> pd.DataFrame:
    columns = ["participant_index", "kind", DAY, AFTER_DOSE, "before_treatment", "visit", "analysed", "positive", "titre", "inferred"]
    return results.sort_values("key", ignore_index=True)[columns].astype({"kind": "str", "inferred": "bool", DAY: "int64"})


def _infer_neutralising(samples: pd.DataFrame) -> pd.DataFrame:
    """Negative results for neutralisation, of samples negative for binding that have none."""
    one_kind = 2 * 2 * DAY_REACH  # the step in `key` from one kind to the next
    binding = samples["kind"] == KINDS[0]
    wanted = samples[binding & ~samples["positive"]]
    wanted = wanted[~(wanted["key"] + one_kind).isin(samples["key"])]
    return wanted.assign(key=wanted["key"] + one_kind, kind=KINDS[1], titre=np.nan, inferred=True)


def _read_samples(results: pd.DataFrame) -> _Samples:
    kind = np.where(results["kind"] == KINDS[0], 0, 1)
    return _Samples(
        results["participant_index"].to_numpy() * len(KINDS) + kind,
        results["before_treatment"].to_numpy(),
        results["positive"].to_numpy(),
        results["titre"].to_numpy(),
        results[DAY].to_numpy(),
    )


def _find_baseline(samples: _Samples, cells: int) -> tuple[Ints, Floats]:
    """Last sample before treatment of each cell: 1 positive, 0 negative, −1 none; and its titre."""
    baseline, titre = np.full(cells, -1, dtype=np.int64), np.full(cells, np.nan)
    rows = np.flatnonzero(samples.before)
    # Samples are sorted by time within a cell: the last assignment that stands is the last sample's.
    last = rows[np.r_[np.diff(samples.cell[rows]) != 0, True][: len(rows)]]
    baseline[samples.cell[last]] = samples.positive[last]
    titre[samples.cell[last]] = samples.titre[last]
    return baseline, titre


def _find_first_day(samples: _Samples, flags: Flags, cells: int) -> Ints:
    first = np.full(cells, -1, dtype=np.int64)
    rows = np.flatnonzero(flags)[::-1]
    first[samples.cell[rows]] = samples.day[rows]
    return first


def _judge(samples: _Samples, baseline: Ints, titre: Floats, after: Ints, positives: Ints, emergent: Flags) -> Ints:
    """Position in ADA_STATUSES of each cell."""
    untitred = ~samples.before & samples.positive & np.isnan(samples.titre)
    unjudged = (np.bincount(samples.cell[untitred], minlength=len(baseline)) > 0) | ((positives > 0) & np.isnan(titre))
    had = baseline == 1
    conditions = [after == 0, ~had & emergent, ~had, emergent, unjudged]
    places = [ADA_STATUSES.index(name) for name in (NOT_EVALUABLE, INDUCED, NEGATIVE, BOOSTED, UNKNOWN)]
    judged: Ints = np.select(conditions, places, default=ADA_STATUSES.index(UNCHANGED)).astype(np.int64)
    return judged
