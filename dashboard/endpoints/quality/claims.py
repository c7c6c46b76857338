"""Flag: a derived value that the delivery states itself and that differs from the product's own, which is the one shown."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.quality.claim_records import ClaimedRecords, derive_claimed_records
from dashboard.endpoints.quality.claim_words import describe_claim
from dashboard.endpoints.quality.plan import compute_label_visit
from dashboard.endpoints.quality.rows import Evidence, derive_found, select_none
from dashboard.endpoints.visits import NO_VISIT
from dashboard.study.columns import CLAIMS, SOURCE_FILE, SOURCE_ROW, VALUE, VALUE_TEXT

YES = ("Y", "YES", "TRUE", "1")


def derive_claim_disagrees(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every claim of the delivery that the product's own derivation contradicts.

    A claim is about the count of the same source file and row; where that is not held (equal rows are kept once), about the day's
    mean of the same participant and analyte. `value` is the delivered number, `expected` the product's own under the baseline rule
    of the analysis; both missing where the claim is a word. Source file and row are those of the claim.

    baseline, change, percent_change   differ by more than the rounding of the delivered text (half a unit of its last digit, turned
                     into cells/µL like the value); a number where the other side has none is a difference
    visit            the label names another planned visit than the visit by day, or a planned visit for a record the product holds as
                     unscheduled, or no planned visit for one it holds at a visit
    baseline_record  marked as baseline, but the product's baseline is not of that record's day (or, rule mean, days); or marked
                     as no baseline while it is the product's
    """
    claims = evidence.claims
    if claims.empty:
        return select_none()
    records, quantity = derive_claimed_records(evidence), claims["quantity"].to_numpy()
    expected, contradicted = np.full(len(claims), np.nan), np.zeros(len(claims), dtype=bool)
    for name in CLAIMS:
        of = np.flatnonzero(quantity == name)
        expected[of], contradicted[of] = _compare(evidence, claims.iloc[of], records, of, name)
    at = np.flatnonzero(contradicted)
    return derive_found(
        evidence,
        records.person[at],
        [describe_claim(evidence, records, row, expected[row]) for row in at.tolist()],
        analyte=records.analyte[at],
        visit=records.visit[at],
        day=records.day[at],
        dated=records.dated[at],
        value=claims[VALUE].to_numpy()[at],
        expected=expected[at],
        source=claims.iloc[at][[SOURCE_FILE, SOURCE_ROW]],
    )


def _compare(evidence: Evidence, claims: pd.DataFrame, records: ClaimedRecords, of: Ints, name: str) -> tuple[Floats, Flags]:
    """The product's own number of each claim (NaN for a word), and whether the claim contradicts it."""
    if name == "visit":
        named = compute_label_visit(claims[VALUE_TEXT], evidence.protocol)
        own = np.where(records.unscheduled[of], NO_VISIT, records.visit[of])
        return np.full(len(of), np.nan), (named != own) | ~records.found[of]
    if name == "baseline_record":
        marked = claims[VALUE_TEXT].str.strip().str.upper().isin(YES).to_numpy(dtype=bool)
        return np.full(len(of), np.nan), (marked != records.is_baseline[of]) | ~records.found[of]
    ours, theirs = getattr(records, name)[of], claims[VALUE].to_numpy()
    close = np.abs(ours - theirs) <= _compute_rounding(claims) * (1 + 1e-9) + 1e-9 * np.abs(theirs)
    return ours, ~(close | (np.isnan(ours) & np.isnan(theirs)))


def _compute_rounding(claims: pd.DataFrame) -> Floats:
    """Half a unit of the last digit of each delivered number, in the unit of `value`; 0 where the text is no number."""
    codes, texts = pd.factorize(claims[VALUE_TEXT])
    read = [_read_decimal(str(text)) for text in texts]
    number = np.array([float(one) for one in read] or [np.nan])[codes]
    half = np.array([0.5 * 10.0 ** int(one.as_tuple().exponent) if one.is_finite() else 0.0 for one in read] or [0.0])[codes]
    usable = np.isfinite(number) & (number != 0)
    factor = np.ones(len(number))
    np.divide(claims[VALUE].to_numpy(), number, out=factor, where=usable)
    return half * np.abs(np.nan_to_num(factor, nan=1.0))


def _read_decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return Decimal("NaN")
