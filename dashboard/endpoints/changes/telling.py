"""Who is behind a changed headline number and which record changes did it, in lines for a reader."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.changes.reasons import SHIFTED, VERBS
from dashboard.study.columns import PARTICIPANT

CAUSES_SHOWN = 3


def list_people(people: pd.DataFrame, causes: pd.DataFrame, changes: pd.DataFrame, limit: int) -> list[str]:
    """“b: no response → response (CD4 on day 252 corrected from 180 to 330 cells/µL)” for the first `limit` of `people`.

    `people` has participant and words, one row each; `causes` (CAUSE_COLUMNS) those of one headline, `changes` the record changes
    they point at. The rest of the people is counted in a last line.
    """
    lines = []
    for name, words in people[[PARTICIPANT, "words"]].head(limit).itertuples(index=False, name=None):
        because = tell_causes(causes[causes[PARTICIPANT] == name], changes)
        lines.append(f"{name}: {words}" + (f" ({because})" if because else ""))
    rest = len(people) - len(lines)
    return [*lines, f"and {write_count(rest, 'more participant')}"] if rest else lines


def tell_causes(causes: pd.DataFrame, changes: pd.DataFrame) -> str:
    """The causes of one participant's part: at most CAUSES_SHOWN in full; what only moved with the first dose is counted at the end."""
    told = changes[["table", "change"]].reindex(causes["change"])
    shifted = (told["change"] == SHIFTED).to_numpy(dtype=bool)
    sentences = causes.loc[~shifted, "sentence"].tolist()
    more = len(sentences) - CAUSES_SHOWN
    parts = [*sentences[:CAUSES_SHOWN], *([f"and {write_count(more, 'more change')}"] if more > 0 else [])]
    tables = told.loc[shifted, "table"].value_counts(sort=False)
    counted = " and ".join(write_count(number, str(table)) for table, number in tables.items())
    return "; ".join([*parts, f"{counted} {VERBS[SHIFTED]}"] if counted else parts)


def write_count(number: int, word: str) -> str:
    """“1 participant”, “1,200 participants”."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")
