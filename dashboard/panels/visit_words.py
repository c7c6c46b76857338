"""Planned visits in the few words that fit under an axis, what part of a period a figure covers, and what its groups are."""

from __future__ import annotations

from dashboard.endpoints.periods import compute_period_limits
from dashboard.study.protocol import StudyProtocol, Visit
from dashboard.view.state import ViewState
from dashboard.view.words import describe_rule, lower_first

WEEK = 7


def describe_week(visit: Visit) -> str:
    """“week 12”, “day 98” where it is not a whole week; a visit before day 0 by its short name."""
    if visit.target < 0:
        return visit.short
    return f"day {visit.target}" if visit.target % WEEK else f"week {visit.target // WEEK}"


def name_groups(protocol: StudyProtocol) -> str:
    """What splits the participants, inside a sentence (“by …”): “cohort”, “disease”, “trial”; any kind of cohort is a cohort."""
    word = lower_first(protocol.study.cohort_word)
    return "cohort" if word.endswith("cohort") else word


def describe_response(view: ViewState, protocol: StudyProtocol) -> str:
    """The responder rule in words; `ever` reads every value after day 0, whatever start the period has, so it names the end alone."""
    return f"at any visit after day 0, {_describe_end(view, protocol)}" if view.respond == "ever" else describe_rule(view, protocol)


def describe_counted_days(view: ViewState, protocol: StudyProtocol) -> str:
    """The days that count as time above: “from week 36 up to week 60 (day 252 to day 420)”."""
    start, horizon = compute_period_limits(protocol, view.period)
    first = _name_visit(protocol.period_visits(view.period)[0]) if start else f"the {protocol.study.day_zero}"
    return f"from {first} {_describe_end(view, protocol)} (day {start:.0f} to day {horizon:.0f})"


def describe_reach(view: ViewState, protocol: StudyProtocol) -> str:
    """The days in which a first value is looked for: always from day 0, also where the period starts later."""
    start, _ = compute_period_limits(protocol, view.period)
    whole = ", whatever start the period has" if start else ""
    return f"from the {protocol.study.day_zero} {_describe_end(view, protocol)}{whole}"


def _describe_end(view: ViewState, protocol: StudyProtocol) -> str:
    return f"up to {_name_visit(protocol.period_visits(view.period)[-1])}"


def _name_visit(visit: Visit) -> str:
    """“week 60” of “Week 60 (end of study)”."""
    return lower_first(visit.label.partition(" (")[0])
