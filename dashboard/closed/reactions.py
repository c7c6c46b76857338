"""Adverse events of everybody together."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.closed.cells import join_small
from dashboard.closed.tables import Partition, Table, describe_share, tabulate_groups
from dashboard.closed.words import split_words
from dashboard.endpoints.safety.grading import list_scales

# No row “any event”: those with an event who are in none of the rows below could be counted by subtraction.
GRADES: Sequence[tuple[str, int, int]] = (("no graded event, or grade 1", 0, 1), ("grade 2", 2, 2), ("grade 3 or higher", 3, 5))
TERMS_SENTENCE = (
    "Terms that at least {minimum} participants had, and at least {minimum} had not. A participant counts once for each term. The "
    "others are not listed, and neither is a term that is made with a word of a cohort’s name."
)


def tabulate_events(events: pd.DataFrame, people: int, minimum: int, telling: frozenset[str]) -> list[Table]:
    """Overview and terms of the emergent events (EVENT_COLUMNS) among `people` dosed participants; none without any event.

    `telling` are words that a term must not have.
    """
    emergent = events[events["emergent"]]
    if events.empty:
        return []
    partitions = [
        *_grade(emergent, people),
        ("Related to treatment", _split(emergent[emergent["related"]], people, "a related event", "none")),
        ("Serious", _split(emergent[emergent["serious"] == "Y"], people, "a serious event", "none")),
    ]
    overview = tabulate_groups("adverse-events", "Adverse events since the first dose", partitions, people, minimum)
    rows = tuple((term, describe_share(n, people)) for term, n in _list_terms(emergent, people, minimum, telling))
    sentence = TERMS_SENTENCE.format(minimum=minimum)
    return [overview, Table("adverse-event-terms", "Adverse events by term", ("Term", "Participants"), rows, sentence)]


def _grade(emergent: pd.DataFrame, people: int) -> list[Partition]:
    """Participants by worst grade; grades of several scales are not comparable, so then there is no such row."""
    scales = list_scales(emergent)
    if len(scales) != 1:
        return []
    worst = emergent.groupby("participant_index")["level"].max().reindex(range(people)).fillna(0)
    return [("Worst grade", [(label, int(((worst >= low) & (worst <= high)).sum())) for label, low, high in GRADES])]


def _split(rows: pd.DataFrame, people: int, some: str, none: str) -> list[tuple[str, int]]:
    n = int(rows["participant_index"].nunique())
    return [(some, n), (none, people - n)]


def _list_terms(emergent: pd.DataFrame, people: int, minimum: int, telling: frozenset[str]) -> list[tuple[str, int]]:
    """Terms that may be told, with the number of participants, the most frequent first. Case makes no difference."""
    found = []
    for _, rows in emergent.groupby(emergent["term"].str.casefold()):
        groups = join_small(_split(rows, people, "with", "without"), minimum)
        term = min(rows["term"])
        if groups and term and not telling & set(split_words(term)):
            found.append((term, groups[0].n))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))
