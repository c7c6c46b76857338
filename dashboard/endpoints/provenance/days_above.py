"""Days above a threshold: the points, every interval between them, and how they add up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.endpoints.intervals import Intervals, Points, compute_intervals, derive_episodes
from dashboard.endpoints.periods import compute_period_limits
from dashboard.endpoints.provenance.baselines import trace_baseline_briefly
from dashboard.endpoints.provenance.own_rows import OwnRows, find_participant, read_count_rows, validate_key
from dashboard.endpoints.provenance.steps import Step, Table
from dashboard.endpoints.provenance.wording import UNIT, write_count, write_number, write_places, write_sum
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.time_above import DAYS_IN_WEEK, build_points
from dashboard.study.choices import Rule
from dashboard.study.columns import DAY
from dashboard.study.references import Reference, encode_reference

RULES: dict[Rule, str] = {
    "linear": "a straight line joins the two values, with its exact crossing of the threshold",
    "locf": "the earlier value holds for the whole interval",
    "nocb": "the later value holds for the whole interval",
    "both-ends": "the whole interval counts when both values are at or above the threshold (a lower bound)",
    "either-end": "the whole interval counts when one of the values is at or above the threshold (an upper bound)",
}
HEADER = ("From day", "To day", "From value", "To value", "Covered days", "Days above", "Why")


@dataclass(frozen=True)
class IntervalDays:
    """One interval between two samples (days and values as measured) and the days it contributes after cutting at the period."""

    from_day: float
    to_day: float
    from_value: float
    to_value: float
    counted: bool
    covered_days: float
    days_above: float
    why: str


@dataclass(frozen=True)
class _Question:
    own: OwnRows
    analyte: str
    threshold: float
    rule: Rule
    gap: int | None
    period: str
    points: Points = field(repr=False)

    @property
    def limits(self) -> tuple[float, float]:
        return compute_period_limits(self.own.protocol, self.period)

    @property
    def level(self) -> str:
        return f"{write_number(self.threshold)} {UNIT}"

    def cut(self, rule: Rule) -> Intervals:
        return compute_intervals(self.points, self.threshold, rule, self.gap, *self.limits)


def trace_days_above(
    analysis: Analysis, participant: str, threshold: float, rule: Rule, gap: int | None, period: str, analyte: str | None = None
) -> tuple[Step, ...]:
    """From the baseline and later values to the days at or above `threshold`, interval by interval.

    `analyte` defaults to the endpoint's. The last step's result is the days above; None without baseline, or with nothing covered (what
    was not observed is unknown, not zero). NotFoundError for a participant, analyte or period that does not exist; ValueError for an
    unknown rule.
    """
    if rule not in RULES:
        raise ValueError(f"rule {rule!r} is none of {', '.join(RULES)}")
    own = find_participant(analysis, participant)
    key = validate_key(analysis.protocol, "analyte", analyte or analysis.protocol.endpoint.analyte)
    points = build_points(analysis, own.mask, key, validate_key(analysis.protocol, "period", period))
    question = _Question(own, key, threshold, rule, gap, period, points)
    baseline = trace_baseline_briefly(own, key)
    if baseline.result is None:
        return baseline, Step(
            "Days above", "Without a baseline no point stands at day 0, so there is no number.", "days above: need a baseline"
        )
    intervals = derive_interval_days(points, threshold, rule, gap, *question.limits)
    steps = (baseline, _trace_eligible(question, baseline.result), _trace_points(question), _trace_intervals(question, intervals))
    return (
        *steps,
        _trace_covered(question, intervals),
        _trace_bounds(question),
        _trace_episodes(question),
        _trace_total(question, intervals),
    )


def derive_interval_days(
    points: Points, threshold: float, rule: Rule, gap: int | None, start: float, horizon: float
) -> tuple[IntervalDays, ...]:
    """What each interval between consecutive points of one participant contributes between `start` and `horizon`, in order.

    The days above add up to `compute_time_above`, whose definitions hold. `why` says in words how the interval was judged.
    """
    cut = compute_intervals(points, threshold, rule, gap, start, horizon)
    found = []
    for place, counted in enumerate(cut.counted.tolist()):
        days, values = points.day[place : place + 2].tolist(), points.value[place : place + 2].tolist()
        covered = float(cut.end[place] - cut.begin[place]) if counted else 0.0
        rise, fall = float(cut.rise[place]), float(cut.fall[place])
        why = _describe_interval(days, values, threshold, rule, (rise, fall))
        if not counted:
            why = f"gap of {write_number(days[1] - days[0])} days, beyond the cap of {gap}"
        elif cut.end[place] <= cut.begin[place]:
            why = "outside the period"
        elif covered < days[1] - days[0]:
            why = f"{why}; cut to days {write_number(float(cut.begin[place]))} to {write_number(float(cut.end[place]))}"
        found.append(IntervalDays(days[0], days[1], values[0], values[1], counted, covered, fall - rise, why))
    return tuple(found)


def _describe_interval(days: list[float], values: list[float], threshold: float, rule: Rule, above: tuple[float, float]) -> str:
    """How the rule judges an interval: which values are at or above the threshold, and where a straight line crosses it."""
    early, late = values[0] >= threshold, values[1] >= threshold
    if early == late:
        return "above throughout" if early else "below throughout"
    if rule == "linear":
        crossing = days[0] + (threshold - values[0]) / (values[1] - values[0]) * (days[1] - days[0])
        return f"{'rises' if late else 'falls'} through the threshold on day {write_number(crossing)}"
    ends = f"{'earlier' if early else 'later'} value above, {'later' if early else 'earlier'} below"
    counts = {"locf": early, "nocb": late, "both-ends": False, "either-end": True}[rule]
    return f"{ends}: {'counts whole' if counts else 'does not count'}"


def _trace_eligible(question: _Question, baseline: float) -> Step:
    rule = "eligible: baseline below the threshold; the others are listed apart"
    below = baseline < question.threshold
    sentence = (
        f"The baseline {write_number(baseline)} is {'' if below else 'not '}below {question.level}: {'' if below else 'not '}eligible."
    )
    return Step("Eligibility", sentence, rule, (), baseline)


def _trace_points(question: _Question) -> Step:
    """The points used with their source rows, and how many later values lie outside the period."""
    own, points = question.own, question.points
    days = [int(day) for day in points.day[1:]]
    counts = own.counts_of_days(question.analyte, days)
    rows, last = read_count_rows(counts), own.last_accepted_day(question.period)
    by_day = {day: write_places(row for row in rows if row.day == day) for day in days}
    lines = [("0", write_number(float(points.value[0])), "the baseline")]
    lines += [(write_number(day), write_number(float(value)), by_day[day]) for day, value in zip(days, points.value[1:], strict=True)]
    late = int((own.daily(question.analyte)[DAY] > last).sum())
    left = f" {write_count(late, 'later value')} left out." if late else ""
    sentence = (
        f"{write_count(len(lines), 'point')}: the baseline on day 0 and {write_count(len(days), 'later day')} with a value, "
        f"up to day {last}, the end of the last visit's window.{left}"
    )
    rule = "points: (0, baseline), then each day's value after day 0 up to the upper window limit of the period's last visit"
    return Step(
        "Points", sentence, rule, rows, float(len(lines)), Table(("Day", UNIT, "Source"), tuple(lines), _link_points(question, days))
    )


def _link_points(question: _Question, days: list[int]) -> tuple[str, ...]:
    name, analyte = question.own.name, question.analyte
    counts = (Reference("count", name, analyte, day) for day in days)
    return tuple(encode_reference(each) for each in (Reference("baseline", name, analyte), *counts))


def _trace_intervals(question: _Question, intervals: tuple[IntervalDays, ...]) -> Step:
    """Interval by interval; the days above in the table add up to the result."""
    lines = tuple(
        (
            *(write_number(number) for number in (each.from_day, each.to_day, each.from_value, each.to_value)),
            write_number(each.covered_days),
            write_number(each.days_above),
            each.why,
        )
        for each in intervals
    )
    start, horizon = question.limits
    cap = "no gap cap" if question.gap is None else f"an interval of more than {question.gap} days counts for nothing"
    sentence = (
        f"{write_count(len(intervals), 'interval')}, counted from day {write_number(start)} to day {write_number(horizon)}. "
        f"Inside an interval {RULES[question.rule]}; {cap}."
    )
    rule = "time above: a value equal to the threshold is above; nothing before the first point or after the last"
    total = sum(each.days_above for each in intervals)
    return Step("Intervals", sentence, rule, (), total, Table(HEADER, lines) if lines else None)


def _trace_covered(question: _Question, intervals: tuple[IntervalDays, ...]) -> Step:
    days = [each.covered_days for each in intervals]
    capped = sum(not each.counted for each in intervals)
    left = f"; {write_count(capped, 'interval')} beyond the gap cap left out" if capped else ""
    covered = sum(days)
    sentence = f"Covered time: {write_sum(days)} {'day' if covered == 1 else 'days'}{left}."
    return Step("Covered days", sentence, "covered time: the intervals that count, cut at the period's ends", (), covered)


def _trace_bounds(question: _Question) -> Step:
    """What the days above are at least and at most, whatever happened between the samples."""
    cuts = (question.cut("both-ends"), question.cut("either-end"))
    lower, upper = (float((cut.fall - cut.rise).sum()) for cut in cuts)
    sentence = f"At least {write_number(lower)} days (both values above) and at most {write_number(upper)} days (either value above)."
    lines = (("at least: both values above", write_number(lower)), ("at most: either value above", write_number(upper)))
    return Step("Bounds", sentence, "bounds: rules “both-ends” and “either-end”", (), None, Table(("Bound", "Days"), lines))


def _trace_episodes(question: _Question) -> Step:
    """The runs of time above without a break; the result is their number."""
    episodes = derive_episodes(question.cut(question.rule))
    spans = list(zip(episodes["start_day"].tolist(), episodes["end_day"].tolist(), strict=True))
    rule = "episode: a longest run of time above; an interval beyond the gap cap breaks it"
    if not spans:
        return Step("Episodes", f"No time at or above {question.level}.", rule, (), 0.0)
    longest = max(end - start for start, end in spans)
    sentence = (
        f"{write_count(len(spans), 'episode')} at or above {question.level}, from day {write_number(spans[0][0])} to day "
        f"{write_number(spans[-1][1])}; the longest lasts {write_number(longest)} days."
    )
    lines = tuple((write_number(start), write_number(end), write_number(end - start)) for start, end in spans)
    return Step("Episodes", sentence, rule, (), float(len(spans)), Table(("From day", "To day", "Days"), lines))


def _trace_total(question: _Question, intervals: tuple[IntervalDays, ...]) -> Step:
    rule = "days above: the sum over the intervals; percent of the covered time; weeks = days / 7"
    covered, parts = sum(each.covered_days for each in intervals), [each.days_above for each in intervals if each.days_above > 0]
    if covered == 0:
        sentence = "Nothing is covered (no later value, or only gaps beyond the cap): unknown, not zero."
        return Step("Days above", sentence, rule)
    days = float(np.sum([each.days_above for each in intervals]))
    sentence = (
        f"Days at or above {question.level}: {write_sum(parts) if parts else '0'}; {write_number(days / DAYS_IN_WEEK)} weeks, "
        f"{write_number(100 * days / covered)} % of {write_number(covered)} covered days."
    )
    return Step("Days above", sentence, rule, (), days)
