"""The figures of a cohort on the thresholds page: who counts, and how the participants add up."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.bootstrap import RESAMPLES
from dashboard.endpoints.provenance.days_above import RULES as BETWEEN
from dashboard.endpoints.provenance.own_rows import find_participant, read_count_rows, validate_key
from dashboard.endpoints.provenance.responses import DENOMINATOR_NAMES, DENOMINATORS, RULES
from dashboard.endpoints.provenance.steps import Step, Table
from dashboard.endpoints.provenance.wording import NONE, UNIT, write_count, write_mean, write_number
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS, compute_response_level, derive_responses, summarise_responders
from dashboard.endpoints.survival import derive_time_to_threshold
from dashboard.endpoints.time_above import summarise_participant_time_above, summarise_time_above
from dashboard.study.choices import Denominator, IntervalMethod, ResponseRule, Rule, Who
from dashboard.study.columns import COHORT, PARTICIPANT
from dashboard.study.references import Reference, encode_reference

WHO: dict[Who, str] = {"eligible": "participants with a baseline below the threshold", "everyone": "everyone"}
OUTSIDE: dict[Denominator, str] = {
    "observed": "without the values the rule needs",
    "reached": "left before the visit, or the visit is not yet due",
    "dosed": "not dosed",
}
INTERVALS: dict[IntervalMethod, str] = {"exact": "Clopper–Pearson", "wilson": "Wilson", "jeffreys": "Jeffreys"}


def select_members(analysis: Analysis, selected: Flags, cohort: str) -> Flags:
    """The selected participants of `cohort`, or of every cohort for `all`; NotFoundError lists the cohorts there are."""
    if cohort == ALL_COHORTS:
        return selected
    validate_key(analysis.protocol, "cohort", cohort)
    members: Flags = selected & (analysis.participants[COHORT] == cohort).to_numpy()
    return members


def trace_responders(
    analysis: Analysis,
    selected: Flags,
    cohort: str,
    threshold: float,
    respond: ResponseRule,
    visit: str,
    period: str,
    denominator: Denominator,
    who: Who,
    ci: IntervalMethod,
) -> tuple[Step, ...]:
    """The participants behind n/N of a cohort (or `all`); the last step's result is the proportion, None for N = 0.

    Definitions as in `derive_responses` and `summarise_responders`. NotFoundError for a cohort, visit or period the study does not declare.
    """
    visit, period = validate_key(analysis.protocol, "visit", visit), validate_key(analysis.protocol, "period", period)
    members, analyte = select_members(analysis, selected, cohort), analysis.protocol.endpoint.analyte
    people = derive_responses(analysis, members, analyte, threshold, respond, visit, period)
    people = people.assign(
        name=analysis.participants[PARTICIPANT].to_numpy()[members],
        baseline=analysis.participants[f"baseline_{analyte}"].to_numpy()[members],
        level=compute_response_level(analysis, analyte, respond, visit, period)[members],
        counted=people[denominator] & (people["eligible"] | (who == "everyone")),
    )
    responders, counted = int((people["counted"] & people["responds"]).sum()), int(people["counted"].sum())
    rule = f"{RULES[respond]}; N = {DENOMINATOR_NAMES[denominator]}: {DENOMINATORS[denominator]}, among {WHO[who]}"
    row = summarise_responders(people, analysis.protocol.cohort_keys, denominator, ci, who).iloc[-1]
    proportion = trace_proportion(responders, counted, (float(row["lower"]), float(row["upper"])), ci)
    return _trace_listed(people, denominator, threshold, rule), _trace_counts(responders, counted, len(people), threshold), proportion


def _trace_listed(people: pd.DataFrame, denominator: Denominator, threshold: float, rule: str) -> Step:
    """Everyone of the cohort, with the value the rule looks at, whether they count and why not."""
    lines = tuple(
        (
            str(row["name"]),
            write_number(row["level"]),
            _describe_place(row, denominator),
            _describe_response(row),
        )
        for row in people.to_dict("records")
    )
    sentence = f"{write_count(len(lines), 'participant')} of the selection; {int(people['counted'].sum())} in N."
    if any(line[3] == NONE for line in lines):
        sentence += f" “{NONE}” stands for who is outside N or has no value to compare; the words beside it say why."
    links = tuple(encode_reference(Reference("responder", line[0], threshold=threshold)) for line in lines)
    table = Table(("Participant", UNIT, "In N", "Responds"), lines, links) if lines else None
    return Step("Participants", sentence, rule, (), float(people["counted"].sum()), table)


def _describe_place(row: dict[Hashable, Any], denominator: Denominator) -> str:
    """Whether a participant is in N, and what follows for one without a value."""
    if not row["counted"]:
        return _describe_outside(row, denominator)
    return f"counts; {OUTSIDE['observed']}, a non-response" if np.isnan(row["level"]) else "counts"


def _describe_response(row: dict[Hashable, Any]) -> str:
    """Yes or no for who is in N with a value, else a dash: without a value there is nothing to compare."""
    if not row["counted"] or np.isnan(row["level"]):
        return NONE
    return "yes" if row["responds"] else "no"


def _describe_outside(row: dict[Hashable, Any], denominator: Denominator) -> str:
    """Why a participant is not in N."""
    if not row[denominator]:
        return OUTSIDE[denominator] if row["dosed"] else "not dosed"
    return "no baseline" if np.isnan(row["baseline"]) else f"baseline {write_number(row['baseline'])}, not below the threshold"


def _trace_counts(responders: int, counted: int, listed: int, threshold: float) -> Step:
    sentence = (
        f"{responders} of the {counted} in N have a value of {write_number(threshold)} {UNIT} or more; "
        f"{counted - responders} do not; {listed - counted} are outside N. Together {listed}."
    )
    return Step("Responders", sentence, "n: responders within N", (), float(responders))


def trace_proportion(responders: int, counted: int, limits: tuple[float, float], ci: IntervalMethod) -> Step:
    """n/N with its limits (NaN for none), by the method `ci`; the result is the proportion, None for N = 0."""
    rule = f"proportion: n/N, with the 95 % {INTERVALS[ci]} interval; none below N = 5"
    if not counted:
        return Step("Proportion", "N is 0, so there is no proportion.", rule)
    lower, upper = (write_number(100 * limit) for limit in limits)
    interval = f", interval {lower} to {upper} %" if np.isfinite(limits[0]) else ""
    sentence = f"{responders}/{counted} = {write_number(100 * responders / counted)} %{interval}."
    return Step("Proportion", sentence, rule, (), responders / counted)


def trace_cohort_days_above(
    analysis: Analysis, selected: Flags, cohort: str, threshold: float, rule: Rule, gap: int | None, period: str, who: Who
) -> tuple[Step, ...]:
    """The participants behind the mean and median days above of a cohort (or `all`); the last step's result is the mean, None for n = 0.

    Definitions as in `summarise_participant_time_above` and `summarise_time_above`. NotFoundError for a cohort or period that does not
    exist.
    """
    members, analyte = select_members(analysis, selected, cohort), analysis.protocol.endpoint.analyte
    validate_key(analysis.protocol, "period", period)
    people = summarise_participant_time_above(analysis, members, analyte, (threshold,), rule, gap, period)
    counted = people["days_above"].notna().to_numpy() & (people["eligible"].to_numpy() | (who == "everyone"))
    summary = summarise_time_above(people[counted].assign(cohort=cohort), (cohort,), (threshold,)).iloc[0]
    days = people["days_above"][counted].tolist()
    listed = _trace_days(people, counted, rule, who)
    if not days:
        return listed, Step("Mean", "Nobody counts, so there is no mean.", "mean: the sum / n")
    spread = (
        f"{int(summary['n_any'])} of {len(days)} have any day above. Median {write_number(float(summary['median']))} days, quartiles "
        f"{write_number(float(summary['q1']))} and {write_number(float(summary['q3']))}."
    )
    median = Step("Median", spread, "median and quartiles: linear interpolation; never shown without the mean", (), float(np.median(days)))
    mean, (lower, upper) = float(np.mean(days)), (float(summary["mean_lower"]), float(summary["mean_upper"]))
    interval = f", 95 % interval {write_number(lower)} to {write_number(upper)}" if np.isfinite(lower) else ""
    how = f"mean: the sum / n; percentile bootstrap interval of {RESAMPLES:,} resamples with a fixed seed, none below n = 5"
    return listed, median, Step("Mean", f"{write_mean(days)} days{interval}.", how, (), mean)


def _trace_days(people: pd.DataFrame, counted: Flags, rule: Rule, who: Who) -> Step:
    """Everyone of the cohort, with baseline, days above and covered days, whether they count and why not."""
    lines, links = [], []
    for row, counts in zip(people.to_dict("records"), counted.tolist(), strict=True):
        why = "no baseline" if pd.isna(row["baseline"]) else "nothing covered" if pd.isna(row["days_above"]) else "not eligible"
        numbers = (write_number(row[name]) for name in ("baseline", "days_above", "covered_days"))
        lines.append((str(row["participant"]), *numbers, "counts" if counts else why))
        links.append(encode_reference(Reference("days-above", str(row["participant"]), threshold=float(row["threshold"]))))
    sentence = f"{write_count(len(lines), 'participant')} of the selection; {int(counted.sum())} count, among {WHO[who]}."
    table = Table(("Participant", "Baseline", "Days above", "Covered days", "Counts"), tuple(lines), tuple(links)) if lines else None
    return Step("Participants", sentence, f"days above: between two values {BETWEEN[rule]}", (), float(counted.sum()), table)


def trace_reached(analysis: Analysis, participant: str, threshold: float, period: str, who: Who) -> tuple[Step, ...]:
    """When a participant first reached `threshold` or was censored; the last step's result is that day.

    None without a baseline, and under `who` = eligible when that is not below the threshold. Definitions as in
    `derive_time_to_threshold`. NotFoundError for a participant or period that does not exist.
    """
    own, analyte = find_participant(analysis, participant), analysis.protocol.endpoint.analyte
    found = derive_time_to_threshold(analysis, own.mask, analyte, threshold, validate_key(analysis.protocol, "period", period), who)
    rule = "time to threshold: day of the first value at or above it; censored at the last value; the baseline stands at day 0"
    if found.empty:
        return (Step("Time to threshold", f"{own.name} has no baseline, or one that is not below the threshold: not counted.", rule),)
    day, event = float(found["time"].iloc[0]), bool(found["event"].iloc[0])
    rows = read_count_rows(own.counts_of_days(analyte, [int(day)]))
    level = f"{write_number(threshold)} {UNIT}"
    said = f"The first value at or above {level} is on day" if event else f"No value reaches {level}; censored at the last value, on day"
    return (Step("Time to threshold", f"{said} {write_number(day)}.", rule, rows, day),)
