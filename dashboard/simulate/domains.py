"""The shape of a written domain: text columns in a fixed order, dates, study days and sequence numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from dashboard.simulate.visits import DOSE_MINUTE, Courses
from dashboard.study.protocol import StudyProtocol

TRIAL_START = date(2024, 11, 6)  # the study start of the trial record


@dataclass(frozen=True)
class Trial:
    """What every domain is written from: the definition, the persons and their courses."""

    protocol: StudyProtocol
    people: pd.DataFrame
    courses: Courses

    @property
    def study_id(self) -> str:
        """STUDYID of the delivery: the definition's name for synthetic data."""
        return self.protocol.delivery.synthetic_study_ids[0]

    def is_dosed(self, person: int) -> bool:
        """Whether this person received the first dose."""
        return not bool(np.isnan(self.courses.dose_days[person, 0]))

    def write_date(self, person: int, day: int, minute: int | None = None) -> str:
        """ISO 8601 date, with time when `minute` (of the day) is given, of a day since this person's first dose."""
        when = TRIAL_START + timedelta(days=int(self.people["start"].to_numpy()[person]) + int(day))
        return when.isoformat() if minute is None else f"{when.isoformat()}T{minute // 60:02d}:{minute % 60:02d}"

    def write_study_day(self, person: int, day: int) -> str:
        """CDISC study day: the first dose is day 1, the day before −1, there is no 0; empty for a person never dosed."""
        return write_study_day(int(day)) if self.is_dosed(person) else ""

    def doses(self, person: int) -> list[tuple[int, int]]:
        """(planned number from 1, day) of every dose given to this person."""
        return [(place + 1, int(day)) for place, day in enumerate(self.courses.dose_days[person]) if not np.isnan(day)]

    def write_dose_time(self, person: int, day: int) -> str:
        """Date and time of a dose."""
        return self.write_date(person, day, DOSE_MINUTE)


def write_study_day(day: int) -> str:
    """The CDISC study day of a day since the first dose."""
    return str(day + 1 if day >= 0 else day)


def shape_domain(domain: str, trial: Trial, rows: pd.DataFrame | Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Rows with a `person` position as a domain: STUDYID, DOMAIN, USUBJID, --SEQ (from 1 per person), then `columns`.

    Rows keep their order within a person. Every cell is text, an absent value the empty text.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows), columns=["person", *columns])
    frame = frame.sort_values("person", kind="stable").reset_index(drop=True)
    head = pd.DataFrame(
        {
            "STUDYID": trial.study_id,
            "DOMAIN": domain,
            "USUBJID": trial.people["usubjid"].to_numpy()[frame["person"].to_numpy(dtype=int)],
            f"{domain}SEQ": frame.groupby("person").cumcount() + 1,
        }
    )
    return as_text(pd.concat([head, frame[list(columns)]], axis=1))


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Every cell as text, a missing one as the empty text."""
    return frame.astype(object).where(frame.notna(), "").astype(str)
