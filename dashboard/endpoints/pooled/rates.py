"""Response rates by group: n of N with interval, among the evaluable and among the infused (section 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.pooled.response import UNRANKED, is_response
from dashboard.endpoints.proportions import compute_interval
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.choices import IntervalMethod
from dashboard.study.pooled import Response

# Whom a rate is among; a category of best response, evaluable or not, is always one of the infused.
EVALUABLE, INFUSED = "evaluable", "infused"
AMONG = (EVALUABLE, INFUSED)
RATE, BEST = "rate", "best"
RATE_COLUMNS = ("kind", "measure", "among", "n", "of", "proportion", "lower", "upper")
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


def summarise_rates(best: pd.DataFrame, groups: Sequence[Group], response: Response, method: IntervalMethod) -> pd.DataFrame:
    """grouping, category, label, RATE_COLUMNS: every rate of every group among the evaluable and the infused, and best responses.

    best: rows of `derive_best_responses`, one per participant. n and `of` count the same people; proportion is missing for an `of` of
    0, the 95 % interval below 5. Best responses, those of UNRANKED included, are counted among the infused, so that they add up.
    """
    among, measures = flag_among(best), flag_measures(best, response)
    rows = []
    for group in groups:
        for (kind, measure), flags in measures.items():
            for name in AMONG if kind == RATE else (INFUSED,):
                inside = among[name] & group.members
                x, n = int((flags & inside).sum()), int(inside.sum())
                share = (x / n if n else np.nan, *compute_interval(x, n, method))
                rows.append((group.grouping, group.category, group.label, kind, measure, name, x, n, *share))
    columns = ["grouping", "category", "label", *RATE_COLUMNS]
    texts = dict.fromkeys(("grouping", "category", "label", "kind", "measure", "among"), "str")
    numbers = {"n": "int64", "of": "int64", "proportion": "float64", "lower": "float64", "upper": "float64"}
    return pd.DataFrame(rows, columns=columns).astype(texts | numbers)


def count_by_trial(flags: Flags, inside: Flags, trials: Sequence[Flags]) -> tuple[Ints, Ints]:
    """How many of `inside` have the flag, and how many they are, in each of `trials`."""
    events = np.array([int((flags & inside & trial).sum()) for trial in trials], dtype=np.int64)
    return events, np.array([int((inside & trial).sum()) for trial in trials], dtype=np.int64)


def everyone(best: pd.DataFrame) -> Group:
    """The group of all participants."""
    return Group(ALL_COHORTS, ALL_COHORTS, "All shown", np.ones(len(best), dtype=bool))
