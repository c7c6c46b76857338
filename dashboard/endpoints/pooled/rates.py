"""Response rates by group: n of N with interval, among the evaluable and among the infused (section 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.pooled.response import UNRANKED, is_response
from dashboard.endpoints.proportions import compute_limits
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.choices import IntervalMethod
from dashboard.study.pooled import Response

# Whom a rate is among; a category of best response, evaluable or not, is always one of the infused.
EVALUABLE, INFUSED = "evaluable", "infused"
AMONG = (EVALUABLE, INFUSED)
RATE, BEST = "rate", "best"
RATE_COLUMNS = ("kind", "measure", "among", "n", "of", "proportion", "lower", "upper")
RateRow = dict[str, Any]
# For a reader, and for tables.
UNRANKED_LABELS: Mapping[str, str] = dict(zip(UNRANKED, ("Not evaluable", "Not classified", "Not recorded"), strict=True))


@dataclass(frozen=True)
class Group:
    """Participants with one value of a grouping: keys, label, and who they are (a flag per row of the participants)."""

    grouping: str
    category: str
    label: str
    members: Flags = field(repr=False)


def flag_measures(best: pd.DataFrame, response: Response) -> dict[tuple[str, str], Flags]:
    """Who counts for each measure: (RATE, key of a rate), then (BEST, key of a category or of UNRANKED)."""
    rates = {(RATE, rate.key): is_response(best["best"], rate.categories) for rate in response.rates}
    keys = (*(category.key for category in response.categories), *UNRANKED)
    return rates | {(BEST, key): is_response(best["best"], [key]) for key in keys}


def flag_among(best: pd.DataFrame) -> dict[str, Flags]:
    """Who is in each denominator of AMONG."""
    return {EVALUABLE: best["evaluable"].to_numpy(dtype=bool), INFUSED: best["infused"].to_numpy(dtype=bool)}


@dataclass(frozen=True)
class Measures:
    """What is counted: `names` are kind, key and denominator, and each has a column in `inside` and `counted`, a row per participant.

    inside is 1 for who is in the denominator, counted for who of these has the rate or the best response; numbers, so that counting in
    groups is one product of matrices.
    """

    names: tuple[tuple[str, str, str], ...]
    inside: Floats = field(repr=False)
    counted: Floats = field(repr=False)


def derive_measures(best: pd.DataFrame, response: Response) -> Measures:
    """Every rate among the evaluable and the infused; then best responses, those of UNRANKED included, among the infused."""
    among, flags = flag_among(best), flag_measures(best, response)
    names = tuple((kind, key, name) for kind, key in flags for name in (AMONG if kind == RATE else (INFUSED,)))
    inside = np.stack([among[name] for _, _, name in names], axis=1)
    counted = inside & np.stack([flags[kind, key] for kind, key, _ in names], axis=1)
    return Measures(names, inside.astype(np.float64), counted.astype(np.float64))


def list_rates(measures: Measures, groups: Sequence[Group], kind: str, method: IntervalMethod | None) -> list[RateRow]:
    """The rows of `summarise_rates` of one kind, RATE or BEST; without a method no limits."""
    columns = [place for place, name in enumerate(measures.names) if name[0] == kind]
    members = np.stack([group.members for group in groups]).astype(np.float64)
    counts, totals = ((members @ part[:, columns]).astype(np.int64) for part in (measures.counted, measures.inside))
    limits = (part.tolist() for part in compute_limits(counts, totals, method))
    rows = []
    for group, *numbers in zip(groups, counts.tolist(), totals.tolist(), *limits, strict=True):
        named = {"grouping": group.grouping, "category": group.category, "label": group.label, "kind": kind}
        for place, x, n, low, high in zip(columns, *numbers, strict=True):
            _, measure, among = measures.names[place]
            share = {"proportion": x / n if n else np.nan, "lower": low, "upper": high}
            rows.append({**named, "measure": measure, "among": among, "n": x, "of": n, **share})
    return rows


def summarise_rates(best: pd.DataFrame, groups: Sequence[Group], response: Response, method: IntervalMethod) -> pd.DataFrame:
    """grouping, category, label, RATE_COLUMNS: every rate of every group among the evaluable and the infused, and best responses.

    best: rows of `derive_best_responses`, one per participant. n and `of` count the same people; proportion is missing for an `of` of
    0, the 95 % interval below 5. Best responses, those of UNRANKED included, are counted among the infused, so that they add up.
    Rows by group; within it the rates, then the best responses.
    """
    measures = derive_measures(best, response)
    kinds = [list_rates(measures, [group], kind, method) for group in groups for kind in (RATE, BEST)]
    return frame_rates([row for rows in kinds for row in rows])


def frame_rates(rows: Sequence[RateRow]) -> pd.DataFrame:
    """The rows of `list_rates` as the frame that `summarise_rates` is."""
    texts = dict.fromkeys(("grouping", "category", "label", "kind", "measure", "among"), "str")
    numbers = {"n": "int64", "of": "int64", "proportion": "float64", "lower": "float64", "upper": "float64"}
    return pd.DataFrame(list(rows), columns=["grouping", "category", "label", *RATE_COLUMNS]).astype(texts | numbers)


def count_by_trial(inside: Flags, flags: Flags, groups: Sequence[Flags], trials: Sequence[Flags]) -> tuple[Ints, Ints]:
    """How many of `inside` have the flag, and how many they are: a row for each of `groups`, a column for each of `trials`."""
    members, of_trial = np.stack(groups), np.stack(trials).T.astype(np.float64)
    events, totals = (((members & part).astype(np.float64) @ of_trial).astype(np.int64) for part in (inside & flags, inside))
    return events, totals


def everyone(best: pd.DataFrame) -> Group:
    """The group of all participants."""
    return Group(ALL_COHORTS, ALL_COHORTS, "All shown", np.ones(len(best), dtype=bool))
