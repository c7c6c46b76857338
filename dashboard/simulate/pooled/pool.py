"""The pool that every domain is written from, and the shape of a written domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from dashboard.simulate.domains import as_text
from dashboard.simulate.pooled import targets
from dashboard.simulate.pooled.drawing import Ints

Row = dict[str, Any]
# The infusion is given at ten; blood is drawn before.
INFUSION_TIME = "T10:00"


@dataclass(frozen=True)
class Pool:
    """One row per participant: `people` (of `draw_people`), `courses` (of `draw_courses`) and `calendar` (of `draw_calendar`)."""

    people: pd.DataFrame
    courses: pd.DataFrame
    calendar: pd.DataFrame

    @property
    def size(self) -> int:
        """How many participants there are."""
        return len(self.people)

    def write_date(self, person: int, day: int) -> str:
        """The ISO 8601 date of a day since the infusion."""
        return (targets.FIRST_INFUSION + timedelta(days=int(self.calendar["start"].to_numpy()[person]) + int(day))).isoformat()

    def write_dates(self, person: Ints, day: Ints) -> np.ndarray:
        """`write_date` of many."""
        first = np.datetime64(targets.FIRST_INFUSION, "D")
        return (first + self.calendar["start"].to_numpy()[person] + day).astype("datetime64[D]").astype(str)


def write_study_days(day: Ints) -> np.ndarray:
    """The CDISC study days of days since the infusion: the infusion is day 1, the day before −1."""
    return (day + (day >= 0)).astype(str)


def shape_pooled(domain: str, pool: Pool, rows: pd.DataFrame | Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Rows with a `person` position as a domain: STUDYID of the trial, DOMAIN, USUBJID, --SEQ (from 1 per person), then `columns`.

    Participants stand in the order of their names, rows keep their order within a participant. Every cell is text.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows), columns=["person", *columns])
    names = pool.calendar["usubjid"].to_numpy()[frame["person"].to_numpy(dtype=int)]
    frame = frame.iloc[np.argsort(names.astype(str), kind="stable")].reset_index(drop=True)
    person = frame["person"].to_numpy(dtype=int)
    head = pd.DataFrame(
        {
            "STUDYID": "SYNTHETIC-" + pool.calendar["trial"].to_numpy()[person].astype(object),
            "DOMAIN": domain,
            "USUBJID": pool.calendar["usubjid"].to_numpy()[person],
            f"{domain}SEQ": frame.groupby("person").cumcount() + 1,
        }
    )
    missing = {name: "" for name in columns if name not in frame.columns}
    return as_text(pd.concat([head, frame.assign(**missing)[list(columns)]], axis=1))
