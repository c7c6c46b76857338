"""Derived values that an analysis delivery states itself, beside the product's own."""

from __future__ import annotations

from math import isclose
from typing import Any

import pandas as pd

from dashboard.endpoints.provenance.conversion import NUMBER
from dashboard.endpoints.provenance.own_rows import read_day, read_number
from dashboard.endpoints.provenance.steps import SourceRow, Step, Table
from dashboard.endpoints.provenance.wording import write_count, write_number, write_place
from dashboard.study.columns import ANALYTE, DAY, PARTICIPANT

# The product's own value: a number, None for none, or words: the first is shown, each is accepted regardless of case.
Ours = float | tuple[str, ...] | None
WORDS = {
    "baseline": "baseline",
    "change": "change",
    "percent_change": "percent change",
    "visit": "visit",
    "baseline_record": "baseline record",
}
RULE = "derived values delivered: compared with the product's own and never shown in their place"


def select_claims(claims: pd.DataFrame | None, participant: str, analyte: str, quantities: tuple[str, ...]) -> pd.DataFrame:
    """The claims on an analyte of a participant about one of `quantities`; an empty frame when the snapshot has none."""
    if claims is None or claims.empty:
        return pd.DataFrame({"quantity": [], DAY: []})
    wanted = (claims[PARTICIPANT] == participant) & (claims[ANALYTE] == analyte) & claims["quantity"].isin(quantities)
    kept: pd.DataFrame = claims[wanted]
    return kept


def trace_claims(claims: pd.DataFrame, ours: dict[str, Ours], result: float | None) -> tuple[Step, ...]:
    """One step that sets each claim beside the product's own value of the same quantity (`ours`); no step without claims.

    `result`, the product's, stays the result.
    """
    if claims.empty:
        return ()
    rows, lines, agreeing = [], [], 0
    for claim in claims.to_dict("records"):
        quantity = str(claim["quantity"])
        agrees = _agrees(claim, ours[quantity])
        agreeing += agrees
        row = _read_claim(claim)
        rows.append(row)
        lines.append((write_place(row), WORDS[quantity], row.text, _write(ours[quantity]), "yes" if agrees else "no"))
    sentence = (
        f"The delivery states {write_count(len(rows), 'derived value')} itself; {agreeing} of {len(rows)} agree with the product's own, "
        "to the digits delivered. The product's own is shown."
    )
    table = Table(("File and row", "Quantity", "Delivered", "Ours", "Agrees"), tuple(lines))
    return (Step("What the delivery states", sentence, RULE, tuple(rows), result, table),)


def _read_claim(claim: dict[Any, Any]) -> SourceRow:
    return SourceRow(
        str(claim["source_file"]), int(claim["source_row"]), str(claim["value_text"]), "", read_number(claim["value"]), read_day(claim[DAY])
    )


def _agrees(claim: dict[Any, Any], ours: Ours) -> bool:
    """Whether a claim equals ours: words as they are; numbers to half a unit of the last digit delivered."""
    if isinstance(ours, tuple):
        return str(claim["value_text"]).strip().casefold() in {word.casefold() for word in ours}
    value, text = read_number(claim["value"]), str(claim["value_text"]).lstrip("-")
    if value is None or ours is None:
        return value is None and ours is None
    half_digit = 0.0
    if NUMBER.fullmatch(text) and float(text) and "e" not in text.lower():
        half_digit = 0.5 * 10.0 ** -len(text.partition(".")[2]) * abs(value) / float(text)
    return isclose(value, ours, rel_tol=1e-9, abs_tol=half_digit + 1e-9)


def _write(ours: Ours) -> str:
    return ours[0] if isinstance(ours, tuple) else write_number(ours)
