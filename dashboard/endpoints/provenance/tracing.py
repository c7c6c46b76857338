"""One entry: a reference and what the reader chose, to the derivation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.provenance.baselines import trace_baseline
from dashboard.endpoints.provenance.cohorts import select_members, trace_cohort_days_above, trace_reached, trace_responders
from dashboard.endpoints.provenance.counts import trace_count_day
from dashboard.endpoints.provenance.days_above import trace_days_above
from dashboard.endpoints.provenance.event_times import trace_event_time
from dashboard.endpoints.provenance.findings import select_series, trace_finding, trace_findings
from dashboard.endpoints.provenance.outcomes import Outcomes
from dashboard.endpoints.provenance.participants import trace_dose, trace_participant
from dashboard.endpoints.provenance.response_rates import find_rate, trace_best_response, trace_rate
from dashboard.endpoints.provenance.responses import trace_responder
from dashboard.endpoints.provenance.steps import Step, Trace
from dashboard.endpoints.provenance.summary import MEASURES, trace_summary
from dashboard.endpoints.provenance.survival_times import CurveQuestion, trace_survival
from dashboard.endpoints.provenance.wording import UNIT, write_number
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.errors import NotFoundError
from dashboard.study.choices import Denominator, IntervalMethod, Measure, ResponseRule, Rule, Who
from dashboard.study.columns import PARTICIPANT
from dashboard.study.pooled import Response, Survival
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
    `study.columns.RECORD_TABLES` by name, of which `claim`, `milestone` and `trait` are used when they are there. `changes` are the
    findings of everyone as `derive_finding_changes` gives them, needed for the derivation of findings alone; `outcomes` what those of
    response and survival need.
    """

    analysis: Analysis
    selected: Flags
    choices: Choices
    records: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    changes: pd.DataFrame | None = None
    outcomes: Outcomes = field(default_factory=Outcomes)


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


def _find_changes(inputs: Inputs) -> pd.DataFrame:
    if inputs.changes is None:
        raise ValueError("the derivation of a finding needs the findings of the data cut")
    return inputs.changes


def _finding(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    return trace_finding(inputs.analysis, _find_changes(inputs), of)


def _findings(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    return trace_findings(inputs.analysis, inputs.selected, _find_changes(inputs), of)


def _find_response(inputs: Inputs) -> tuple[Response, pd.DataFrame]:
    response, best = inputs.analysis.protocol.response, inputs.outcomes.best
    if response is None or best is None:
        raise NotFoundError("derivation of a response", inputs.analysis.protocol.key)
    return response, best


def _find_times(inputs: Inputs) -> tuple[Survival, pd.DataFrame]:
    survival, times = inputs.analysis.protocol.survival, inputs.outcomes.times
    if survival is None or times is None:
        raise NotFoundError("derivation of a time to an event", inputs.analysis.protocol.key)
    return survival, times


def _rate(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    response, best = _find_response(inputs)
    if inputs.outcomes.group is None:
        raise NotFoundError("group", f"{of.grouping} {of.category}")
    return trace_rate(best, inputs.outcomes.group, response, of.rate, of.among, inputs.choices.ci)


def _best_response(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    response, best = _find_response(inputs)
    return trace_best_response(inputs.analysis, inputs.records["finding"], best, response, of.participant)


def _survival(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    survival, times = _find_times(inputs)
    members = select_members(inputs.analysis, inputs.selected, of.cohort)
    question = CurveQuestion(of.endpoint, inputs.outcomes.label, of.censor, _cohort(inputs, of), inputs.outcomes.landmark)
    return trace_survival(inputs.analysis.participants[PARTICIPANT].tolist(), times, members, survival, question, of.day)


def _event_time(inputs: Inputs, of: Reference) -> tuple[Step, ...]:
    survival, times = _find_times(inputs)
    best = inputs.outcomes.best
    return trace_event_time(inputs.analysis, inputs.records, times, best, survival, of.participant, of.endpoint, of.censor)


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
    "finding": _finding,
    "findings": _findings,
    "rate": _rate,
    "best-response": _best_response,
    "survival": _survival,
    "event-time": _event_time,
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


def _finding_title(inputs: Inputs, of: Reference) -> str:
    """The series as its first row is labelled, of whom and when."""
    first = select_series(_find_changes(inputs), of).iloc[0]
    shared = of.about or of.category
    name = f"{first['label'] or of.test}{f' ({shared})' if shared else ''}"
    who = of.participant if of.kind == "finding" else _cohort(inputs, of)
    return f"{name} against baseline, {who}, {inputs.analysis.protocol.visit(of.visit).label}"


def _rate_title(inputs: Inputs, of: Reference) -> str:
    response, _ = _find_response(inputs)
    label = "" if inputs.outcomes.group is None else inputs.outcomes.group.label
    return f"{find_rate(response, of.rate).label}, {label}, of those {of.among}"


def _survival_title(inputs: Inputs, of: Reference) -> str:
    ended = ", ended at the transplant" if of.censor == "yes" else ""
    when = ": median" if of.day is None else f" on day {write_number(of.day)}"
    return f"{inputs.outcomes.label}{ended}, {_cohort(inputs, of)}{when}"


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
    "finding": _finding_title,
    "findings": _finding_title,
    "rate": _rate_title,
    "best-response": lambda inputs, of: f"Best response of {of.participant}",
    "survival": _survival_title,
    "event-time": lambda inputs, of: f"{inputs.outcomes.label} of {of.participant}",
}
