"""What is behind a cell, in words: as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.behind.events import EVENT
from dashboard.behind.parts import Behind
from dashboard.endpoints.participant_words import each_row
from dashboard.panels.describe import NO_BREAK, describe_scene
from dashboard.scene import Scene
from dashboard.view.words import count_words, lower_first

# More rows than this are in the files only.
MAX_ROWS = 400
MAX_WORDS = 3
SEX = {"F": "female", "M": "male"}


@dataclass(frozen=True)
class BehindWords:
    """The texts of the page: `people` and `rows` begin with the name of a participant; `others` are in the group, and not counted."""

    title: str
    sentence: str
    caption: str
    people: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    more: str
    others: tuple[str, ...]
    others_words: str


def describe_behind(found: Behind, scene: Scene) -> BehindWords:
    """The page of what is behind a cell: n of N in a sentence, participants, source rows, and who else could have counted."""
    rows, names = found.rows, scene.analysis.participants["participant"]
    by_person = dict(tuple(rows.groupby("participant_index")))
    counted, group = set(found.counted.tolist()), found.group.tolist()
    others = tuple(str(names.iloc[person]) for person in group if person not in counted)
    hidden = max(0, len(rows) - MAX_ROWS)
    return BehindWords(
        title=found.title,
        sentence=_describe_number(found),
        caption=" ".join(part for part in (found.choices, describe_scene(scene)) if part),
        people=tuple(_person(scene, person, by_person.get(person, rows.iloc[:0])) for person in found.counted.tolist()),
        rows=tuple(_row(str(names.iloc[row.participant_index]), row) for row in each_row(rows.head(MAX_ROWS))),
        more=f"The first {MAX_ROWS:,} rows; the files have {hidden:,} more." if hidden else "",
        others=others,
        others_words=f"{count_words(len(others), 'other participant')} of the {len(group)} who could have counted",
    )


def _describe_number(found: Behind) -> str:
    n, of = len(found.counted), len(found.group)
    percent = f" ({100 * n / of:.0f} %)" if of and n != of else ""
    said = f"{n} of {of} {found.group_words}{percent}"
    return f"{'; '.join((said, *found.amounts))}."


def _person(scene: Scene, person: int, rows: pd.DataFrame) -> tuple[str, ...]:
    one = scene.analysis.participants.iloc[person]
    age = "not recorded" if pd.isna(one["age"]) else str(one["age"])
    cohort = scene.protocol.cohort(str(one["cohort"])).label.replace(" ", NO_BREAK)
    return str(one["participant"]), cohort, SEX.get(str(one["sex"]), "not recorded"), age, _summarise(rows)


def _summarise(rows: pd.DataFrame) -> str:
    """The first few things that were recorded, each once."""
    said = list(dict.fromkeys(" ".join(part for part in (row.what, row.value_text) if part) for row in each_row(rows)))
    if not said:
        return "no row delivered"
    more = f"; {len(said) - MAX_WORDS} more" if len(said) > MAX_WORDS else ""
    return "; ".join(said[:MAX_WORDS]) + more


def _row(name: str, row: Any) -> tuple[str, ...]:
    unit = f"({row.unit})" if row.unit and row.role == EVENT else row.unit
    value = " ".join(part for part in (row.value_text, unit) if part)
    day = "–" if pd.isna(row.day) else str(row.day).replace("-", "−")
    source = f"{row.source_file}, row {row.source_row}".replace(" ", NO_BREAK) if row.source_file else "nothing delivered"
    return name, row.role, row.what, value, day, row.note, source


def describe_content(found: Behind) -> str:
    """What a file of the rows holds, in words, with the choices of the view that decide who counts."""
    said = f"rows behind “{found.title}” ({_describe_number(found).rstrip('.')})"
    return f"{said}; {lower_first(found.choices).rstrip('.')}" if found.choices else said
