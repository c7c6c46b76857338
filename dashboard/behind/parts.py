"""What stands behind a cell: participants, those who could have counted, and source rows; and how they are found."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.errors import NotFoundError
from dashboard.scene import Scene
from dashboard.study.cells import write_part

# One row per source row. role: what the row is to the cell; what, value_text, unit: what was recorded, as delivered (a grade in words);
# note: what else matters; source_file "" and source_row missing for something that was not delivered.
ROW_COLUMNS: dict[str, str] = {
    "participant_index": "int64", "role": "str", "what": "str", "value_text": "str", "unit": "str", "day": "Int64", "note": "str",
    "source_file": "str", "source_row": "Int64",
}  # fmt: skip
DOSED = "dosed participants"


@dataclass(frozen=True)
class Behind:
    """What is behind a cell.

    title    the cell in words
    page     the page its table stands on
    counted  rows of `Analysis.participants` of those the cell counts, ascending: as many as the cell says
    group    those out of whom they are counted, `counted` among them; `group_words` says who they are
    read     makes tables of ROW_COLUMNS, together the source rows of those counted
    amounts  what else the cell counts, in words, such as “4 events”
    choices  the choices of the view that decide who counts, as a sentence, beside the filters of participants
    near     further cells about the same: words and address
    of       the derivation of the number (`study.references`), "" for none
    """

    title: str
    page: str
    counted: Ints = field(repr=False)
    group: Ints = field(repr=False)
    group_words: str
    read: Callable[[], Sequence[pd.DataFrame]] = field(repr=False)
    amounts: tuple[str, ...] = ()
    choices: str = ""
    near: tuple[tuple[str, str], ...] = ()
    of: str = ""

    @cached_property
    def rows(self) -> pd.DataFrame:
        """ROW_COLUMNS: the source rows of those counted, each once, by participant."""
        return join_rows(self.read())


def find_row(table: pd.DataFrame, **where: str) -> Mapping[Hashable, Any]:
    """The row of `table` that has these values, as addresses write them; NotFoundError when there is none."""
    same = np.ones(len(table), dtype=bool)
    for name, text in where.items():
        values = table[name]
        same &= (values == text).to_numpy(dtype=bool) if values.dtype == "str" else [write_part(value) == text for value in values.tolist()]
    if not same.any():
        raise NotFoundError("cell", ", ".join(text for text in where.values() if text))
    place = int(same.argmax())
    return {name: table[name].iloc[place] for name in table.columns}


def check_cohort(scene: Scene, cohort: str) -> None:
    """NotFoundError when the view does not show `cohort`."""
    shown = (*scene.view.cohorts(scene.protocol), ALL_COHORTS)
    if cohort not in shown:
        raise NotFoundError("cell", f"cohort {cohort}", shown)


def name_cohort(scene: Scene, cohort: str) -> str:
    """A cohort, or all of those shown, in words."""
    return "all shown" if cohort == ALL_COHORTS else scene.protocol.cohort(cohort).label


def is_in_cohort(scene: Scene, person: Ints, cohort: str) -> np.ndarray:
    """Which of the participants (rows of `Analysis.participants`) are in `cohort`, or in any for `all`."""
    if cohort == ALL_COHORTS:
        return np.ones(len(person), dtype=bool)
    inside: np.ndarray = scene.cohort_positions[person] == scene.protocol.cohort_keys.index(cohort)
    return inside


def read_people(rows: pd.DataFrame) -> Ints:
    """The participants of `rows`, each once, ascending."""
    people: Ints = np.unique(rows["participant_index"].to_numpy(dtype=np.int64))
    return people


def shape_rows(rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """ROW_COLUMNS of `rows`, with `columns` set; a column that is in neither is empty."""
    named = rows.assign(**columns)
    absent: dict[str, Any] = {name: pd.NA if kind == "Int64" else "" for name, kind in ROW_COLUMNS.items() if name not in named}
    return named.assign(**absent)[list(ROW_COLUMNS)].reset_index(drop=True).astype(ROW_COLUMNS)


def join_rows(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all tables, each source row once, by participant; within one in the order given."""
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in ROW_COLUMNS.items()})
    joined = pd.concat([empty, *(table for table in tables if len(table))], ignore_index=True).astype(ROW_COLUMNS)
    joined = joined.drop_duplicates(["participant_index", "what", "source_file", "source_row"])
    return joined.sort_values("participant_index", kind="stable", ignore_index=True)


def count_rows(scene: Scene, analyte: str, person: Ints, day: Ints, role: str) -> pd.DataFrame:
    """ROW_COLUMNS of the delivered counts of `analyte` of each participant on the day beside."""
    counts = scene.analysis.counts
    counts = counts[(counts["analyte"] == analyte) & counts["participant_index"].isin(person) & counts["day"].notna()]
    wanted = pd.MultiIndex.from_arrays([person, day])
    found = pd.MultiIndex.from_arrays([counts["participant_index"].to_numpy(), counts["day"].to_numpy(dtype=np.int64)]).isin(wanted)
    return shape_rows(counts[found], role=role, what=scene.protocol.analyte(analyte).short, unit=counts.loc[found, "unit_text"])
