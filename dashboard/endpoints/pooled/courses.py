"""The course of each participant after the infusion: milestones, the last day seen, and whether it goes on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.observation import ENDED, compute_observed_until
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import DAY, DOSED, PARTICIPANT, STATUS
from dashboard.study.pooled import Survival

DEATH = "death"
# The columns before those of the milestones. until: days from the infusion to the last day seen (NaN: unknown).
COURSE_COLUMNS = ("participant_index", "until", "ongoing", "died")


def derive_courses(analysis: Analysis, milestones: pd.DataFrame, survival: Survival | None) -> pd.DataFrame:
    """One row per participant: COURSE_COLUMNS, then for each milestone of the definition its first day from day 0 on, NaN for none.

    The last day seen is that of death, else the last one of `survival.contact`, else the end of observation (section 1); who was not
    infused has none. died: a milestone `death`, or the participant's status says so; ongoing: neither died nor ended otherwise.
    """
    status = analysis.participants[STATUS]
    until, _ = compute_observed_until(analysis)
    parts, last_seen = (survival.milestones, survival.contact or "") if survival else ((), "")
    days = {part.key: _find_days(analysis, milestones, part.codes, is_last=part.key == last_seen) for part in parts}
    nobody = np.full(len(status), np.nan)
    death, contact = days.get(DEATH, nobody), days.get(last_seen, nobody)
    died = (status == "died").to_numpy(dtype=bool) | ~np.isnan(death)
    seen = np.where(np.isnan(death), np.where(np.isnan(contact), until, contact), death)
    seen = np.where(analysis.participants[DOSED].to_numpy(), seen, np.nan)
    ongoing = ~died & ~status.isin(ENDED).to_numpy(dtype=bool) & ~np.isnan(seen)
    frame = {"participant_index": np.arange(len(status)), "until": seen, "ongoing": ongoing, "died": died}
    return pd.DataFrame(frame | days)


def _find_days(analysis: Analysis, milestones: pd.DataFrame, codes: tuple[str, ...], *, is_last: bool) -> np.ndarray:
    wanted = {code.casefold() for code in codes}
    rows = milestones[milestones["term"].str.strip().str.casefold().isin(wanted) & (milestones[DAY] >= 0).fillna(False)]
    by_name = rows.groupby(PARTICIPANT)[DAY]
    days = by_name.max() if is_last else by_name.min()
    return days.reindex(analysis.participants[PARTICIPANT].to_numpy()).to_numpy(dtype=np.float64, na_value=np.nan)
