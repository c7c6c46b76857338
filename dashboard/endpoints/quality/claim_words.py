"""The sentence of a claim that the product contradicts: both results, and the rule of the product's own."""

from __future__ import annotations

import numpy as np

from dashboard.endpoints.quality.claim_records import ClaimedRecords
from dashboard.endpoints.quality.rows import Evidence
from dashboard.endpoints.quality.words import UNIT, describe_day, describe_number, describe_window
from dashboard.study.columns import PARTICIPANT, VALUE, VALUE_TEXT

BASELINE_WORDS = {
    "last": "rule last: the last value on or before day 0, not drawn after the dose",
    "mean": "rule mean: the mean over the days on or before day 0, not drawn after the dose",
}


def describe_claim(evidence: Evidence, records: ClaimedRecords, row: int, own: float) -> str:
    """The sentence of the claim at `row`, which names the participant; the product's own number is `own` (NaN for none)."""
    return f"{evidence.claims[PARTICIPANT].iat[row]}: {_describe(evidence, records, row, own)}"


def _describe(evidence: Evidence, records: ClaimedRecords, row: int, own: float) -> str:
    quantity = str(evidence.claims["quantity"].iat[row])
    if quantity == "baseline":
        return _describe_baseline(evidence, records, row, own)
    if not records.found[row]:
        what = f"{quantity.replace('_', ' ')} for {_name_record(evidence, records, row)}"
        return f"the delivery states {what}, which this snapshot does not hold."
    describe = {"visit": _describe_visit, "baseline_record": _describe_mark}.get(quantity)
    return describe(evidence, records, row) if describe else _describe_change(evidence, records, row, own)


def _describe_baseline(evidence: Evidence, records: ClaimedRecords, row: int, own: float) -> str:
    what, rule = evidence.short(int(records.analyte[row])), BASELINE_WORDS[evidence.analysis.baseline_rule]
    return f"baseline of {what}, the delivery says {_number(evidence, row)} {UNIT}, this product derives {describe_number(own)} ({rule})."


def _describe_change(evidence: Evidence, records: ClaimedRecords, row: int, own: float) -> str:
    percent = evidence.claims["quantity"].iat[row] == "percent_change"
    value, baseline = describe_number(records.value[row]), describe_number(records.baseline[row])
    steps = f"100 × ({value} − {baseline}) / {baseline}" if percent else f"{value} − {baseline}"
    if np.isnan(own):
        steps = "no baseline" if np.isnan(records.baseline[row]) else "baseline 0"
    what, unit = ("percent change", "%") if percent else ("change", UNIT)
    both = f"the delivery says {_number(evidence, row)} {unit}, this product derives {describe_number(own)}"
    return f"{what} of {_name_record(evidence, records, row)}, {both} ({steps}; {BASELINE_WORDS[evidence.analysis.baseline_rule]})."


def _describe_visit(evidence: Evidence, records: ClaimedRecords, row: int) -> str:
    text, visit, person = str(evidence.claims[VALUE_TEXT].iat[row]), int(records.visit[row]), records.person[row]
    theirs = f"the delivery says “{text}”" if text else "the delivery names no visit"
    if visit < 0:
        ours = "this product assigns no visit, because its day lies in no window"
    else:
        window = describe_window(int(evidence.visit_days.low[person, visit]), int(evidence.visit_days.high[person, visit]))
        ours = f"this product assigns {evidence.protocol.visits[visit].label} (window {window})"
        if records.unscheduled[row]:
            ours = f"this product holds the record as unscheduled: another one is analysed at {evidence.protocol.visits[visit].label}"
    return f"visit of {_name_record(evidence, records, row)}, {theirs}, {ours}."


def _describe_mark(evidence: Evidence, records: ClaimedRecords, row: int) -> str:
    rule = BASELINE_WORDS[evidence.analysis.baseline_rule]
    says, derives = ("does not mark it as baseline", "uses it") if records.is_baseline[row] else ("marks it as baseline", "does not use it")
    return f"baseline record, {_name_record(evidence, records, row)}, the delivery {says}, this product {derives} ({rule})."


def _name_record(evidence: Evidence, records: ClaimedRecords, row: int) -> str:
    what = evidence.short(int(records.analyte[row]))
    return f"{what} on {describe_day(int(records.day[row]))}" if records.dated[row] else f"{what} without a day"


def _number(evidence: Evidence, row: int) -> str:
    return describe_number(evidence.claims[VALUE].to_numpy()[row])
