"""The panel of laboratory grades: from baseline to the worst and to the last."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.laboratory import list_grades
from dashboard.figures.grade_shift import COLUMNS, ShiftGrid, ShiftSummary
from dashboard.panels.adverse_events import ALL_LABEL
from dashboard.panels.cells import CellPart, LinkedText
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import count_not_dosed, describe_not_dosed
from dashboard.safety import find_at_risk, find_expected, table_lab_shift
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.safety import LaboratoryGrades
from dashboard.view.words import BASE_WORDS, count_words, join_words

Row = Mapping[Hashable, Any]
CELLS = "participants at that grade as the worst · as the last, of those with both grades"


def summarise_shift_panel(scene: Scene, subject: str = "") -> ShiftSummary:
    """Every grading of the definition, of the dosed participants of the selection."""
    table, at_risk = table_lab_shift(scene), find_at_risk(scene)
    rules = scene.protocol.safety.laboratory
    cohorts = scene.view.cohorts(scene.protocol)
    return ShiftSummary(
        grids=tuple(_grid(scene, table, rule) for rule in rules),
        groups=(*(scene.protocol.cohort(key).label for key in cohorts), ALL_LABEL),
        cells=tuple(row for rule in rules for row in _cells(scene, table, rule)),
        undecided=tuple(_title(scene, rule) for rule in rules if list_grades(rule)[0] == "0-1"),
        expected=_expected(scene),
        participants=len(at_risk.frame),
        not_dosed=count_not_dosed(scene),
        synthetic=scene.snapshot.synthetic,
    )


def _title(scene: Scene, rule: LaboratoryGrades) -> str:
    return f"{rule.label} ({scene.protocol.safety.scale(rule.scale).label})"


def _short(scene: Scene, rule: LaboratoryGrades) -> str:
    way = "high" if rule.upward else "low"
    return f"{scene.protocol.analyte(rule.analyte).short} {way}, {scene.protocol.safety.scale(rule.scale).label}"


def _grid(scene: Scene, table: pd.DataFrame, rule: LaboratoryGrades) -> ShiftGrid:
    grades = (*list_grades(rule), "")
    whole = table[(table["rule"] == rule.key) & (table["cohort"] == ALL_COHORTS)]
    counts = {name: _square(whole[whole["against"] == name], len(grades)) for name in COLUMNS}
    return ShiftGrid(f"{_title(scene, rule)}: {scene.protocol.analyte(rule.analyte).short}", grades, counts)


def _square(rows: pd.DataFrame, size: int) -> np.ndarray:
    return rows["n"].to_numpy(dtype=np.int64).reshape(size, size)


def _cells(scene: Scene, table: pd.DataFrame, rule: LaboratoryGrades) -> list[tuple[str, ...]]:
    """One row for each pair of grades that somebody has, mildest baseline first."""
    pairs: dict[tuple[str, str], dict[str, dict[str, Row]]] = {}
    for row in table[table["rule"] == rule.key].to_dict("records"):
        pairs.setdefault((row["baseline_grade"], row["grade"]), {}).setdefault(row["cohort"], {})[row["against"]] = row
    short = _short(scene, rule)
    return [
        (f"{short}: {first or 'no value'} → {second or 'no value'}", *map(_cell, groups.values()))
        for (first, second), groups in pairs.items()
        if any(row["n"] for pair in groups.values() for row in pair.values())
    ]


def _cell(pair: Mapping[str, Row]) -> str:
    worst, last = (pair[name] for name in COLUMNS)
    # Without one of the grades the pair is outside the number of those with both.
    of = f" of {worst['of']}" if worst["baseline_grade"] and worst["grade"] else ""
    between, rest = (CellPart(text.replace(" ", NO_BREAK)) for text in (" · ", of))
    return LinkedText((_part(worst), between, _part(last), rest))


def _part(row: Row) -> CellPart:
    where = (row[name] for name in ("rule", "against", "baseline_grade", "grade", "cohort"))
    return CellPart(str(row["n"]), encode_cell("shift", *where), f"as the {row['against']} grade")


def _expected(scene: Scene) -> tuple[str, ...]:
    """How many participants had values that the definition calls an expected effect, by grading."""
    found = find_expected(scene)
    groups = found.groupby("label", sort=True)["participant"]
    return tuple(f"“{label}”: {count_words(names.nunique(), 'participant')} on {count_words(len(names), 'day')}" for label, names in groups)


def describe_shift(summary: ShiftSummary, scene: Scene) -> Words:
    """The rule of limits and of baseline, what cannot be told apart, and what is expected of the treatment."""
    undecided = (
        f" Grades 0 and 1 of {join_words(list(summary.undecided))} cannot be told apart (0-1): the definition gives no lower limit of "
        "normal."
        if summary.undecided
        else ""
    )
    found = f"; {'; '.join(summary.expected)}" if summary.expected else "; nobody had one"
    expected = [rule.label for rule in scene.protocol.safety.laboratory if rule.expected]
    flagged = f" Expected effect of the treatment, not a fault: {join_words(expected)}{found}." if expected else ""
    caption = (
        f"Participants by baseline grade ({BASE_WORDS[scene.view.base]}) and by worst and last grade of all counts after day 0; outlined: "
        f"no change; two scales are never pooled. A count on a limit has the milder grade.{undecided}{flagged} Table: {CELLS}. "
        f"{describe_scene(scene)}"
    )
    shown = f"{count_words(summary.participants, 'dosed participant')}"
    header = ("Grading: baseline → later", *summary.groups) if summary.cells else ()
    return Words(caption, shown, describe_not_dosed(summary.not_dosed), LEFT_OUT, header, summary.cells)
