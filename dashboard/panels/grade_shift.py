"""The panel of laboratory grades: from baseline to the worst and to the last."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.laboratory import (
    AGAINST,
    Against,
    GradeCodes,
    count_pairs,
    derive_expected,
    derive_graded,
    encode_grades,
    list_grades,
)
from dashboard.figures.grade_shift import ShiftGrid, ShiftSummary
from dashboard.panels.cells import CellPart, LinkedText
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import count_not_dosed, describe_not_dosed
from dashboard.panels.risk_groups import ALL_LABEL
from dashboard.safety import find_at_risk, find_dosed
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.safety import LaboratoryGrades
from dashboard.view.words import BASE_WORDS, count_words, join_words

# Of one grading, against the worst and the last grade: by cohort (then all), baseline grade and later grade.
Counts = Mapping[Against, Ints]
CELLS = "participants at that grade as the worst · as the last, of those with both grades"
BETWEEN = CellPart(f"{NO_BREAK}·{NO_BREAK}")


def summarise_shift_panel(scene: Scene, subject: str = "") -> ShiftSummary:
    """Every grading of the definition, of the dosed participants of the selection."""
    rules, counted = scene.protocol.safety.laboratory, _count_shifts(scene)
    cohorts = scene.view.cohorts(scene.protocol)
    return ShiftSummary(
        grids=tuple(_grid(scene, counted[rule.key], rule) for rule in rules),
        groups=(*(scene.protocol.cohort(key).label for key in cohorts), ALL_LABEL),
        cells=tuple(row for rule in rules for row in _cells(scene, counted[rule.key], rule)),
        undecided=tuple(_title(scene, rule) for rule in rules if list_grades(rule)[0] == "0-1"),
        expected=_expected(scene),
        participants=len(find_at_risk(scene).frame),
        not_dosed=count_not_dosed(scene),
        synthetic=scene.snapshot.synthetic,
    )


def _count_shifts(scene: Scene) -> dict[str, Counts]:
    """By grading the participants by cohort (then all), baseline grade and later grade."""
    counted: dict[str, Counts] = {}
    for key, codes in _find_codes(scene).items():
        cohort = np.where(scene.selection.mask, scene.cohort_positions, -1)[codes.person]
        counted[key] = {against: count_pairs(codes, against, cohort, len(scene.protocol.cohorts)) for against in AGAINST}
    return counted


def _find_codes(scene: Scene) -> dict[str, GradeCodes]:
    """By grading the grades of everybody dosed, whoever is selected."""

    def encode() -> dict[str, GradeCodes]:
        dosed, rules = find_dosed(scene), scene.protocol.safety.laboratory
        return {rule.key: encode_grades(derive_graded(scene.analysis, dosed, rule), rule) for rule in rules}

    return scene.of_cut("grade codes", encode)


def _title(scene: Scene, rule: LaboratoryGrades) -> str:
    return f"{rule.label} ({scene.protocol.safety.scale(rule.scale).label})"


def _short(scene: Scene, rule: LaboratoryGrades) -> str:
    way = "high" if rule.upward else "low"
    return f"{scene.protocol.analyte(rule.analyte).short} {way}, {scene.protocol.safety.scale(rule.scale).label}"


def _grid(scene: Scene, counts: Counts, rule: LaboratoryGrades) -> ShiftGrid:
    whole: dict[str, np.ndarray] = {against: cells[-1] for against, cells in counts.items()}
    return ShiftGrid(f"{_title(scene, rule)}: {scene.protocol.analyte(rule.analyte).short}", (*list_grades(rule), ""), whole)


def _cells(scene: Scene, counts: Counts, rule: LaboratoryGrades) -> list[tuple[str, ...]]:
    """One row for each pair of grades that somebody has, mildest baseline first."""
    keys = scene.protocol.cohort_keys
    groups = [*((keys.index(key), key) for key in scene.view.cohorts(scene.protocol)), (len(keys), ALL_COHORTS)]
    grades, short = (*list_grades(rule), ""), _short(scene, rule)
    of = counts["worst"][:, :-1, :-1].sum(axis=(1, 2)).tolist()
    n = {against: cells.tolist() for against, cells in counts.items()}
    seen = np.any([cells[[place for place, _ in groups]].any(axis=0) for cells in counts.values()], axis=0)
    rows = []
    for first, second in np.argwhere(seen).tolist():
        # Without one of the grades the pair is outside the number of those with both.
        known = bool(grades[first] and grades[second])
        cells = (
            _cell([n[against][place][first][second] for against in AGAINST], of[place] if known else None, names)
            for place, names in ((place, _name_cells(rule.key, grades[first], grades[second], group)) for place, group in groups)
        )
        rows.append((f"{short}: {grades[first] or 'no value'} → {grades[second] or 'no value'}", *cells))
    return rows


@lru_cache(maxsize=4096)
def _name_cells(rule: str, first: str, second: str, group: str) -> tuple[str, ...]:
    """The addresses of the two numbers of a cell; they are the same in every view."""
    return tuple(encode_cell("shift", rule, against, first, second, group) for against in AGAINST)


def _cell(n: list[int], of: int | None, names: tuple[str, ...]) -> LinkedText:
    worst, last = (CellPart(str(number), name, f"as the {against} grade") for number, name, against in zip(n, names, AGAINST, strict=True))
    return LinkedText((worst, BETWEEN, last, CellPart("" if of is None else f"{NO_BREAK}of{NO_BREAK}{of}")))


def _expected(scene: Scene) -> tuple[str, ...]:
    """How many participants had values that the definition calls an expected effect, by grading."""
    mask, told = scene.selection.mask, []
    for label, person in _find_expected_days(scene):
        days = person[mask[person]]
        if len(days):
            told.append(f"“{label}”: {count_words(len(np.unique(days)), 'participant')} on {count_words(len(days), 'day')}")
    return tuple(told)


def _find_expected_days(scene: Scene) -> list[tuple[str, Ints]]:
    """By the name of an expected grading the row of the participant of each such day, whoever is selected."""

    def place() -> list[tuple[str, Ints]]:
        days = derive_expected(scene.analysis, find_dosed(scene))
        person, label = scene.participant_rows(days["participant"]), days["label"].to_numpy(dtype=object)
        return [(name, person[label == name]) for name in sorted(set(label.tolist()))]

    return scene.of_cut("days of expected grades", place)


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
