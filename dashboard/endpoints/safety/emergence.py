"""Whether an event began, or got worse, under treatment; partial dates included."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_integers
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import CUT_DAY, DATED_DAY, DOSED, STATUS

ONSET, POSSIBLE, WORSENED = "onset", "possible", "worsened"
# How many days later the last possible day can lie where no calendar date of the first dose is known.
LONGEST = {"month": 30, "year": 365}


def compute_latest_start(events: pd.DataFrame, person: Ints, analysis: Analysis) -> Floats:
    """The last possible day of each start, in days since the first dose; NaN where nothing bounds it.

    That of an exact start is its day. A start known to the month or year may lie at the end of it, an absent one anywhere; but not
    after the event's own end, nor after the data cut. The calendar comes from the date of the cut and its day for the participant;
    where that day is unknown a month counts 31 days and a year 366.
    """
    start, end = (events[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in ("start_day", "end_day"))
    cut = analysis.participants[CUT_DAY].to_numpy(dtype=np.float64, na_value=np.nan)[person]
    dates = analysis.participants.get(DATED_DAY, analysis.participants[CUT_DAY]).to_numpy(dtype=np.float64, na_value=np.nan)[person]
    latest = np.full(len(events), np.nan)
    for precision, days in LONGEST.items():
        of = (events["start_precision"] == precision).to_numpy() & ~np.isnan(start)
        dated = of & ~np.isnan(dates)
        latest[of & ~dated] = start[of & ~dated] + days
        latest[dated] = _compute_last_of(precision, start[dated], dates[dated], analysis)
    latest = np.fmin(np.fmin(latest, end), cut)
    return np.where(_is_exact(events), start, latest)


def derive_emergence(events: pd.DataFrame, person: Ints, analysis: Analysis) -> dict[str, pd.api.extensions.ExtensionArray | Flags]:
    """Columns latest_start (Int64), partial (bool), emergent (bool) and basis (str) of events with `fatal`.

    partial    the day of the start is not known
    basis      `onset`: began on or after the first dose; `possible`: the start is partial or absent, and its last possible day is on
               or after the first dose; `worsened`: began before the first dose and ended in death on or after it; "" otherwise
    emergent   basis is not empty; never for a participant without a dose

    Any other worsening is visible only as an event of its own, which then counts by its own onset. A start on the day of the first
    dose is on or after it: the time of day is not asked.
    """
    people = analysis.participants
    dosed = people[DOSED].to_numpy()[person]
    first = events["start_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    end = events["end_day"].to_numpy(dtype=np.float64, na_value=np.nan)
    latest = compute_latest_start(events, person, analysis)
    possible = np.isnan(latest) | (latest >= 0)
    died = (people[STATUS] == "died").to_numpy()[person]
    worsened = events["fatal"].to_numpy() & ((end >= 0) | (np.isnan(end) & died))
    basis = np.select([~dosed, first >= 0, possible, worsened], ["", ONSET, POSSIBLE, WORSENED], "")
    return {
        "latest_start": encode_integers(np.nan_to_num(latest).astype(np.int64), ~np.isnan(latest)),
        "partial": ~_is_exact(events),
        "emergent": basis != "",
        "basis": pd.array(basis.astype(object), dtype="str"),
    }


def _is_exact(events: pd.DataFrame) -> Flags:
    exact: Flags = ((events["start_precision"] == "day") & events["start_day"].notna()).to_numpy(dtype=bool)
    return exact


def _compute_last_of(precision: str, start: Floats, cut: Floats, analysis: Analysis) -> Floats:
    """Last day of the month or year that the start lies in."""
    on_zero = np.datetime64(analysis.data.snapshot.cut_date, "D") - cut.astype(np.int64)
    unit = "datetime64[M]" if precision == "month" else "datetime64[Y]"
    following = ((on_zero + start.astype(np.int64)).astype(unit) + 1).astype("datetime64[D]")
    days: Floats = (following - on_zero).astype(np.float64) - 1
    return days
