"""Best response of each participant, its first day, and the change of tumour size (sections 8 and 10)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, compute_codes
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import DAY, DOSED, PARTICIPANT, SOURCE_FILE, SOURCE_ROW, VALUE, VALUE_TEXT
from dashboard.study.pooled import Response

# What a best response is called when it is none of the categories of the definition.
NOT_EVALUABLE, UNCLASSIFIED, NOT_RECORDED = "not-evaluable", "unclassified", "not-recorded"
UNRANKED = (NOT_EVALUABLE, UNCLASSIFIED, NOT_RECORDED)
DELIVERED, ASSESSED = "as delivered", "best assessment"
# participant_index  row in participants
# best               key of a category of the definition, else one of UNRANKED
# word, best_day     the delivery's word for it and its day (missing when not delivered)
# basis              DELIVERED (a record of the best response), ASSESSED (best of the assessments after day 0), "" without any
# response_day       first day of a response (first rate of the definition): of the assessments, else of the best response
# disagrees          the best of the assessments is another category than the delivered best response
# infused            dosed
# evaluable          infused, with a best response of a category
BEST_COLUMNS: dict[str, str] = {
    "participant_index": "int64", PARTICIPANT: "str", "best": "str", "word": "str", "best_day": "Int64", "basis": "str",
    "response_day": "Int64", "disagrees": "bool", "infused": "bool", "evaluable": "bool", SOURCE_FILE: "str", SOURCE_ROW: "Int64",
}  # fmt: skip
SIZE_COLUMNS: dict[str, str] = {
    "participant_index": "int64", PARTICIPANT: "str", "change": "float64", DAY: "Int64", "assessments": "int64",
    SOURCE_FILE: "str", SOURCE_ROW: "Int64",
}  # fmt: skip


def derive_best_responses(analysis: Analysis, findings: pd.DataFrame, response: Response) -> pd.DataFrame:
    """BEST_COLUMNS of every participant, in their order.

    The best response is the one that the delivery states (`response.test`); of several the best, in the order of the categories of
    the definition. Without such a record it is the best assessment after day 0 (`response.assessment_test`). Words are compared
    without case; a word of no category is UNCLASSIFIED. Who was not assessed is not counted as a non-responder among the evaluable,
    but is among the infused.
    """
    records = select_responses(analysis, findings, response)
    stated = _first_of(records[records["test"] == response.test])
    assessed = _first_of(_after_infusion(records, response))
    chosen = pd.concat([stated.assign(basis=DELIVERED), assessed.assign(basis=ASSESSED)]).drop_duplicates("participant_index")
    people = analysis.participants[[PARTICIPANT, DOSED]].rename(columns={DOSED: "infused"})
    people = people.assign(participant_index=np.arange(len(people)))
    own = chosen[["participant_index", "best", VALUE_TEXT, DAY, "basis", SOURCE_FILE, SOURCE_ROW]]
    frame = people.merge(own, on="participant_index", how="left", validate="one_to_one")
    frame = frame.rename(columns={VALUE_TEXT: "word", DAY: "best_day"}).fillna({"best": NOT_RECORDED, "word": "", "basis": ""})
    frame = frame.assign(
        response_day=_find_first_day(records, chosen, response).reindex(frame["participant_index"]).to_numpy(),
        disagrees=frame["participant_index"].isin(_disagreeing(stated, assessed)),
        evaluable=frame["infused"] & ~frame["best"].isin(UNRANKED),
    )
    return frame.fillna({SOURCE_FILE: ""})[list(BEST_COLUMNS)].astype(BEST_COLUMNS)


def select_responses(analysis: Analysis, findings: pd.DataFrame, response: Response) -> pd.DataFrame:
    """The records of best response and of assessments, with participant_index and `best`, the key that their word means."""
    tests = [test for test in (response.test, response.assessment_test) if test]
    rows = findings[(findings["domain"] == response.domain) & findings["test"].isin(tests)]
    keys = {code.casefold(): category.key for category in response.categories for code in category.codes}
    keys |= {word.casefold(): NOT_EVALUABLE for word in response.not_evaluable}
    best = rows[VALUE_TEXT].str.strip().str.casefold().map(keys).fillna(UNCLASSIFIED).astype("str")
    return _index(analysis, rows.assign(best=best)).assign(rank=compute_codes(best, list_ranks(response), "responses"))


def list_ranks(response: Response) -> tuple[str, ...]:
    """Every key that a best response can have, best first."""
    return (*(category.key for category in response.categories), *UNRANKED)


def is_response(best: pd.Series, categories: Sequence[str]) -> Flags:
    """Who has a best response of one of `categories`."""
    flags: Flags = best.isin(list(categories)).to_numpy(dtype=bool)
    return flags


def _index(analysis: Analysis, rows: pd.DataFrame) -> pd.DataFrame:
    everyone = pd.Index(analysis.participants[PARTICIPANT])
    return rows.assign(participant_index=everyone.get_indexer(pd.Index(rows[PARTICIPANT])).astype(np.int64))


def _after_infusion(records: pd.DataFrame, response: Response) -> pd.DataFrame:
    return records[(records["test"] == response.assessment_test) & (records[DAY] > 0).fillna(False).to_numpy(dtype=bool)]


def _first_of(records: pd.DataFrame) -> pd.DataFrame:
    """The best record of each participant, the earliest of equal ones; a missing day comes last."""
    ordered = records.sort_values(["participant_index", "rank", DAY], kind="stable")
    return ordered.drop_duplicates("participant_index")


def _find_first_day(records: pd.DataFrame, chosen: pd.DataFrame, response: Response) -> pd.Series:
    """The first day of a response by participant_index: of an assessment after day 0, else of the best response."""
    wanted = list(response.rates[0].categories)
    assessed = _after_infusion(records, response)
    both = [rows[rows["best"].isin(wanted) & rows[DAY].notna()] for rows in (assessed, chosen)]
    first, stated = (rows.groupby("participant_index")[DAY].min() for rows in both)
    # Who has no response has no day of one, whatever a single assessment says.
    responders = chosen.loc[chosen["best"].isin(wanted), "participant_index"]
    return first.reindex(first.index.union(stated.index)).fillna(stated).reindex(responders)


def _disagreeing(stated: pd.DataFrame, assessed: pd.DataFrame) -> pd.Series:
    both = stated.merge(assessed, on="participant_index", suffixes=("", "_assessed"), validate="one_to_one")
    return both.loc[both["best"] != both["best_assessed"], "participant_index"]


def derive_best_sizes(analysis: Analysis, findings: pd.DataFrame, response: Response) -> pd.DataFrame:
    """SIZE_COLUMNS: the lowest percent change of tumour size after day 0 of each participant that has one, largest rise first.

    `response.size_test` holds the change in percent of the size before treatment, of any domain; `assessments` is how many there are.
    Of equal changes the earliest counts. A result without a number or a day is left out.
    """
    rows = findings[(findings["test"] == response.size_test) & findings[VALUE].notna()]
    rows = _index(analysis, rows[(rows[DAY] > 0).fillna(False).to_numpy(dtype=bool)])
    lowest = rows.sort_values([VALUE, DAY], kind="stable").drop_duplicates("participant_index").rename(columns={VALUE: "change"})
    counts = rows["participant_index"].value_counts()
    frame = lowest.assign(assessments=lowest["participant_index"].map(counts))
    ordered = frame.sort_values(["change", "participant_index"], ascending=[False, True], kind="stable", ignore_index=True)
    return ordered[list(SIZE_COLUMNS)].astype(SIZE_COLUMNS)
