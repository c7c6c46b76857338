"""Time above a threshold per participant, as spans, and per cohort (endpoints, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_integers
from dashboard.endpoints.bootstrap import compute_bootstrap_interval
from dashboard.endpoints.intervals import Intervals, Points, compute_intervals, derive_episodes
from dashboard.endpoints.periods import compute_last_accepted_day, compute_period_limits
from dashboard.endpoints.records import Analysis
from dashboard.study.choices import Rule
from dashboard.study.columns import COHORT, PARTICIPANT

DAYS_IN_WEEK = 7
TIME_ABOVE_COLUMNS = (
    "participant",
    "cohort",
    "threshold",
    "baseline",
    "eligible",
    "days_above",
    "weeks_above",
    "covered_days",
    "percent_covered",
    "lower_days",
    "upper_days",
    "episodes",
    "longest_episode_days",
    "first_day_above",
    "last_day_above",
)
COHORT_COLUMNS = ("cohort", "threshold", "n", "n_any", "mean", "mean_lower", "mean_upper", "median", "q1", "q3")


def build_points(analysis: Analysis, selected: Flags, analyte: str, period_key: str) -> Points:
    """(0, baseline), then the daily values with 0 < day ≤ the upper window limit of the period's last visit.

    Of the selected participants that have a baseline; the others have no point. A participant without a later value has
    the baseline point alone. Follow-up visits keep the study clock; a last visit that follows a dose moves with it.
    """
    baseline = analysis.participants[f"baseline_{analyte}"].to_numpy()
    used = selected & ~np.isnan(baseline)
    first = np.flatnonzero(used)
    daily = analysis.daily_arrays_of[analyte]
    kept = used[daily.participant] & (daily.day > 0) & (daily.day <= compute_last_accepted_day(analysis, period_key)[daily.participant])
    row = np.r_[first, daily.participant[kept]]
    days = np.r_[np.zeros(len(first)), daily.day[kept]]
    values = np.r_[baseline[first], daily.value[kept]]
    # Daily rows are sorted and day 0 comes first, so that a stable sort by participant is all that is needed.
    order = np.argsort(row, kind="stable")
    return Points(row[order], days[order], values[order])


def compute_time_above(
    points: Points, n_participants: int, threshold: float, rule: Rule, gap_cap: int | None, start: float, horizon: float
) -> pd.DataFrame:
    """Time at or above `threshold` between `start` and `horizon`: one row per participant index 0 … n_participants − 1.

    days_above, covered_days, lower_days (rule both-ends), upper_days (rule either-end), longest_episode_days in days;
    episodes (number); first_day_above, last_day_above (days since first dose, missing without time above).

    Intervals run between consecutive points and are cut at start and horizon; nothing lies outside the points. An
    interval of more than `gap_cap` days between its two samples (before cutting; None = no cap) counts neither as time
    above nor as covered. Inside an interval the rule decides: linear (straight line, exact crossing; Rosendaal, Thromb
    Haemost 1993;69:236), locf (earlier value), nocb (later value), both-ends, either-end. A value equal to the threshold
    is above; touching it without staying has length zero. An episode is a longest run of time above without a break; an
    interval beyond the cap breaks it. A participant without two points has zeros. ValueError for an unknown rule.
    """
    chosen = compute_intervals(points, threshold, rule, gap_cap, start, horizon)
    columns = {"days_above": _add_up(chosen, chosen.fall - chosen.rise, n_participants)}
    columns["covered_days"] = _add_up(chosen, np.where(chosen.counted, chosen.end - chosen.begin, 0.0), n_participants)
    bounds: tuple[tuple[str, Rule], ...] = (("lower_days", "both-ends"), ("upper_days", "either-end"))
    for name, bound in bounds:
        intervals = compute_intervals(points, threshold, bound, gap_cap, start, horizon)
        columns[name] = _add_up(intervals, intervals.fall - intervals.rise, n_participants)
    return pd.DataFrame({**columns, **_summarise_episodes(derive_episodes(chosen), n_participants)})


def compute_spans(points: Points, threshold: float, rule: Rule, gap_cap: int | None, start: float, horizon: float) -> pd.DataFrame:
    """What a ribbon shows: participant_index, start_day, end_day, kind, sorted by participant, then start.

    kind is `above` (one row per episode, neighbouring intervals joined) or `gap` (an interval beyond the gap cap, cut at
    start and horizon). Definitions as in `compute_time_above`.
    """
    intervals = compute_intervals(points, threshold, rule, gap_cap, start, horizon)
    above = derive_episodes(intervals).assign(kind="above")
    gap = ~intervals.counted & (intervals.end > intervals.begin)
    gaps = pd.DataFrame(
        {"participant_index": intervals.participant_index[gap], "start_day": intervals.begin[gap], "end_day": intervals.end[gap]}
    ).assign(kind="gap")
    spans = pd.concat([above, gaps], ignore_index=True).astype({"kind": "str"})
    return spans.sort_values(["participant_index", "start_day"], ignore_index=True)


def summarise_participant_time_above(
    analysis: Analysis,
    selected: Flags,
    analyte: str,
    thresholds: Sequence[float],
    rule: Rule,
    gap_cap: int | None,
    period_key: str,
) -> pd.DataFrame:
    """TIME_ABOVE_COLUMNS for each selected participant, in the order of the data, and threshold (one or more), in the order given.

    Days as `compute_time_above` defines them; weeks_above = days_above / 7; percent_covered = 100 × days_above /
    covered_days. eligible: baseline below the threshold. A participant without baseline is listed as not eligible, every
    number missing. One with a baseline but nothing covered (no later value, or every gap beyond the cap) has 0 covered
    days and no other number: what was not observed is unknown, not zero.
    """
    start, horizon = compute_period_limits(analysis.protocol, period_key)
    points = build_points(analysis, selected, analyte, period_key)
    people = analysis.participants[selected]
    baseline = people[f"baseline_{analyte}"].to_numpy()
    tables = []
    for threshold in thresholds:
        days = compute_time_above(points, len(selected), threshold, rule, gap_cap, start, horizon)[selected]
        keys = pd.DataFrame({PARTICIPANT: people[PARTICIPANT], COHORT: people[COHORT], "threshold": float(threshold)})
        tables.append(keys.assign(baseline=baseline, eligible=baseline < threshold, **_present_days(days, ~np.isnan(baseline))))
    # A stable sort by row interleaves the thresholds without changing their order.
    return pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)[list(TIME_ABOVE_COLUMNS)]


def summarise_time_above(rows: pd.DataFrame, cohorts: Sequence[str], thresholds: Sequence[float]) -> pd.DataFrame:
    """COHORT_COLUMNS for each of `cohorts` and `thresholds`, in that order, also where n = 0.

    `rows` are those of `summarise_participant_time_above` that shall count (all, or the eligible); rows without
    days_above are dropped first. n counts the rest, n_any those with any time above. mean with percentile bootstrap
    interval (missing below n = 5), median, quartiles (linear), all in days.
    """
    groups = rows[rows["days_above"].notna()].groupby(["cohort", "threshold"])["days_above"]
    days = {key: values.to_numpy() for key, values in groups}
    keys = [(cohort, threshold) for cohort in cohorts for threshold in thresholds]
    summary = [(*key, *compute_days_summary(days.get(key, np.empty(0)))) for key in keys]
    return pd.DataFrame(summary, columns=list(COHORT_COLUMNS)).astype({"cohort": "str", "threshold": "float64"})


def _add_up(intervals: Intervals, days: Floats, n_participants: int) -> Floats:
    return np.asarray(np.bincount(intervals.participant_index, days, n_participants), dtype=np.float64)


def _summarise_episodes(episodes: pd.DataFrame, n_participants: int) -> dict[str, Ints | Floats]:
    person = episodes["participant_index"].to_numpy()
    begin, end = episodes["start_day"].to_numpy(), episodes["end_day"].to_numpy()
    first, last = np.full(n_participants, np.nan), np.full(n_participants, np.nan)
    longest = np.zeros(n_participants)
    np.maximum.at(longest, person, end - begin)
    # Episodes are in order: of several assignments to one place the last stands.
    first[person[::-1]], last[person] = begin[::-1], end
    count = np.bincount(person, minlength=n_participants)
    return {"episodes": count, "longest_episode_days": longest, "first_day_above": first, "last_day_above": last}


def _present_days(days: pd.DataFrame, has_baseline: Flags) -> dict[str, pd.Series]:
    known = has_baseline & (days["covered_days"] > 0).to_numpy()
    shown = {name: days[name].where(known) for name in days.columns if name != "episodes"}
    shown["episodes"] = pd.Series(encode_integers(days["episodes"].to_numpy(), known), index=days.index)
    shown["weeks_above"] = shown["days_above"] / DAYS_IN_WEEK
    shown["percent_covered"] = 100 * shown["days_above"] / days["covered_days"]
    return {**shown, "covered_days": days["covered_days"].where(has_baseline)}


@dataclass(frozen=True)
class DaysAbove:
    """Rows of `summarise_participant_time_above` as arrays: participants (first axis) by threshold (second axis), NaN where missing."""

    eligible: Flags
    days: Floats
    lower: Floats
    upper: Floats
    covered: Floats
    episodes: Floats

    @property
    def known(self) -> Flags:
        """Who has days above."""
        return ~np.isnan(self.days)


def read_days_above(rows: pd.DataFrame, thresholds: int) -> DaysAbove:
    """The arrays of `rows`, of which each participant has one for each of that many thresholds."""
    names = ("days_above", "lower_days", "upper_days", "covered_days", "episodes")
    numbers = [rows[name].to_numpy(dtype=np.float64, na_value=np.nan).reshape(-1, thresholds) for name in names]
    return DaysAbove(rows["eligible"].to_numpy(dtype=bool).reshape(-1, thresholds), *numbers)


class DaysSummary(NamedTuple):
    """The numbers of COHORT_COLUMNS."""

    n: int
    n_any: int
    mean: float
    mean_lower: float
    mean_upper: float
    median: float
    q1: float
    q3: float


def compute_days_summary(days: Floats) -> DaysSummary:
    """The summary of the days above of a group, as `summarise_time_above` gives it; `days` hold no NaN."""
    if len(days) == 0:
        return DaysSummary(0, 0, *[float("nan")] * 6)
    q1, median, q3 = np.quantile(days, [0.25, 0.5, 0.75])
    interval = compute_bootstrap_interval(days)
    return DaysSummary(len(days), int((days > 0).sum()), float(days.mean()), *interval, float(median), float(q1), float(q3))
