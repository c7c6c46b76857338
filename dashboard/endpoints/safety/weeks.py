"""The worst grade of each participant in each week, from the first or from the latest dose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints, encode_integers
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.rates import AtRisk, select_at_risk
from dashboard.study.columns import COHORT, DAY, DOSE_NUMBER, PARTICIPANT

Alignment = Literal["first-dose", "latest-dose"]
# One row per participant at risk, dose and week with at least one day under observation.
#   dose_number  1 throughout when aligned to the first dose
#   week         from 0: days 0 to 6 since that dose are week 0
#   grade        worst grade of the events going on in the week; 0 for no event, missing when none of its events is graded
#   events       events going on in the week
#   partial      every event of the week has a start or an end that is not known to the day
WEEK_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", COHORT: "str", "participant_index": "int64", DOSE_NUMBER: "int64", "week": "int64", "grade": "Int64",
    "events": "int64", "partial": "bool",
}  # fmt: skip


@dataclass(frozen=True)
class PlacedEvents:
    """Every week under observation of those at risk, and the events going on in it, on whatever scale.

    weeks has participant, cohort, participant_index, dose_number and week of WEEK_COLUMNS; event and cell are positions among the
    events and the weeks, one entry for each week in which an event goes on. Of each event the scale, the level (0: not graded), and
    whether its start or its end is not known to the day.
    """

    weeks: pd.DataFrame = field(repr=False)
    event: Ints = field(repr=False)
    cell: Ints = field(repr=False)
    scale: np.ndarray = field(repr=False)
    level: Ints = field(repr=False)
    is_unsure: Flags = field(repr=False)


@dataclass(frozen=True)
class WeeklyGrades:
    """Of each week the worst grade (0 without an event, or where none is graded), its events, and `partial` of WEEK_COLUMNS."""

    worst: Ints = field(repr=False)
    events: Ints = field(repr=False)
    partial: Flags = field(repr=False)


def place_events(events: pd.DataFrame, at_risk: AtRisk, analysis: Analysis, aligned: Alignment = "first-dose") -> PlacedEvents:
    """The weeks of those at risk and the events given (EVENT_COLUMNS), of whom events and participants not at risk have none.

    An event goes on from its first possible day to its last possible one; an ongoing one to the end of observation; one that is over
    without a known end, on its first day only. What lies before the first dose or after the end of observation is not shown. Aligned
    to the latest dose, a participant's days go to the latest dose on or before them. ValueError for another alignment.
    """
    if aligned not in get_args(Alignment):
        raise ValueError(f"alignment {aligned!r} is none of {', '.join(get_args(Alignment))}")
    grid = _derive_grid(at_risk, analysis, aligned)
    event, cell = _place_events(events, grid)
    return PlacedEvents(
        weeks=grid[[PARTICIPANT, COHORT, "participant_index", DOSE_NUMBER, "week"]],
        event=event,
        cell=cell,
        scale=events["scale"].to_numpy(dtype=object),
        level=events["level"].to_numpy(dtype=np.int64, na_value=0),
        is_unsure=_is_unsure(events),
    )


def count_weekly(placed: PlacedEvents, scale: str, counted: Flags | None = None) -> WeeklyGrades:
    """The weeks by the events on `scale` that are `counted` (all when absent)."""
    used = placed.scale == scale if counted is None else counted & (placed.scale == scale)
    kept = used[placed.event]
    event, cell, size = placed.event[kept], placed.cell[kept], len(placed.weeks)
    worst = np.zeros(size, dtype=np.int64)
    np.maximum.at(worst, cell, placed.level[event])
    count = np.bincount(cell, minlength=size)
    unsure = np.bincount(cell[placed.is_unsure[event]], minlength=size)
    return WeeklyGrades(worst, count, (count > 0) & (unsure == count))


def derive_weekly_grades(
    events: pd.DataFrame, at_risk: AtRisk, analysis: Analysis, scale: str, aligned: Alignment = "first-dose"
) -> pd.DataFrame:
    """WEEK_COLUMNS of the events on `scale` among those given (EVENT_COLUMNS), as `place_events` places them.

    Sorted by participant_index, dose and week. ValueError for another alignment.
    """
    placed = place_events(events, at_risk, analysis, aligned)
    found = count_weekly(placed, scale)
    grade = encode_integers(found.worst, (found.events == 0) | (found.worst > 0))
    marked = placed.weeks.assign(grade=grade, events=found.events, partial=found.partial)
    return marked[list(WEEK_COLUMNS)].reset_index(drop=True).astype(WEEK_COLUMNS)


def select_going_on(
    events: pd.DataFrame, at_risk: AtRisk, analysis: Analysis, weeks: pd.DataFrame, scale: str, aligned: Alignment = "first-dose"
) -> pd.DataFrame:
    """The events that give some of the rows of `derive_weekly_grades` (`weeks`, with its index) their grade, or that are not graded."""
    grid = _derive_grid(at_risk, analysis, aligned)
    used = select_at_risk(events, at_risk)
    used = used[used["scale"] == scale]
    event, cell = _place_events(used, grid)
    wanted = np.full(len(grid), -1, dtype=np.int64)
    wanted[weeks.index.to_numpy()] = weeks["grade"].to_numpy(dtype=np.int64, na_value=0)
    going = event[used["level"].to_numpy(dtype=np.int64, na_value=0)[event] == wanted[cell]]
    return used.iloc[np.unique(going)]


def _derive_grid(at_risk: AtRisk, analysis: Analysis, aligned: Alignment) -> pd.DataFrame:
    """Every week under observation with its first_day and last_day; at risk without a known end of observation: no week."""
    until, _ = compute_observed_until(analysis)
    doses = analysis.doses[["participant_index", DOSE_NUMBER, DAY]]
    doses = doses[at_risk.cohort_of[doses["participant_index"]] >= 0]
    if aligned == "first-dose":
        doses = doses.drop_duplicates("participant_index").assign(**{DAY: 0, DOSE_NUMBER: 1})
    end = until[doses["participant_index"]]
    following = doses.groupby("participant_index")[DAY].shift(-1).to_numpy(dtype=np.float64) - 1
    last = np.fmin(following, end)
    doses = doses.assign(until=last)[~np.isnan(end) & (last >= doses[DAY].to_numpy())]
    weeks = ((doses["until"] - doses[DAY]) // 7 + 1).to_numpy(dtype=np.int64)
    rows = doses.loc[doses.index.repeat(weeks)].reset_index(drop=True)
    week = np.arange(len(rows)) - np.repeat(np.cumsum(weeks) - weeks, weeks)
    first = rows[DAY].to_numpy() + 7 * week
    people = analysis.participants.iloc[rows["participant_index"]]
    columns = {PARTICIPANT: people[PARTICIPANT].to_numpy(), COHORT: people[COHORT].to_numpy(), "week": week, "first_day": first}
    return rows.assign(**columns, last_day=np.minimum(first + 6, rows["until"].to_numpy()).astype(np.int64))


def _place_events(events: pd.DataFrame, grid: pd.DataFrame) -> tuple[Ints, Ints]:
    """Positions of event and week, one entry for each week in which an event goes on."""
    start = events["start_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    end = events["end_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    # An absent start is bounded by nothing, so the event is shown on its last possible day alone.
    start = np.where(np.isnan(start), events["latest_start"].to_numpy(dtype=np.float64, na_value=np.inf), start)
    end = np.where(np.isnan(end), np.where(events["ongoing"], np.inf, start), end)
    entries = pd.DataFrame({"participant_index": events["participant_index"], "event": np.arange(len(events)), "start": start, "end": end})
    weeks = grid[["participant_index", "first_day", "last_day"]].assign(cell=np.arange(len(grid)))
    both = entries.merge(weeks, on="participant_index", validate="many_to_many")
    going = both[(both["start"] <= both["last_day"]) & (both["end"] >= both["first_day"])]
    return going["event"].to_numpy(dtype=np.int64), going["cell"].to_numpy(dtype=np.int64)


def _is_unsure(events: pd.DataFrame) -> Flags:
    ended_when = (events["end_precision"] != "day") & ~events["ongoing"]
    unsure: Flags = (events["partial"] | ended_when).to_numpy(dtype=bool)
    return unsure
