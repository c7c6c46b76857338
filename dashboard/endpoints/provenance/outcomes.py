"""What the derivations of response and survival are made from beside the analysis, and what both write alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from dashboard.endpoints.pooled.rates import Group
from dashboard.endpoints.provenance.own_rows import read_day
from dashboard.endpoints.provenance.steps import SourceRow
from dashboard.endpoints.provenance.wording import NONE

Place = tuple[str, int]


@dataclass(frozen=True)
class Outcomes:
    """Results of the whole data cut, as the pages show them; each where the derivation asked for needs it.

    best      BEST_COLUMNS of `endpoints.pooled.response`
    group     the participants of the selection that a response rate is of
    times     TIME_COLUMNS of `endpoints.pooled.times`, of one endpoint and way to censor
    label     the endpoint in words
    landmark  the day from which survival is asked for; None for everybody from day 0 on
    """

    best: pd.DataFrame | None = field(default=None, repr=False)
    group: Group | None = None
    times: pd.DataFrame | None = field(default=None, repr=False)
    label: str = ""
    landmark: float | None = None


def read_texts(records: pd.DataFrame, column: str) -> Mapping[Place, str]:
    """What each row of `records` says in `column`, as delivered, by file and row."""
    rows = zip(records["source_file"], records["source_row"], records[column], strict=True)
    return {(str(file), int(row)): str(text) for file, row, text in rows}


def read_place(row: Mapping[Any, Any]) -> Place | None:
    """File and row that a result names; None where no row of the delivery says it."""
    return (str(row["source_file"]), int(row["source_row"])) if row["source_file"] else None


def describe_place(place: Place | None) -> str:
    """“rs row 14”, or a dash."""
    return NONE if place is None else f"{place[0]} row {place[1]}"


def read_rows(records: pd.DataFrame, column: str) -> tuple[SourceRow, ...]:
    """Records as source rows, with the text of `column` and their day."""
    columns = zip(*(records[name] for name in ("source_file", "source_row", column, "day")), strict=True)
    return tuple(SourceRow(str(file), int(row), str(text), "", None, read_day(day)) for file, row, text, day in columns)
