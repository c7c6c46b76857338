"""Findings of a participant as marks: a lane for each thing that was tested, and one for all items of a questionnaire."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from dashboard.endpoints import participant_tracks as tracks
from dashboard.endpoints.participant_words import each_row

LONGEST_ACRONYM = 4
QUESTIONNAIRES = "QS"
Row = tuple[Hashable, Hashable]
# Group, lane, and kind, day, sentence and text of the mark.
MarkRow = tuple[str, str, tuple[str, float, str, str]]


def mark_findings(entries: pd.DataFrame, findings: pd.DataFrame, say: Callable[[Any], str]) -> Iterator[MarkRow]:
    """The marks of the entries that are findings; `findings` are the rows as delivered, `say` puts an entry in a sentence.

    Items of one questionnaire of one day are one mark, whose sentence holds them all.
    """
    delivered = {(found.source_file, found.source_row): found for found in each_row(findings)}
    together: dict[tuple[str, float], list[Any]] = {}
    for entry in each_row(entries[entries["kind"] == tracks.FINDING]):
        found = delivered[entry.source_file, entry.source_row]
        if found.domain == QUESTIONNAIRES and found.category:
            together.setdefault((_write_name(found.category), float(entry.day)), []).append(entry)
        else:
            yield "findings", _name_lane(found), ("results", float(entry.day), say(entry), _write_result(entry))
    yield from _mark_questionnaires(together, say)


def _mark_questionnaires(items: Mapping[tuple[str, float], list[Any]], say: Callable[[Any], str]) -> Iterator[MarkRow]:
    for (lane, day), answered in items.items():
        text = _write_result(answered[0]) if len(answered) == 1 else f"{len(answered)} items"
        yield "findings", lane, ("results", day, " · ".join(map(say, answered)), text)


def _name_lane(found: Any) -> str:
    """What was tested before the test: “HPV lesion: Lesion Count”; the test alone where that says all."""
    test = str(found.label or found.test)
    return f"{_write_name(found.object)}: {test}" if found.object else test


def _write_name(text: str) -> str:
    """Words that deliveries write in capitals, as in a sentence."""
    words = [word.lower() if len(word) > LONGEST_ACRONYM and word.isalpha() else word for word in text.split()]
    return f"{' '.join(words)[:1].upper()}{' '.join(words)[1:]}"


def _write_result(entry: Any) -> str:
    return str(entry.words).partition("; ")[0] if pd.isna(entry.value) else f"{entry.value:g}"
