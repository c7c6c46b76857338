"""A response rate and a participant's best response, back to the delivered records of responses."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.pooled.rates import EVALUABLE, INFUSED, Group, flag_among
from dashboard.endpoints.pooled.response import (
    ASSESSED,
    DELIVERED,
    NOT_EVALUABLE,
    NOT_RECORDED,
    UNCLASSIFIED,
    is_response,
    select_responses,
)
from dashboard.endpoints.proportions import compute_interval
from dashboard.endpoints.provenance.cohorts import trace_proportion
from dashboard.endpoints.provenance.outcomes import describe_place, read_place, read_rows
from dashboard.endpoints.provenance.own_rows import find_participant, read_day
from dashboard.endpoints.provenance.steps import Step, Table
from dashboard.endpoints.provenance.wording import NONE, write_count, write_list, write_number
from dashboard.endpoints.records import Analysis
from dashboard.errors import NotFoundError
from dashboard.study.choices import IntervalMethod
from dashboard.study.pooled import Response, ResponseRate
from dashboard.study.references import Reference, encode_reference

AMONG: Mapping[str, str] = {
    EVALUABLE: "infused, with a best response of a category of the definition",
    INFUSED: "at least one dose given on or before the data cut, whether assessed or not",
}
NO_CATEGORY = {
    NOT_EVALUABLE: "not evaluable",
    UNCLASSIFIED: "a word that the definition does not know",
    NOT_RECORDED: "no response recorded",
}
BEST_RULE = (
    "best response: the delivered record of it, of several the best in the order of the definition; without one the best assessment after "
    "day 0; words are compared without case"
)


def find_rate(response: Response, key: str) -> ResponseRate:
    """The rate of the definition with this key; NotFoundError lists those there are."""
    for rate in response.rates:
        if rate.key == key:
            return rate
    raise NotFoundError("rate", key, [rate.key for rate in response.rates])


def trace_rate(best: pd.DataFrame, group: Group, response: Response, key: str, among: str, ci: IntervalMethod) -> tuple[Step, ...]:
    """The participants behind n/N of a rate in a group; the last step's result is the proportion, None for N = 0.

    `best` of `derive_best_responses` under the participants that `group` flags. NotFoundError for a rate or denominator that does not
    exist.
    """
    rate = find_rate(response, key)
    if among not in AMONG:
        raise NotFoundError("denominator", among, list(AMONG))
    inside = group.members & flag_among(best)[among]
    responds = inside & is_response(best["best"], rate.categories)
    n, of = int(responds.sum()), int(inside.sum())
    limits = compute_interval(n, of, ci)
    words = f"{rate.label}; N = {among}: {AMONG[among]}"
    listed = _trace_listed(best, response, group.members, inside, responds, words)
    return listed, _trace_counts(best, response, rate, group.members, inside), trace_proportion(n, of, limits, ci)


def _trace_listed(best: pd.DataFrame, response: Response, members: Flags, inside: Flags, responds: Flags, rule: str) -> Step:
    """Everyone of the group: the word as delivered and what it means, with file and row, and whether they count."""
    labels = _label(response)
    lines = []
    for row, counted, counts in zip(best[members].to_dict("records"), inside[members].tolist(), responds[members].tolist(), strict=True):
        said = (row["word"] or NONE, labels[row["best"]], write_number(read_day(row["best_day"])), describe_place(read_place(row)))
        outside = "not infused" if not row["infused"] else labels[row["best"]]
        lines.append((row["participant"], *said, "yes" if counted else f"no: {outside}", ("yes" if counts else "no") if counted else NONE))
    sentence = f"{write_count(len(lines), 'participant')} of the selection in this group; {int(inside.sum())} in N."
    header = ("Participant", "Best response, as delivered", "Means", "Day", "File and row", "In N", "Responds")
    links = tuple(encode_reference(Reference("best-response", line[0])) for line in lines)
    return Step("Participants", sentence, rule, (), float(inside.sum()), Table(header, tuple(lines), links) if lines else None)


def _label(response: Response) -> Mapping[str, str]:
    return {category.key: category.label for category in response.categories} | NO_CATEGORY


def _trace_counts(best: pd.DataFrame, response: Response, rate: ResponseRate, members: Flags, inside: Flags) -> Step:
    """The best responses within N add up to N; those of the rate to n."""
    labels, found = _label(response), best["best"].to_numpy(dtype=object)
    counts = {key: int((inside & (found == key)).sum()) for key in labels}
    lines = tuple((labels[key], str(n), "yes" if key in rate.categories else "no") for key, n in counts.items() if n)
    own = {key: counts[key] for key in rate.categories}
    total, n = int(inside.sum()), sum(own.values())
    parts = " + ".join(f"{count} {labels[key]}" for key, count in own.items())
    every = int(members.sum())
    sentence = f"{parts} = {n} of the {total} in N respond; {total - n} not; outside N: {every - total}. Together {every}."
    rule = f"n: participants in N whose best response is {write_list([labels[key] for key in rate.categories], 'or')}"
    table = Table(("Best response", "Participants in N", "Counts in n"), lines) if lines else None
    return Step("Responders", sentence, rule, (), float(n), table)


def trace_best_response(
    analysis: Analysis, findings: pd.DataFrame, best: pd.DataFrame, response: Response, participant: str
) -> tuple[Step, ...]:
    """From the delivered records to a participant's best response, the denominators, and the day of the first response.

    The last step's result is that day, None without a response or without a day of it. NotFoundError for a participant that does not
    exist in this cut.
    """
    own = find_participant(analysis, participant)
    row = best.iloc[own.index].to_dict()
    records = select_responses(analysis, findings, response)
    records = records[records["participant_index"] == own.index].sort_values("day", kind="stable")
    return (
        _trace_records(records, response, own.name),
        _trace_best(row, records, response),
        _trace_denominators(row, response),
        _trace_first(row, records, response),
    )


def _trace_records(records: pd.DataFrame, response: Response, name: str) -> Step:
    rule = f"responses: records of domain {response.domain} with the test {_name_tests(response)}"
    if records.empty:
        return Step("As delivered", f"No response of {name} is delivered.", rule)
    labels, rows = _label(response), read_rows(records, "value_text")
    what = np.where(records["test"] == response.test, "best response", "assessment")
    lines = tuple(
        (str(kind), row.text, labels[key], write_number(row.day), describe_place((row.file, row.row)))
        for kind, key, row in zip(what, records["best"], rows, strict=True)
    )
    sentence = f"{write_count(len(rows), 'record')} of {name}."
    return Step("As delivered", sentence, rule, rows, None, Table(("Record", "As delivered", "Means", "Day", "File and row"), lines))


def _name_tests(response: Response) -> str:
    return write_list([test for test in (response.test, response.assessment_test) if test], "or")


def _trace_best(row: Mapping[Hashable, Any], records: pd.DataFrame, response: Response) -> Step:
    labels = _label(response)
    if not row["basis"]:
        return Step("Best response", "Without a record there is no best response.", BEST_RULE)
    place = describe_place(read_place(row))
    how = {DELIVERED: "as the delivery states it", ASSESSED: "the best of the assessments after day 0"}[row["basis"]]
    sentence = f"“{row['word']}” ({place}), {how}: {labels[row['best']]}."
    if row["disagrees"]:
        sentence += " The best assessment after day 0 is another; the delivered best response counts."
    test = response.test if row["basis"] == DELIVERED else response.assessment_test
    used = read_rows(records[(records["test"] == test).to_numpy(dtype=bool)], "value_text")
    return Step("Best response", sentence, BEST_RULE, tuple(each for each in used if (each.file, each.row) == read_place(row)))


def _trace_denominators(row: Mapping[Hashable, Any], response: Response) -> Step:
    labels, best = _label(response), row["best"]
    why = "" if row["evaluable"] else f" ({labels[best] if row['infused'] else 'not infused'})"
    rates = [(rate.label, "yes" if row["infused"] and best in rate.categories else "no") for rate in response.rates]
    sentence = f"Infused: {'yes' if row['infused'] else 'no'}. Evaluable for response: {'yes' if row['evaluable'] else f'no{why}'}."
    rule = "; ".join(f"{name}: {words}" for name, words in AMONG.items())
    return Step("Rates", sentence, rule, (), None, Table(("Rate", "Responds"), tuple(rates)))


def _trace_first(row: Mapping[Hashable, Any], records: pd.DataFrame, response: Response) -> Step:
    first, day = response.rates[0], read_day(row["response_day"])
    rule = f"first response ({first.label}): the first assessment after day 0 with one, else the day of the best response"
    if day is None:
        why = "has no day" if row["best"] in first.categories else "is no response"
        return Step("First response", f"The best response {why}, so there is no first day of one.", rule)
    of_day = records[(records["day"] == day).fillna(False).to_numpy(dtype=bool) & is_response(records["best"], first.categories)]
    rows = read_rows(of_day, "value_text")
    places = "; ".join(describe_place((each.file, each.row)) for each in rows)
    return Step("First response", f"The first response is on day {write_number(day)} ({places}).", rule, rows, float(day))
