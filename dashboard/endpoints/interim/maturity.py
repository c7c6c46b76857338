"""Data maturity: what became of each planned visit, by cohort, with its denominator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.quality.calendar import STATE_KEYS
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.columns import COHORT

MATURITY_COLUMNS: dict[str, str] = {
    "visit": "str", "cohort": "str", "state": "str", "n": "int64", "of": "int64", "percent": "float64", "due": "int64",
}  # fmt: skip
# The states of who has a value, and of who could not have one yet or any more.
SEEN = ("observed", "below-limit")
NOT_EXPECTED = ("not-due", "died", "withdrawn", "lost", "completed", "not-dosed")


def summarise_maturity(calendar: pd.DataFrame, cohorts: Sequence[str], visits: Sequence[str]) -> pd.DataFrame:
    """MATURITY_COLUMNS: one row per visit, cohort (then `all`) and state of the calendar of one analyte, zeros included.

    `of` is everyone of the cohort in the calendar, so the states of a visit add up to it; percent is n of `of`, missing where that
    is 0. `due` is how many a value was expected of: everyone but those of NOT_EXPECTED.
    """
    visit, cohort, state = (
        pd.Index(list(known)).get_indexer(pd.Index(calendar[name]))
        for name, known in (("visit", visits), (COHORT, cohorts), ("state", STATE_KEYS))
    )
    n = count_states(visit, cohort, state, len(visits), len(cohorts))
    of = np.broadcast_to(n.sum(axis=2, keepdims=True), n.shape)
    due = np.broadcast_to(count_due(n)[:, :, None], n.shape)
    percent = np.divide(100.0 * n, of, out=np.full(n.shape, np.nan), where=of > 0)
    named = [(visit, cohort, state) for visit in visits for cohort in (*cohorts, ALL_COHORTS) for state in STATE_KEYS]
    table = pd.DataFrame(named, columns=["visit", COHORT, "state"])
    table = table.assign(n=n.ravel(), of=of.ravel(), percent=percent.ravel(), due=due.ravel())
    return table[list(MATURITY_COLUMNS)].astype(MATURITY_COLUMNS)


def count_states(visit: Ints, cohort: Ints, state: Ints, visits: int, cohorts: int) -> Ints:
    """How many cells of a calendar by visit, cohort (then all) and state: visits × (cohorts + 1) × states.

    `visit`, `cohort` and `state` (of STATE_KEYS) are the positions of each cell; one whose visit or cohort is −1 is not counted.
    """
    states, counted = len(STATE_KEYS), (visit >= 0) & (cohort >= 0)
    place = (visit * cohorts + cohort) * states + state
    n = np.bincount(place[counted], minlength=visits * cohorts * states).reshape(visits, cohorts, states)
    both: Ints = np.concatenate([n, n.sum(axis=1, keepdims=True)], axis=1)
    return both


def count_due(n: Ints) -> Ints:
    """Of the counts of `count_states` of how many a value was expected, by visit and cohort."""
    due: Ints = n[:, :, [state not in NOT_EXPECTED for state in STATE_KEYS]].sum(axis=2)
    return due
