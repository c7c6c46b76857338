"""From a changed headline number to the participants whose part of it changed, and to the records that changed these parts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.changes.dependence import depends_on
from dashboard.endpoints.changes.headlines import Choices, Headline, default_choices, list_headlines
from dashboard.endpoints.changes.parts import Parts, derive_parts
from dashboard.endpoints.changes.reasons import SHIFTED
from dashboard.endpoints.changes.records import RecordChanges
from dashboard.endpoints.changes.results import TOLERANCE, select_cohort
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.columns import ANALYTE, PARTICIPANT

CONTRIBUTION_COLUMNS: dict[str, str] = {
    "result": "str", "cohort": "str", PARTICIPANT: "str", "statistic": "str", "before": "float64", "after": "float64",
    "difference": "float64", "words": "str",
}  # fmt: skip
CAUSE_COLUMNS: dict[str, str] = {"result": "str", PARTICIPANT: "str", "change": "Int64", "sentence": "str"}
# A first dose dated anew moves doses, and doses move windows of counts.
RANKS = {"participant": 0, "dose": 1, "count": 2}
READ_COLUMNS = ("table", "change", PARTICIPANT, ANALYTE, "day_before", "day_after", "columns", "sentence")


@dataclass(frozen=True)
class Explanation:
    """Why headline numbers changed.

    contributions  CONTRIBUTION_COLUMNS: for each headline, cohort (and `all`) and additive statistic the participants whose part
                   changed; their differences add up to the difference of the headline. A participant who changed the cohort
                   leaves one and enters the other. words: “not counted → response”
    causes         CAUSE_COLUMNS: the record changes of these participants that the headline depends on, as rows of
                   `RecordChanges.changes`; for each participant what moves other things first: the participant, doses, counts,
                   and last the records that only moved with the first dose. change is missing where the later data cut alone is the cause
    """

    contributions: pd.DataFrame = field(repr=False)
    causes: pd.DataFrame = field(repr=False)


def explain_results(before: Analysis, after: Analysis, records: RecordChanges, choices: Choices | None = None) -> Explanation:
    """The explanation of `compare_results` under the same choices; `records` compares the data of the two analyses.

    A change is listed as a cause when the participant's part of the headline is made of it: a count of the analyte in the visit's
    window or at baseline, a dose that moves windows, the cohort. Whether it alone would have changed the part is not tried.
    """
    choices = choices or default_choices(before.protocol)
    people = _align(before, after)
    contributions, causes = [], []
    for headline in list_headlines(before.protocol, choices):
        sides = derive_parts(before, headline, choices), derive_parts(after, headline, choices)
        found = [table for cohort in people.cohorts for table in _list_contributions(headline, cohort, sides, people)]
        if found:
            contributions += found
            changed = pd.unique(pd.concat([table[PARTICIPANT] for table in found]))
            causes += _list_causes(headline, changed, before, after, records, choices)
    return Explanation(_join(contributions, CONTRIBUTION_COLUMNS), _join(causes, CAUSE_COLUMNS))


@dataclass(frozen=True)
class _People:
    """Everyone in either analysis: rows in each (−1 for none), and the cohorts' members on either side."""

    names: pd.Index
    rows: tuple[Ints, Ints]
    cohorts: tuple[str, ...]
    members: dict[str, tuple[Flags, Flags]]


def _align(before: Analysis, after: Analysis) -> _People:
    sides = [(analysis, pd.Index(analysis.participants[PARTICIPANT])) for analysis in (before, after)]
    names = sides[0][1].union(sides[1][1])
    rows = [index.get_indexer(names) for _, index in sides]
    cohorts = (*before.protocol.cohort_keys, ALL_COHORTS)
    members = {
        cohort: tuple(np.r_[select_cohort(analysis, cohort), False][row] for (analysis, _), row in zip(sides, rows, strict=True))
        for cohort in cohorts
    }
    return _People(names, (rows[0], rows[1]), cohorts, {cohort: (each[0], each[1]) for cohort, each in members.items()})


def _list_contributions(headline: Headline, cohort: str, sides: tuple[Parts, Parts], people: _People) -> list[pd.DataFrame]:
    """A frame for each statistic that somebody's part of changed."""
    inside = people.members[cohort]
    old, new = (
        {name: np.where(member, np.r_[values, 0.0][row], 0.0) for name, values in parts.numbers.items()}
        for parts, row, member in zip(sides, people.rows, inside, strict=True)
    )
    tables = []
    for name in old:
        place = np.flatnonzero(~np.isclose(old[name], new[name], rtol=TOLERANCE, atol=TOLERANCE))
        if len(place):
            words = [f"{_describe(headline, old, i)} → {_describe(headline, new, i)}" for i in place.tolist()]
            numbers = {"before": old[name][place], "after": new[name][place], "difference": (new[name] - old[name])[place]}
            keys = {"result": headline.key, "cohort": cohort, PARTICIPANT: people.names[place], "statistic": name}
            tables.append(pd.DataFrame({**keys, **numbers, "words": words}))
    return tables


def _describe(headline: Headline, part: dict[str, Floats], place: int) -> str:
    """One participant's part of a headline in words."""
    number = {name: float(values[place]) for name, values in part.items()}
    kind = headline.kind
    if kind in ("enrolled", "dosed"):
        return "yes" if number["n"] else "no"
    if kind in ("doses", "counts"):
        return f"{number['n']:,.0f}"
    if kind == "responders":
        return ("response" if number["responders"] else "no response") if number["denominator"] else "not counted"
    if not number["n"]:
        return "none" if kind == "baseline" else "not counted"
    if kind == "time-to":
        return f"{'reached on' if number['events'] else 'not reached by'} day {number['total']:g}"
    return f"{number['total']:,.4g}" + (" days" if kind == "days-above" else "")


def _list_causes(
    headline: Headline, names: np.ndarray, before: Analysis, after: Analysis, records: RecordChanges, choices: Choices
) -> list[pd.DataFrame]:
    changes = records.changes[list(READ_COLUMNS)]
    wanted = changes[PARTICIPANT].isin(names).to_numpy(dtype=bool)
    if headline.analyte:
        wanted = wanted & ((changes["table"] != "count") | (changes[ANALYTE] == headline.analyte)).to_numpy(dtype=bool)
    mine = np.flatnonzero(wanted)
    rows = changes.take(mine)
    kept = depends_on(headline, rows, before, after, choices)
    rows, place = rows[kept], mine[kept]
    rank = rows["table"].map(RANKS).to_numpy(dtype=np.int64) + len(RANKS) * (rows["change"] == SHIFTED).to_numpy(dtype=np.int64)
    order = np.lexsort((rank, pd.factorize(rows[PARTICIPANT])[0]))
    causes = {PARTICIPANT: rows[PARTICIPANT].take(order), "change": place[order], "sentence": rows["sentence"].take(order)}
    found = pd.DataFrame({"result": headline.key, **causes})
    return [found, _blame_cut(headline, pd.Index(names).difference(pd.Index(found[PARTICIPANT])), records)]


def _blame_cut(headline: Headline, names: pd.Index, records: RecordChanges) -> pd.DataFrame:
    """Without a change of a record the later cut alone lets more be due."""
    dates = records.before.cut_date, records.after.cut_date
    blamed = names if dates[0] != dates[1] else names[:0]
    sentence = f"the data cut moved from {dates[0]} to {dates[1]}"
    missing = pd.array([pd.NA] * len(blamed), dtype="Int64")
    return pd.DataFrame({"result": headline.key, PARTICIPANT: blamed, "change": missing, "sentence": sentence})


def _join(tables: list[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return pd.concat([empty, *(table.astype(columns) for table in tables if len(table))], ignore_index=True)
