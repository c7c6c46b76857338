"""A survival estimate and a participant's time to an event, back to the delivered milestones or times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.endpoints.pooled.sightings import CONTACT
from dashboard.endpoints.pooled.times import RESPONSE_DURATION
from dashboard.endpoints.provenance.outcomes import describe_place, read_place
from dashboard.endpoints.provenance.steps import Step, Table
from dashboard.endpoints.provenance.wording import MANY, NONE, write_count, write_list, write_number
from dashboard.endpoints.survival import KaplanMeier, compute_kaplan_meier
from dashboard.endpoints.survival_landmarks import compute_survival_at, select_at_landmark
from dashboard.study.pooled import Survival
from dashboard.study.references import Reference, encode_reference

PRODUCT = "Kaplan–Meier: at each time with events the share is multiplied by 1 − events / at risk; censored at that time are still at risk"
LIMITS = "interval: Greenwood's sum on the log-log scale; none while the share is 100 % or 0"
MEDIAN = "median: the first time at which the share is 50 % or less (the middle of a stretch at exactly 50 %); limits likewise"


@dataclass(frozen=True)
class CurveQuestion:
    """Which curve is asked about: endpoint, whether times end at the transplant (yes or no), the group in words, from which landmark on."""

    endpoint: str
    label: str
    censor: str
    group: str
    landmark: float | None = None

    @property
    def since(self) -> str:
        """What days are counted from, where it is not day 0."""
        if self.endpoint == RESPONSE_DURATION:
            return " since the first response"
        return "" if self.landmark is None else f" since day {self.landmark:g}"


def trace_survival(
    names: Sequence[str], times: pd.DataFrame, members: Flags, survival: Survival, question: CurveQuestion, day: int | None
) -> tuple[Step, ...]:
    """The participants and steps behind the share without event on `day` (since day 0; of a duration since the response).

    `times` are TIME_COLUMNS of the endpoint, `names` the participants of the data cut, `members` who of them is in the group. The last
    step's result is the share on `day`, None where the curve says nothing; without a day it is the median, None when it is not reached.
    """
    rows = times[members[times["participant_index"].to_numpy()]]
    known = (rows["reason"] == "").to_numpy(dtype=bool)
    start = question.landmark or 0.0
    kept = known & ((question.landmark is None) | select_at_landmark(rows["time"].to_numpy(), start))
    time, event = rows["time"].to_numpy()[kept] - start, rows["event"].to_numpy(dtype=bool)[kept]
    curve = compute_kaplan_meier(time, event)
    listed = _trace_listed(names, rows, kept, survival, question)
    if day is None:
        return listed, _trace_steps(curve, np.inf, question), _trace_median(curve, question)
    at = day - start
    return listed, _trace_steps(curve, at, question), *_trace_at(curve, at, question, len(time))


def _trace_listed(names: Sequence[str], rows: pd.DataFrame, kept: Flags, survival: Survival, question: CurveQuestion) -> Step:
    """Everyone of the group with a row for the endpoint: time, what ended it, and why somebody is in no curve."""
    ends = name_ends(survival)
    lines = []
    for row, inside in zip(rows.to_dict("records"), kept.tolist(), strict=True):
        ended = ends.get(row["ended_by"], row["ended_by"]) or NONE
        counts = ("event" if row["event"] else "censored") if inside else row["reason"] or f"ended by day {question.landmark:g}"
        lines.append((str(names[row["participant_index"]]), write_number(row["time"]), ended, counts, describe_place(read_place(row))))
    made = (encode_reference(Reference("event-time", line[0], endpoint=question.endpoint, censor=question.censor)) for line in lines)
    said = f"{write_count(len(lines), 'participant')} of the selection, {question.group}; {int(kept.sum())} in the curve."
    rule = f"{question.label}: {describe_endpoint(survival, question.endpoint)}; {describe_censoring(survival, question.censor)}"
    since = " since the first response" if question.endpoint == RESPONSE_DURATION else ""
    table = Table(("Participant", f"Time, days{since}", "Ended by", "Counts as", "File and row"), tuple(lines), tuple(made))
    return Step("Participants", said, rule, (), float(kept.sum()), table if lines else None)


def name_ends(survival: Survival) -> Mapping[str, str]:
    """What ends a time, in words, by key."""
    return {CONTACT: "Last contact"} | {part.key: part.label for part in survival.milestones}


def describe_endpoint(survival: Survival, key: str) -> str:
    """From when to which events the times of an endpoint run, inside a sentence."""
    labels = name_ends(survival)
    events = next((part.events for part in survival.endpoints if part.key == key), ())
    if not events:
        return "from the first response to relapse, progression or death"
    return f"from day 0 to the first of {write_list([labels[event].lower() for event in events], 'or')}"


def describe_censoring(survival: Survival, censor: str) -> str:
    """When a time without event ends, inside a sentence."""
    ending = name_ends(survival).get(survival.censor or "", "").lower()
    if censor == "yes" and ending:
        return f"without an event censored at the {ending}, else at the last contact"
    return "without an event censored at the last contact"


def _trace_steps(curve: KaplanMeier, until: float, question: CurveQuestion) -> Step:
    """One line for each time with events up to `until`: at risk, events, censored since the line before, and the product so far."""
    places = np.flatnonzero((curve.events > 0) & (curve.time <= until)).tolist()
    lines: list[tuple[str, ...]] = []
    factors, before, censored = list[str](), 1.0, curve.censored.cumsum()
    for place in places:
        risk, events, share = int(curve.at_risk[place]), int(curve.events[place]), float(curve.survival[place])
        # Who is censored at the time of an event is so after it.
        gone = int(censored[place - 1]) - sum(int(line[3]) for line in lines)
        factors.append(f"(1 − {events}/{risk})")
        product = f"{_percent(before)} × {factors[-1]} = {_percent(share)}"
        lines.append((f"{curve.time[place]:g}", str(risk), str(events), str(gone), product))
        before = share
    up_to = "" if np.isinf(until) else f" up to day {until:g}{question.since}"
    sentence = f"{write_count(sum(int(line[2]) for line in lines), 'event')} on {write_count(len(lines), 'day')}{up_to}."
    if 0 < len(factors) <= MANY:
        sentence += f" {' × '.join(factors)} = {_percent(before)}."
    table = Table((f"Day{question.since}", "At risk", "Events", "Censored before", "Without event"), tuple(lines)) if lines else None
    return Step("Steps of the curve", sentence, PRODUCT, (), before, table)


def _percent(share: float) -> str:
    return f"{write_number(100 * share)} %"


def _trace_at(curve: KaplanMeier, at: float, question: CurveQuestion, n: int) -> tuple[Step, Step, Step]:
    found = compute_survival_at(curve, np.array([at]))
    share, lower, upper, risk = float(found.survival[0]), float(found.lower[0]), float(found.upper[0]), int(found.at_risk[0])
    when = f"day {at:g}{question.since}"
    at_risk = Step("At risk", f"{risk} of {n} have a time of {at:g} days or more.", "at risk: a time on or after the day", (), float(risk))
    if np.isnan(share):
        said = f"Nobody was observed until {when}, and nothing is extrapolated."
        return at_risk, _trace_limits(curve, at, lower, upper), Step("Without event", said, PRODUCT)
    limits = "" if np.isnan(lower) else f", 95 % interval {write_number(100 * lower)} to {_percent(upper)}"
    last = Step("Without event", f"{_percent(share)} are without an event on {when}{limits}.", PRODUCT, (), share)
    return at_risk, _trace_limits(curve, at, lower, upper), last


def _trace_limits(curve: KaplanMeier, at: float, lower: float, upper: float) -> Step:
    """Greenwood's sum with its parts where they are few, and the limits."""
    if np.isnan(lower):
        return Step("Interval", "There is no interval.", LIMITS)
    used = (curve.events > 0) & (curve.time <= at)
    risk, events = curve.at_risk[used], curve.events[used]
    total = float((events / (risk * (risk - events))).sum())
    parts = [f"{d}/({y} × {y - d})" for d, y in zip(events.tolist(), risk.tolist(), strict=True)]
    made = f"{' + '.join(parts)} = " if len(parts) <= MANY else f"events / (at risk × (at risk − events)), {len(parts)} parts: "
    said = f"{made}{total:.4g}; the limits are {write_number(100 * lower)} and {_percent(upper)}."
    return Step("Interval", said, LIMITS, (), total)


def _trace_median(curve: KaplanMeier, question: CurveQuestion) -> Step:
    limits: Floats = np.array([curve.median_lower, curve.median_upper])
    lower, upper = (write_number(float(limit)) if np.isfinite(limit) else "not reached" for limit in limits)
    between = f" 95 % interval {lower} to {upper} (Brookmeyer and Crowley)."
    if np.isnan(curve.median):
        return Step("Median", f"The share does not fall to 50 %: the median is not reached.{between}", MEDIAN)
    said = f"The share falls to 50 % or less on day {write_number(curve.median)}{question.since}.{between}"
    return Step("Median", said, MEDIAN, (), curve.median)
