"""A questionnaire on well-being (QS). Its items are invented for the demonstration: no published instrument, no real answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from dashboard.simulate.domains import Trial, shape_domain
from dashboard.simulate.milestones import describe_place, select_milestones
from dashboard.simulate.visits import visit_label

Row = dict[str, Any]
CATEGORY = "SYNTHETIC WELL-BEING ITEMS"
ITEMS = (
    ("SYNQ01", "Synthetic item 1: energy"),
    ("SYNQ02", "Synthetic item 2: sleep"),
    ("SYNQ03", "Synthetic item 3: daily work"),
    ("SYNQ04", "Synthetic item 4: worry about illness"),
)
SUM = ("SYNQSUM", "Synthetic sum of items 1 to 4, 0 to 16")
ANSWERS = ("BAD", "RATHER BAD", "NEITHER GOOD NOR BAD", "RATHER GOOD", "GOOD")
_RESULT = ("QSTESTCD", "QSTEST", "QSCAT", "QSORRES", "QSSTRESC", "QSSTRESN", "QSSTAT", "QSREASND")
_COLUMNS = (*_RESULT, "VISITNUM", "VISIT", "QSDTC", "QSDY")
# Around the middle answer: SD of the person, of the visit and of the answer (assumptions; no effect of the drug is assumed).
_MIDDLE, _PERSON_SD, _VISIT_SD, _ANSWER_SD = 2.2, 0.8, 0.4, 0.6


def write_questionnaire(trial: Trial, samples: pd.DataFrame, stream: np.random.Generator) -> pd.DataFrame:
    """QS: the items (0 to 4, more is better) and their sum at dose and follow-up visits; a refused questionnaire is one row."""
    person_level = _MIDDLE + _PERSON_SD * stream.standard_normal(len(trial.people))
    refused = next(visit_label(visit) for visit in trial.protocol.visits if visit.target > 0 and not visit.moves_with_dose)
    rows: list[Row] = []
    for sample in select_milestones(trial, samples):
        level = person_level[sample.person] + _VISIT_SD * stream.standard_normal()
        scores = np.clip(np.round(level + _ANSWER_SD * stream.standard_normal(len(ITEMS))), 0, len(ANSWERS) - 1).astype(int)
        where = describe_place(trial, sample, "QS") | {"QSCAT": CATEGORY}
        if trial.people["recorded"].iat[sample.person] == "unanswered" and sample.visit == refused:
            what = {"QSTESTCD": "QSALL", "QSTEST": "Questionnaire", "QSSTAT": "NOT DONE", "QSREASND": "PARTICIPANT DECLINED"}
            rows.append(where | what)
        else:
            rows += [where | answer for answer in _list_answers([int(score) for score in scores])]
    return shape_domain("QS", trial, rows, _COLUMNS)


def _list_answers(scores: list[int]) -> Iterator[Row]:
    for (code, name), score in zip(ITEMS, scores, strict=True):
        yield {"QSTESTCD": code, "QSTEST": name, "QSORRES": ANSWERS[score], "QSSTRESC": str(score), "QSSTRESN": str(score)}
    total = str(sum(scores))
    yield {"QSTESTCD": SUM[0], "QSTEST": SUM[1], "QSORRES": total, "QSSTRESC": total, "QSSTRESN": total}
