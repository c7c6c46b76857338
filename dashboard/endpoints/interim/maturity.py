"""Data maturity: what became of each planned visit, by cohort, with its denominator."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

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
    everyone = calendar.assign(**{COHORT: ALL_COHORTS})
    both = pd.concat([calendar, everyone], ignore_index=True)
    index = pd.MultiIndex.from_product([visits, [*cohorts, ALL_COHORTS], STATE_KEYS], names=["visit", COHORT, "state"])
    n = both.groupby(["visit", COHORT, "state"]).size().reindex(index, fill_value=0).rename("n").reset_index()
    of = n.groupby(["visit", COHORT])["n"].transform("sum")
    due = n["n"].where(~n["state"].isin(NOT_EXPECTED), 0).groupby([n["visit"], n[COHORT]]).transform("sum")
    table = n.assign(of=of, percent=(100 * n["n"] / of).where(of > 0), due=due)
    return table[list(MATURITY_COLUMNS)].astype(MATURITY_COLUMNS)
