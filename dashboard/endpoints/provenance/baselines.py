"""The baseline of an analyte: which values count, which day or days are taken, and their mean."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.provenance.claims import select_claims, trace_claims
from dashboard.endpoints.provenance.own_rows import OwnRows, find_participant, read_count_rows, read_day, validate_key
from dashboard.endpoints.provenance.steps import SourceRow, Step, Table
from dashboard.endpoints.provenance.wording import UNIT, write_count, write_list, write_mean, write_number, write_place, write_places
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import AFTER_DOSE, DAY, VALUE
from dashboard.study.references import Reference, encode_reference

RULES = {
    "last": "baseline: last value on or before day 0; values of one day count as their mean",
    "mean": "baseline: mean of the days on or before day 0 that have a value, each day counting once",
}


def trace_baseline(analysis: Analysis, participant: str, analyte: str, claims: pd.DataFrame | None = None) -> tuple[Step, ...]:
    """From the values up to day 0 to the baseline under the rule of `analysis` (`last` or `mean`), in cells/µL.

    The last step's result is the baseline, None without one. NotFoundError for a participant or analyte that does not exist.
    """
    own = find_participant(analysis, participant)
    validate_key(analysis.protocol, "analyte", analyte)
    days = _trace_days(own, analyte)
    stated = select_claims(claims, participant, analyte, ("baseline",))
    against = trace_claims(stated, {"baseline": days.result}, days.result)
    return (_trace_candidates(own, analyte), days, *_trace_stratum(own, analyte, days.result), *against)


def trace_baseline_briefly(own: OwnRows, analyte: str) -> Step:
    """The baseline as one step among others: its value, its days and the source rows it rests on."""
    rows = read_count_rows(select_baseline_rows(own, analyte))
    rule, baseline = RULES[own.analysis.baseline_rule], own.baseline(analyte)
    short = own.protocol.analyte(analyte).short
    if baseline is None:
        return Step("Baseline", f"{own.name} has no {short} value on or before day 0, so no baseline.", rule)
    by_day = _values_by_day(rows)
    days = f"day{'' if len(by_day) == 1 else 's'} {write_list([write_number(day) for day in by_day])}"
    sentence = f"The {short} baseline is {write_number(baseline)} {UNIT}, from {days} ({write_places(rows)})."
    return Step("Baseline", sentence, rule, rows, baseline)


def select_baseline_rows(own: OwnRows, analyte: str) -> pd.DataFrame:
    """The counts that make the baseline: of the last usable day, or of every usable day under the rule `mean`."""
    usable = own.counts(analyte)
    usable = usable[[not reason for reason in _reasons(usable)]]
    if own.analysis.baseline_rule == "mean" or usable.empty:
        return usable
    kept: pd.DataFrame = usable[(usable[DAY] == usable[DAY].max()).to_numpy(dtype=bool)]
    return kept


def _reasons(counts: pd.DataFrame) -> list[str]:
    """Why each count cannot be baseline; empty where it can."""
    reasons = []
    for day, value, after in zip(counts[DAY], counts[VALUE], counts[AFTER_DOSE], strict=True):
        late = day is pd.NA or day > 0
        reasons.append(
            "after day 0 or without a day" if late else "no value" if pd.isna(value) else "drawn after the dose" if after else ""
        )
    return reasons


def _trace_candidates(own: OwnRows, analyte: str) -> Step:
    """Every count up to day 0, and what speaks against those that cannot be baseline."""
    counts = own.counts(analyte)
    counts = counts[(counts[DAY] <= 0).fillna(False).to_numpy(dtype=bool)]
    rows, reasons = read_count_rows(counts), _reasons(counts)
    lines = tuple(
        (write_number(row.day), write_number(row.value), f"{row.text} {row.unit}".strip(), write_place(row), reason or "can be baseline")
        for row, reason in zip(rows, reasons, strict=True)
    )
    short, usable = own.protocol.analyte(analyte).short, reasons.count("")
    sentence = f"{own.name} has {write_count(len(rows), f'{short} value')} on or before day 0; {usable} of them can be baseline."
    rule = "baseline: day ≤ 0; a sample known to be drawn after the first dose is not baseline"
    links = tuple(encode_reference(Reference("count", own.name, analyte, row.day)) for row in rows)
    table = Table(("Day", UNIT, "As delivered", "File and row", "Use"), lines, links) if lines else None
    return Step("Values up to day 0", sentence, rule, rows, None, table)


def _trace_days(own: OwnRows, analyte: str) -> Step:
    """The mean of each day taken, and the baseline they give."""
    taken = select_baseline_rows(own, analyte)
    rows, rule = read_count_rows(taken), RULES[own.analysis.baseline_rule]
    by_day = _values_by_day(rows)
    if not by_day:
        return Step("Baseline", "No value can be baseline, so there is none, and no change from it.", rule)
    means = [sum(values) / len(values) for values in by_day.values()]
    clauses = [f"day {write_number(day)}: {write_mean(values)}" for day, values in by_day.items()]
    if own.analysis.baseline_rule == "last":
        result, sentence = means[0], f"The last such day is taken. {clauses[0][:1].upper()}{clauses[0][1:]} {UNIT}."
    else:
        result = sum(means) / len(means)
        sentence = f"Every such day is taken ({'; '.join(clauses)}). Their mean: {write_mean(means)} {UNIT}."
    return Step("Baseline", sentence, rule, rows, result)


def _values_by_day(rows: tuple[SourceRow, ...]) -> dict[int, list[float]]:
    by_day: dict[int, list[float]] = {}
    for row in rows:
        day = read_day(row.day)
        if day is not None and row.value is not None:
            by_day.setdefault(day, []).append(row.value)
    return by_day


def _trace_stratum(own: OwnRows, analyte: str, baseline: float | None) -> tuple[Step, ...]:
    """The baseline stratum, which only the analyte of the endpoint has."""
    if analyte != own.protocol.endpoint.analyte or not own.person["stratum"]:
        return ()
    stratum = own.protocol.stratum(str(own.person["stratum"]))
    sentence = f"{write_number(baseline)} {UNIT} is in the stratum “{stratum.label}”."
    return (Step("Stratum", sentence, "stratum: low ≤ baseline < high, by the study definition", (), baseline),)
