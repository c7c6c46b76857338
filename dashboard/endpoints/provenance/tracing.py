"""One entry: a reference and what the reader chose, to the derivation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.provenance.baselines import trace_baseline
from dashboard.endpoints.provenance.cohorts import trace_cohort_days_above, trace_reached, trace_responders
from dashboard.endpoints.provenance.counts import trace_count_day
from dashboard.endpoints.provenance.days_above import trace_days_above
from dashboard.endpoints.provenance.participants import trace_dose, trace_participant
from dashboard.endpoints.provenance.responses import trace_responder
from dashboard.endpoints.provenance.steps import Step, Trace
from dashboard.endpoints.provenance.summary import MEASURES, trace_summary
from dashboard.endpoints.provenance.wording import UNIT, write_number
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.choices import Denominator, IntervalMethod, Measure, ResponseRule, Rule, Who
from dashboard.study.protocol import StudyProtocol
from dashboard.study.references import Kind, Reference


@dataclass(frozen=True)
class Choices:
    """The reader's choices that a derivation depends on; fields carry the names of the query keys. `gap` None: no cap."""

    measure: Measure
    period: str
    rule: Rule
    gap: int | None
    who: Who
    respond: ResponseRule
    visit: str
    n: Denominator
    ci: IntervalMethod


@dataclass(frozen=True)
class Inputs:
    """What a derivation is made from.

    `analysis` is of the baseline rule chosen; `selected` marks the participants that the filters leave; `records` are tables of
    `study.columns.RECORD_TABLES` by name, of which `claim`, `milestone` and `trait` are used when they are there.
    """

    analysis: Analysis
    selected: Flags
    choices: Choices
    records: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def trace(inputs: Inputs, reference: Reference) -> Trace:
    """The derivation of what `reference` names under the reader's choices; its result is the number the product shows.

    NotFoundError when this data cut has no such participant, day or dose, or the study no such analyte, cohort or visit.
    """
    steps = TRACERS[reference.kind](inputs, reference)
    return Trace(TITLES[reference.kind](inputs, reference), steps)


def _count(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    claims = inputs.records.get("claim")
    return trace_count_day(inputs.analysis, of.participant, of.analyte, of.day, inputs.choices.measure, claims)


def _baseline(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    return trace_baseline(inputs.analysis, of.participant, of.analyte, inputs.records.get("claim"))


def _days_above(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    chosen = inputs.choices
    return trace_days_above(inputs.analysis, of.participant, of.threshold, chosen.rule, chosen.gap, chosen.period)


def _responder(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    c = inputs.choices
    return trace_responder(inputs.analysis, of.participant, of.threshold, c.respond, c.visit, c.period, c.n, c.who)


def _reached(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    return trace_reached(inputs.analysis, of.participant, of.threshold, inputs.choices.period, inputs.choices.who)


def _summary(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    dose = of.dose if of.kind == "dose-summary" else None
    return trace_summary(inputs.analysis, inputs.selected, of.analyte, of.cohort, of.visit, inputs.choices.measure, dose)


def _responders(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    c = inputs.choices
    return trace_responders(inputs.analysis, inputs.selected, of.cohort, of.threshold, c.respond, c.visit, c.period, c.n, c.who, c.ci)


def _cohort_days_above(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    c = inputs.choices
    return trace_cohort_days_above(inputs.analysis, inputs.selected, of.cohort, of.threshold, c.rule, c.gap, c.period, c.who)


def _dose(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    return trace_dose(inputs.analysis, of.participant, of.dose)


def _participant(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    return trace_participant(inputs.analysis, of.participant, inputs.records.get("milestone"), inputs.records.get("trait"))


TRACERS: Mapping[Kind, Callable[[Inputs, Reference], tuple[Step, ...]]] = {
    "count": _count,
    "baseline": _baseline,
    "days-above": _days_above,
    "responder": _responder,
    "reached": _reached,
    "summary": _summary,
    "dose-summary": _summary,
    "responders": _responders,
    "cohort-days-above": _cohort_days_above,
    "dose": _dose,
    "participant": _participant,
}


def _short(protocol: StudyProtocol, analyte: str) -> str:
    return protocol.analyte(analyte or protocol.endpoint.analyte).short


def _level(inputs: Inputs, of: Reference) -> str:
    return f"{_short(inputs.analysis.protocol, '')} at or above {write_number(of.threshold)} {UNIT}"


def _cohort(inputs: Inputs, of: Reference) -> str:
    return "all cohorts shown" if of.cohort == ALL_COHORTS else inputs.analysis.protocol.cohort(of.cohort).label


def _count_title(inputs: Inputs, of: Reference) -> str:
    day = "without a day" if of.day is None else f"on day {write_number(of.day)}"
    return f"{_short(inputs.analysis.protocol, of.analyte)} of {of.participant} {day}"


def _summary_title(inputs: Inputs, of: Reference) -> str:
    protocol = inputs.analysis.protocol
    after = f", after dose {of.dose}" if of.kind == "dose-summary" else ""
    words = MEASURES[inputs.choices.measure]
    return f"{_short(protocol, of.analyte)} {words}, {protocol.cohort(of.cohort).label}, {protocol.visit(of.visit).label}{after}"


TITLES: Mapping[Kind, Callable[[Inputs, Reference], str]] = {
    "count": _count_title,
    "baseline": lambda inputs, of: f"{_short(inputs.analysis.protocol, of.analyte)} baseline of {of.participant}",
    "days-above": lambda inputs, of: f"Days of {of.participant} with {_level(inputs, of)}",
    "responder": lambda inputs, of: f"Response of {of.participant}: {_level(inputs, of)}",
    "reached": lambda inputs, of: f"First day of {of.participant} with {_level(inputs, of)}",
    "summary": _summary_title,
    "dose-summary": _summary_title,
    "responders": lambda inputs, of: f"Responders, {_cohort(inputs, of)}: {_level(inputs, of)}",
    "cohort-days-above": lambda inputs, of: f"Days with {_level(inputs, of)}, {_cohort(inputs, of)}",
    "dose": lambda inputs, of: f"Dose {of.dose} of {of.participant}",
    "participant": lambda inputs, of: f"Participant {of.participant}",
}
