"""Whether a participant responds: the value the rule looks at, the comparison, and in which denominators it counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

from dashboard.endpoints.observation import ENDED
from dashboard.endpoints.provenance.baselines import trace_baseline_briefly
from dashboard.endpoints.provenance.own_rows import OwnRows, find_participant, read_count_rows, read_day, validate_key
from dashboard.endpoints.provenance.placement import describe_move
from dashboard.endpoints.provenance.steps import Step, Table
from dashboard.endpoints.provenance.wording import UNIT, write_count, write_number, write_window
from dashboard.endpoints.records import Analysis
from dashboard.study.choices import Denominator, ResponseRule, Who
from dashboard.study.columns import CUT_DAY, DAY, DOSED, LAST_DAY, STATUS, VALUE

RULES: dict[ResponseRule, str] = {
    "at-visit": "at the visit: the analysed value at the chosen visit",
    "ever": "at any visit: the highest value after day 0 up to the upper window limit of the period's last visit",
    "sustained": "at two visits in a row: the lower of the analysed values at two visits that follow each other in the plan, "
    "the best pair after day 0",
}
DENOMINATORS: dict[Denominator, str] = {
    "enrolled": "everyone enrolled",
    "dosed": "at least one dose given on or before the data cut",
    "reached": "under observation at the visit's target day with the visit due at the cut, or observed",
    "observed": "has the values the rule needs",
}


DENOMINATOR_NAMES: dict[Denominator, str] = {
    "enrolled": "enrolled",
    "dosed": "dosed",
    "reached": "reached the visit",
    "observed": "with a value",
}


@dataclass(frozen=True)
class _Question:
    own: OwnRows
    analyte: str
    threshold: float
    respond: ResponseRule
    visit: str
    period: str

    @property
    def due_visit(self) -> str:
        """The visit that must be due: the chosen one, or the period's last."""
        return self.visit if self.respond == "at-visit" else self.own.protocol.period(self.period).last_visit


def trace_responder(
    analysis: Analysis,
    participant: str,
    threshold: float,
    respond: ResponseRule,
    visit: str,
    period: str,
    denominator: Denominator = "observed",
    who: Who = "everyone",
) -> tuple[Step, ...]:
    """From the values the rule looks at to whether the participant counts and responds (endpoint analyte; CD4 in NCT05600920).

    The last step's result is 1 (counted, responds), 0 (counted, does not) or None (not in the denominator, or under `who` = eligible
    with a baseline not below the threshold). NotFoundError for a participant, visit or period that does not exist; ValueError for an
    unknown rule.
    """
    for given, allowed in ((respond, get_args(ResponseRule)), (denominator, get_args(Denominator)), (who, get_args(Who))):
        if given not in allowed:
            raise ValueError(f"{given!r} is none of {', '.join(allowed)}")
    own, protocol = find_participant(analysis, participant), analysis.protocol
    visit, period = validate_key(protocol, "visit", visit), validate_key(protocol, "period", period)
    question = _Question(own, protocol.endpoint.analyte, threshold, respond, visit, period)
    looked = {"at-visit": _trace_visit_value, "ever": _trace_highest, "sustained": _trace_best_pair}[respond](question)
    level = looked.result
    counts = _derive_counts(question, observed=bool(own.person[DOSED]) and level is not None)
    baseline = trace_baseline_briefly(own, question.analyte)
    eligible = baseline.result is not None and baseline.result < threshold
    responds = counts["observed"] and level is not None and level >= threshold
    counted = counts[denominator] and (eligible or who == "everyone")
    steps = (looked, _trace_comparison(question, level), _trace_due(question), _trace_denominators(counts))
    last = _trace_outcome(own.name, counted, responds, denominator, who)
    return (*steps, baseline, _trace_eligible(question, baseline.result, eligible), last)


def _trace_visit_value(question: _Question) -> Step:
    own, visit = question.own, question.own.protocol.visit(question.visit)
    daily = own.daily(question.analyte)
    chosen = daily[(daily["visit"] == question.visit).to_numpy() & daily["analysed"].to_numpy()]
    short, rule = own.protocol.analyte(question.analyte).short, RULES["at-visit"]
    if chosen.empty:
        return Step("Value at the visit", f"{own.name} has no {short} value in the window of “{visit.label}”.", rule)
    day, value = int(chosen[DAY].iloc[0]), float(chosen[VALUE].iloc[0])
    rows = read_count_rows(own.counts_of_days(question.analyte, [day]))
    sentence = f"The analysed {short} value at “{visit.label}” is {write_number(value)} {UNIT}, on day {write_number(day)}."
    return Step("Value at the visit", sentence, rule, rows, value)


def _trace_highest(question: _Question) -> Step:
    own, last = question.own, question.own.last_accepted_day(question.period)
    daily = own.daily(question.analyte)
    inside = daily[((daily[DAY] > 0) & (daily[DAY] <= last)).to_numpy(dtype=bool)]
    span = f"after day 0 and up to day {last}"
    if inside.empty:
        return Step("Highest value", f"{own.name} has no value {span}.", RULES["ever"])
    highest = float(inside[VALUE].max())
    days = [int(day) for day in inside[DAY][(inside[VALUE] == highest).to_numpy()]]
    sentence = f"Of {write_count(len(inside), 'day')} with a value {span} the highest is {write_number(highest)} {UNIT}, on day {days[0]}."
    lines = tuple((write_number(int(day)), write_number(value)) for day, value in zip(inside[DAY], inside[VALUE], strict=True))
    rows = read_count_rows(own.counts_of_days(question.analyte, days[:1]))
    return Step("Highest value", sentence, RULES["ever"], rows, highest, Table(("Day", UNIT), lines))


def _trace_best_pair(question: _Question) -> Step:
    own = question.own
    visits = [visit for visit in own.protocol.period_visits(question.period) if visit.target > 0]
    daily = own.daily(question.analyte)
    analysed = daily[daily["analysed"].to_numpy()]
    found = {str(visit): (int(day), float(value)) for visit, day, value in analysed[["visit", DAY, VALUE]].itertuples(index=False)}
    values = [found.get(visit.key) for visit in visits]
    pairs = [(min(a[1], b[1]), place, [a[0], b[0]]) for place, (a, b) in enumerate(pairwise(values)) if a and b]
    lines = tuple(
        (visit.label, write_number(each[0] if each else None), write_number(each[1] if each else None))
        for visit, each in zip(visits, values, strict=True)
    )
    table = Table(("Visit", "Day", UNIT), lines)
    if not pairs:
        return Step("Best pair", f"{own.name} has no two visits in a row with a value after day 0.", RULES["sustained"], (), None, table)
    level, place, days = max(pairs, key=lambda pair: (pair[0], -pair[1]))
    names = f"“{visits[place].label}” and “{visits[place + 1].label}”"
    sentence = f"The best two visits in a row are {names}: the lower of their values is {write_number(level)} {UNIT}."
    return Step("Best pair", sentence, RULES["sustained"], read_count_rows(own.counts_of_days(question.analyte, days)), level, table)


def _trace_comparison(question: _Question, level: float | None) -> Step:
    rule, c = "response: the value is at or above the threshold", write_number(question.threshold)
    if level is None:
        return Step("Comparison", "Without the value there is no response.", rule)
    responds = level >= question.threshold
    sentence = f"{write_number(level)} {'≥' if responds else '<'} {c} {UNIT}: {'a response' if responds else 'no response'}."
    return Step("Comparison", sentence, rule, (), level)


def _trace_due(question: _Question) -> Step:
    """The days that decide whether the visit was reached and due."""
    own, visit = question.own, question.own.protocol.visit(question.due_visit)
    target = own.target(visit.key)
    move = target - visit.target
    low = None if visit.low is None else visit.low + move
    until, cut = (write_number(day) for day in _read_observation(question))
    sentence = (
        f"“{visit.label}” has target day {target} (window {write_window(low, visit.high + move)}). {describe_move(own, visit)} "
        f"{own.name} was under observation until day {until}; the data cut is on day {cut}."
    )
    return Step(
        "Visit due",
        sentence,
        "reached: under observation on the target day, and the data cut not before it; who has not ended the study is under observation "
        "until the cut; for a response at any visit or at two in a row, of the period's last visit",
        (),
        float(target),
    )


def _read_observation(question: _Question) -> tuple[int | None, int | None]:
    """Last day under observation and day of the data cut."""
    person = question.own.person
    last, cut = (read_day(person[name]) for name in (LAST_DAY, CUT_DAY))
    cut = last if cut is None else cut
    return (last if person[STATUS] in ENDED and last is not None else cut), cut


def _derive_counts(question: _Question, *, observed: bool) -> dict[Denominator, bool]:
    person, target = question.own.person, question.own.target(question.due_visit)
    dosed = bool(person[DOSED])
    there = all(day is not None and day >= target for day in _read_observation(question))
    return {"enrolled": True, "dosed": dosed, "reached": dosed and (there or observed), "observed": observed}


def _trace_denominators(counts: dict[Denominator, bool]) -> Step:
    lines = tuple((DENOMINATOR_NAMES[name], words, "yes" if counts[name] else "no") for name, words in DENOMINATORS.items())
    inside = [f"“{words}”" for name, words in DENOMINATOR_NAMES.items() if counts[name]]
    sentence = f"Counts in the {'denominator' if len(inside) == 1 else 'denominators'} {', '.join(inside)}."
    names = " within ".join(f"“{words}”" for words in reversed(DENOMINATOR_NAMES.values()))
    rule = f"denominators: {names}; in all but “{DENOMINATOR_NAMES['observed']}” a missing value is a non-response"
    return Step("Denominators", sentence, rule, (), None, Table(("Denominator", "Means", "Counts"), lines))


def _trace_eligible(question: _Question, baseline: float | None, eligible: bool) -> Step:
    rule, c = "eligible: baseline below the threshold", f"{write_number(question.threshold)} {UNIT}"
    if baseline is None:
        return Step("Eligibility", "Without a baseline not eligible.", rule)
    return Step(
        "Eligibility",
        f"The baseline {write_number(baseline)} is {'' if eligible else 'not '}below {c}: {'' if eligible else 'not '}eligible.",
        rule,
        (),
        baseline,
    )


def _trace_outcome(name: str, counted: bool, responds: bool, denominator: Denominator, who: Who) -> Step:
    people = "participants with a baseline below the threshold" if who == "eligible" else "everyone"
    rule = f"responders: n/N among {people}; N = {DENOMINATOR_NAMES[denominator]}: {DENOMINATORS[denominator]}"
    if not counted:
        return Step("Outcome", f"{name} does not count: outside N.", rule)
    return Step("Outcome", f"{name} counts in N and {'is a responder' if responds else 'is not a responder'}.", rule, (), float(responds))
