"""A count: from the text of the delivery to cells/µL, both clocks, visit, baseline and change."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.provenance.baselines import select_baseline_rows, trace_baseline_briefly
from dashboard.endpoints.provenance.claims import Ours, select_claims, trace_claims
from dashboard.endpoints.provenance.conversion import trace_conversion, trace_delivered
from dashboard.endpoints.provenance.own_rows import OwnRows, find_participant, read_count_rows, read_day, validate_key
from dashboard.endpoints.provenance.placement import select_day, trace_analysed, trace_day, trace_day_value, trace_dose_clock, trace_visit
from dashboard.endpoints.provenance.steps import Step
from dashboard.endpoints.provenance.wording import UNIT, write_number
from dashboard.endpoints.records import Analysis
from dashboard.errors import NotFoundError
from dashboard.study.choices import Measure
from dashboard.study.columns import AFTER_DOSE, ANALYTE, DAY, MARKED_UNSCHEDULED, VALUE, VISIT_LABEL

CHANGES: dict[Measure, tuple[str, str]] = {
    "change": ("Change from baseline", "change: value − baseline"),
    "percent": ("Percent change", "percent change: 100 × (value − baseline) / baseline; missing when the baseline is 0"),
    "fold": ("Fold change", "fold: value / baseline; missing when the baseline is 0"),
}


def trace_count(analysis: Analysis, position: int, measure: Measure = "value", claims: pd.DataFrame | None = None) -> tuple[Step, ...]:
    """The derivation of the record at `position` of `Analysis.counts`, as figures draw it: a record keeps its own value and change.

    The last step's result is the record's `measure` in cells/µL, % or times the baseline; None where it has none. NotFoundError for a
    position outside the counts.
    """
    if not 0 <= position < len(analysis.counts):
        raise NotFoundError("count record in this data cut", str(position))
    record = analysis.counts.iloc[[position]]
    own = OwnRows(analysis, int(record["participant_index"].iloc[0]))
    return _trace(own, record, measure, claims)


def trace_count_day(
    analysis: Analysis, participant: str, analyte: str, day: int | None, measure: Measure = "value", claims: pd.DataFrame | None = None
) -> tuple[Step, ...]:
    """The derivation of the value of one day, which is the mean of its records; `day` None: the records without a day.

    The last step's result is the day's `measure`, as tables by visit and time above thresholds use it. NotFoundError for a participant,
    analyte or day that does not exist.
    """
    own = find_participant(analysis, participant)
    validate_key(analysis.protocol, "analyte", analyte)
    counts = own.counts(analyte)
    wanted = counts[DAY].isna() if day is None else counts[DAY] == day
    records = counts[wanted.fillna(False).to_numpy(dtype=bool)]
    if records.empty:
        known = dict.fromkeys("none" if pd.isna(found) else str(found) for found in counts[DAY])
        name = "none" if day is None else str(day)
        raise NotFoundError(f"day of a {analysis.protocol.analyte(analyte).short} count of {participant}", name, tuple(known))
    return _trace(own, records, measure, claims)


def _trace(own: OwnRows, records: pd.DataFrame, measure: Measure, claims: pd.DataFrame | None) -> tuple[Step, ...]:
    analyte, rows = str(records[ANALYTE].iloc[0]), read_count_rows(records)
    day, converted = read_day(records[DAY].iloc[0]), trace_conversion(rows, own.protocol)
    steps = [trace_delivered(rows, _remarks(records)), converted, trace_day(own, day)]
    if day is None or converted.result is None:
        return (*steps, _trace_unused(converted.result if measure == "value" else None, day))
    steps += _trace_place(own, records, analyte, day)
    changes = _trace_changes(own, analyte, converted.result, measure)
    result = changes[-1].result
    return (*steps, *changes, *_trace_stated(own, analyte, day, claims, converted.result, result))


def _remarks(records: pd.DataFrame) -> tuple[str, ...]:
    """What the delivery says beside the value."""
    marked, after = records[MARKED_UNSCHEDULED].to_numpy(dtype=bool), records[AFTER_DOSE].to_numpy(dtype=bool)
    remarks = (("It is marked unscheduled there.", marked), ("It was drawn after the dose of that day.", after))
    return tuple(text if flags.all() else f"Of some rows: {text[:1].lower()}{text[1:]}" for text, flags in remarks if flags.any())


def _trace_unused(value: float | None, day: int | None) -> Step:
    why = "has no day" if day is None else "has no value"
    rule = "a record without a day or without a value is kept and enters no calculation"
    return Step("Use", f"The record {why}, so it enters no calculation.", rule, (), value)


def _trace_place(own: OwnRows, records: pd.DataFrame, analyte: str, day: int) -> list[Step]:
    """Dose clock, value of the day, visit and analysed record."""
    of_day = select_day(own, analyte, day)
    visit, value = str(of_day["visit"].iloc[0]), float(of_day[VALUE].iloc[0])
    others = read_count_rows(own.counts_of_days(analyte, [day]))
    labels = tuple(label for label in dict.fromkeys(records[VISIT_LABEL].tolist()) if label)
    steps = [trace_dose_clock(own, day), trace_day_value(others, value, day), trace_visit(own, day, visit, labels)]
    return [*steps, trace_analysed(own, analyte, day, visit), *_trace_unscheduled(records, visit)]


def _trace_unscheduled(records: pd.DataFrame, visit: str) -> tuple[Step, ...]:
    """Said only where the delivery's mark decides: a record outside every window has been called unscheduled already."""
    flags = records["unscheduled"].to_numpy(dtype=bool)
    if not visit or not records[MARKED_UNSCHEDULED].any():
        return ()
    rule = "unscheduled: in no window, or marked so by the delivery and not the analysed record"
    if flags.any():
        return (Step("Unscheduled", "Marked unscheduled by the delivery and not the analysed record: drawn as unscheduled.", rule),)
    return (Step("Unscheduled", "Marked unscheduled by the delivery, but the analysed record of its visit: counts as scheduled.", rule),)


def _trace_changes(own: OwnRows, analyte: str, value: float, measure: Measure) -> list[Step]:
    """Baseline, change, percent change and fold; the measure asked for comes last (the value itself as “Value shown”)."""
    first, baseline = trace_baseline_briefly(own, analyte), own.baseline(analyte)
    of_baseline = first.rows
    by_measure = {name: _trace_change(name, value, baseline) for name in CHANGES}
    last = by_measure.pop(measure, None)
    if last is None:
        last = Step("Value shown", f"The value is {write_number(value)} {UNIT}.", "value: in cells/µL, unrounded in tables", (), value)
    final = Step(last.title, last.sentence, last.rule, of_baseline if measure != "value" else (), last.result)
    return [first, *by_measure.values(), final]


def _trace_change(measure: Measure, value: float, baseline: float | None) -> Step:
    title, rule = CHANGES[measure]
    if baseline is None:
        return Step(title, "Without a baseline there is none.", rule)
    if baseline == 0 and measure != "change":
        return Step(title, "The baseline is 0, so there is none.", rule)
    now, then = write_number(value), write_number(baseline)
    if measure == "change":
        return Step(title, f"{now} − {then} = {write_number(value - baseline)} {UNIT}.", rule, (), value - baseline)
    if measure == "fold":
        return Step(title, f"{now} / {then} = {write_number(value / baseline)}.", rule, (), value / baseline)
    percent = 100 * (value - baseline) / baseline
    return Step(title, f"100 × ({now} − {then}) / {then} = {write_number(percent)} %.", rule, (), percent)


def _trace_stated(
    own: OwnRows, analyte: str, day: int, claims: pd.DataFrame | None, value: float, result: float | None
) -> tuple[Step, ...]:
    """The claims of the delivery on this day beside the product's own."""
    quantities = ("change", "percent_change", "visit", "baseline_record")
    stated = select_claims(claims, own.name, analyte, quantities)
    stated = stated[(stated[DAY] == day).fillna(False).to_numpy(dtype=bool)]
    if stated.empty:
        return ()
    baseline = own.baseline(analyte)
    is_baseline = bool((select_baseline_rows(own, analyte)[DAY] == day).any())
    ours: dict[str, Ours] = {
        "change": _trace_change("change", value, baseline).result,
        "percent_change": _trace_change("percent", value, baseline).result,
        "visit": _visit_words(own, str(select_day(own, analyte, day)["visit"].iloc[0])),
        "baseline_record": ("Y",) if is_baseline else ("", "N"),
    }
    return trace_claims(stated, ours, result)


def _visit_words(own: OwnRows, key: str) -> tuple[str, ...]:
    """The names of a visit, its label first."""
    if not key:
        return ("in no window", "")
    visit = own.protocol.visit(key)
    return (visit.label, visit.key, *visit.aliases)
