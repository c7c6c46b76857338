"""The values behind a median or mean by cohort and visit: who counts, who does not and why, and the arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.endpoints.provenance.own_rows import read_count_rows, validate_key
from dashboard.endpoints.provenance.steps import SourceRow, Step, Table
from dashboard.endpoints.provenance.wording import MANY, UNIT, write_count, write_mean, write_number, write_places
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.summaries import GEOMETRIC, MEASURE_COLUMNS, STATISTICS, select_analysed, summarise_groups
from dashboard.endpoints.time import compute_latest_dose
from dashboard.study.choices import Measure
from dashboard.study.columns import DAY, PARTICIPANT, VALUE
from dashboard.study.references import Reference, encode_reference

UNITS: dict[Measure, str] = {"value": UNIT, "change": UNIT, "percent": "%", "fold": "× baseline"}
MEASURES: dict[Measure, str] = {
    "value": "value",
    "change": "change from baseline",
    "percent": "percent change from baseline",
    "fold": "fold of baseline",
}


def trace_summary(
    analysis: Analysis, selected: Flags, analyte: str, cohort: str, visit: str, measure: Measure = "value", dose: int | None = None
) -> tuple[Step, ...]:
    """The participants' values behind the summary of a cohort at a visit; the last step's result is the median, None when n = 0.

    `selected` marks the participants that the filters leave. With `dose`, only samples whose latest dose was that dose of the plan, as on
    the axis of days since the latest dose. Those of the cohort who do not count are listed with the reason. NotFoundError for an analyte,
    cohort or visit that the study does not declare.
    """
    for kind, key in (("analyte", analyte), ("cohort", cohort), ("visit", visit)):
        validate_key(analysis.protocol, kind, key)
    members = selected & (analysis.participants["cohort"] == cohort).to_numpy()
    analysed = select_analysed(analysis, members, analyte, (visit,))
    if dose is not None:
        analysed = analysed[_planned_dose(analysis, analysed) == dose]
    used = analysed[analysed[MEASURE_COLUMNS[measure]].notna().to_numpy()]
    rows = _read_rows(analysis, analyte, visit, used)
    steps = (
        _trace_members(analysis, members, analysed, used, _describe_missing(analysis, visit, dose)),
        _trace_values(analysis, analyte, used, measure, rows),
    )
    return (*steps, *_trace_statistics(used, measure))


def _planned_dose(analysis: Analysis, rows: pd.DataFrame) -> np.ndarray:
    """Number of the planned dose that the latest dose of each row was; 0 for none."""
    numbers = np.r_[analysis.doses["planned_dose"].to_numpy(dtype=np.int64, na_value=0), 0]
    latest = compute_latest_dose(rows["participant_index"].to_numpy(), rows[DAY].to_numpy(dtype=np.int64), analysis.doses)
    chosen: np.ndarray = numbers[latest]
    return chosen


def _read_rows(analysis: Analysis, analyte: str, visit: str, used: pd.DataFrame) -> dict[int, tuple[SourceRow, ...]]:
    """The source rows of each participant's analysed day."""
    counts = analysis.counts_of[analyte]
    counts = counts[counts["analysed"].to_numpy() & (counts["visit"] == visit).to_numpy()]
    counts = counts[counts["participant_index"].isin(used["participant_index"]).to_numpy()]
    by_person: dict[int, list[SourceRow]] = {}
    for person, row in zip(counts["participant_index"].tolist(), read_count_rows(counts), strict=True):
        by_person.setdefault(person, []).append(row)
    return {person: tuple(rows) for person, rows in by_person.items()}


def _describe_missing(analysis: Analysis, visit: str, dose: int | None) -> str:
    latest = "" if dose is None else f" after planned dose {dose} and before the next"
    return f"no value in the window of “{analysis.protocol.visit(visit).label}”{latest}"


def _trace_members(analysis: Analysis, members: Flags, analysed: pd.DataFrame, used: pd.DataFrame, missing: str) -> Step:
    """How many of the selection in the cohort count; the others with their reason."""
    people = np.flatnonzero(members)
    measured, counted = set(analysed["participant_index"].tolist()), set(used["participant_index"].tolist())
    names = analysis.participants[PARTICIPANT].to_numpy()
    reasons = tuple(
        (str(names[person]), "no baseline, or a baseline of 0" if person in measured else missing)
        for person in people.tolist()
        if person not in counted
    )
    sentence = (
        f"{write_count(len(people), 'participant')} of the selection are in this cohort; {len(counted)} count, {len(reasons)} do not."
    )
    rule = "n: participants with an analysed value at the visit; for a change also with a baseline"
    return Step("Participants", sentence, rule, (), float(len(counted)), Table(("Does not count", "Reason"), reasons) if reasons else None)


def _trace_values(analysis: Analysis, analyte: str, used: pd.DataFrame, measure: Measure, rows: dict[int, tuple[SourceRow, ...]]) -> Step:
    """Each participant's value, lowest first, with its source rows."""
    column = MEASURE_COLUMNS[measure]
    ordered = used.sort_values(column, kind="stable")
    names, baselines = (analysis.participants[name].to_numpy() for name in (PARTICIPANT, f"baseline_{analyte}"))
    people = ordered["participant_index"].tolist()
    lines = [
        (str(names[person]), write_number(int(day)), write_number(value), write_number(float(baselines[person])), write_number(shown))
        for person, day, value, shown in zip(people, ordered[DAY], ordered[VALUE], ordered[column], strict=True)
    ]
    header: tuple[str, ...] = ("Participant", "Day", UNIT, "Baseline", f"{MEASURES[measure].capitalize()}, {UNITS[measure]}", "Source")
    cells: list[tuple[str, ...]] = [(*line, write_places(rows[person])) for line, person in zip(lines, people, strict=True)]
    if measure == "value":
        header, cells = (*header[:3], header[5]), [(*line[:3], line[5]) for line in cells]
    links = (Reference("count", line[0], analyte, int(day)) for line, day in zip(lines, ordered[DAY], strict=True))
    table = Table(header, tuple(cells), tuple(encode_reference(link) for link in links))
    sentence = f"{write_count(len(lines), 'value')}, lowest first." if lines else "There is no value."
    rule = "analysed record: the day closest to the target of the visit, ties to the later; several values of that day enter as their mean"
    every = tuple(row for person in people for row in rows[person])
    return Step("Values", sentence, rule, every, float(len(lines)), table if lines else None)


def _trace_statistics(used: pd.DataFrame, measure: Measure) -> tuple[Step, ...]:
    """Mean (of a relative change: geometric mean of fold), then quartiles, then the median."""
    values = np.sort(used[MEASURE_COLUMNS[measure]].to_numpy(dtype=np.float64))
    rule = "median: the middle value, or the mean of the two in the middle"
    if not len(values):
        return (Step("Median", "Without a value there is no summary.", rule),)
    middle = values[(len(values) - 1) // 2 : len(values) // 2 + 1].tolist()
    places = f"value {len(values) // 2 + 1}" if len(middle) == 1 else f"values {len(values) // 2} and {len(values) // 2 + 1}"
    sentence = f"The middle of {write_count(len(values), 'value')}, {places} in order: {write_mean(middle)} {UNITS[measure]}."
    last = Step("Median", sentence, rule, (), sum(middle) / len(middle))
    return _trace_centre(used, values, measure), _trace_spread(used, measure), last


def _trace_centre(used: pd.DataFrame, values: Floats, measure: Measure) -> Step:
    if measure in ("value", "change"):
        total = f"{write_mean(values.tolist())} {UNITS[measure]}"
        return Step("Mean", f"Mean of {write_count(len(values), 'value')}: {total}.", "mean: the sum / n", (), float(values.mean()))
    fold, rule = used["fold"].to_numpy(dtype=np.float64), "relative change: the geometric mean of fold, never the mean of percent change"
    if (fold <= 0).any():
        return Step("Geometric mean", "A value of 0 has no logarithm, so there is no geometric mean.", rule)
    mean = float(np.exp(np.log(fold).mean()))
    parts = f"({' × '.join(write_number(each) for each in fold)})" if len(fold) <= MANY else f"(product of {len(fold)} folds)"
    sentence = f"{parts} to the power 1/{len(fold)} = {write_number(mean)} × baseline"
    if measure == "fold":
        return Step("Geometric mean", f"{sentence}.", rule, (), mean)
    percent = 100 * (mean - 1)
    return Step("Geometric mean", f"{sentence}; 100 × ({write_number(mean)} − 1) = {write_number(percent)} %.", rule, (), percent)


def _trace_spread(used: pd.DataFrame, measure: Measure) -> Step:
    """Every statistic of the summary table, as its table has it."""
    values, ratios = used[MEASURE_COLUMNS[measure]].to_numpy(dtype=np.float64), used["fold"].to_numpy(dtype=np.float64)
    of_ratio = {"value": values, "change": None}.get(measure, ratios)
    arithmetic = measure in ("value", "change")
    row = summarise_groups(values, np.zeros(len(values), dtype=np.int64), 1, of_ratio, arithmetic).iloc[0]
    shown = {name: 100 * (row[name] - 1) if measure == "percent" and name in GEOMETRIC else row[name] for name in STATISTICS}
    table = Table(("Statistic", "Value"), tuple((name, write_number(float(value))) for name, value in shown.items()))
    sentence = (
        f"Half of the values lie between {write_number(float(row['q1']))} and {write_number(float(row['q3']))} {UNITS[measure]}; "
        f"all between {write_number(float(row['min']))} and {write_number(float(row['max']))}."
    )
    rule = "quartiles interpolate linearly; t interval of the mean, order-statistic interval of the median (from n = 6), both 95 %"
    return Step("Spread", sentence, rule, (), None, table)
