"""The panel of dose escalation: the board of the cohorts shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from dashboard.endpoints.safety.escalation import (
    Board,
    compute_probabilities,
    count_board,
    derive_board,
    describe_escalation,
    select_decisions,
)
from dashboard.figures.exposure import EscalationSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import NO_BREAK, Words, describe_scene
from dashboard.safety import find_events
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

Row = Mapping[str, Any]
# Of a number that the study definition does not give.
NOT_GIVEN = float("nan")


def summarise_escalation_panel(scene: Scene, subject: str = "") -> EscalationSummary:
    """The board of the cohorts shown; what the definition does not give is said, not guessed."""
    board = _find_board(scene)
    rows, doses = _count_rows(scene, board), [f"dose_{number}" for number in board.doses]
    stages = {"planned": "Planned", "enrolled": "Enrolled", **{name: name.replace("_", " ").capitalize() for name in doses}}
    stages |= {"evaluable": "Evaluable"} if "evaluable" in board.flags and rows else {}
    decisions = tuple(
        f"{scene.protocol.cohort(decision.cohort).label}, {decision.on.isoformat()}: {decision.text} ({decision.source})."
        for decision in select_decisions(scene.analysis)
    )
    return EscalationSummary(
        stages=tuple(stages.values()),
        cohorts=tuple((row["place"], row["label"], tuple(float(row[name]) for name in stages)) for row in rows),
        cells=tuple(_board_row(row, doses) for row in rows),
        sentences=(*describe_escalation(scene.protocol), *decisions),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _find_board(scene: Scene) -> Board:
    return scene.of_cut("board of escalation", lambda: derive_board(scene.analysis, find_events(scene)))


def _count_rows(scene: Scene, board: Board) -> list[Row]:
    """The numbers of each cohort shown, in the order of the definition."""
    protocol, counts = scene.protocol, count_board(board, scene.analysis, scene.selection.mask)
    probabilities, shown, rows = compute_probabilities(counts, protocol), scene.view.cohorts(protocol), list[Row]()
    for place, cohort in enumerate(protocol.cohorts):
        if cohort.key in shown:
            known = {"planned": NOT_GIVEN if cohort.planned is None else cohort.planned, "probability": probabilities[place]}
            number = {
                name: counts[name][place] if name in counts else NOT_GIVEN for name in ("evaluable", "limited", "events", "undecided")
            }
            rows.append(
                {"place": place, "cohort": cohort.key, "label": cohort.label, **{n: c[place] for n, c in counts.items()}, **number, **known}
            )
    return rows


def _board_row(row: Row, doses: list[str]) -> tuple[str, ...]:
    names = ("planned", "enrolled", *doses, "evaluable", "limited", "events", "undecided")
    texts = {name: "–" if np.isnan(row[name]) else f"{row[name]:.0f}" for name in names}
    texts["probability"] = "–" if np.isnan(row["probability"]) else f"{100 * row['probability']:.1f}{NO_BREAK}%"
    return (str(row["label"]), *(_board_cell(name, text, row["cohort"]) for name, text in texts.items()))


def _board_cell(column: str, text: str, cohort: str) -> str:
    """A number of the board with what is behind it; behind a plan stands nobody, behind a probability the events that it follows from."""
    if text == "–" or column == "planned":
        return text
    return link_cell(text, _name_cell("limited" if column in ("events", "probability") else column, cohort))


@lru_cache(maxsize=256)
def _name_cell(column: str, cohort: str) -> str:
    """The address of a cell; it is the same in every view."""
    return encode_cell("board", column, cohort)


def describe_board(summary: EscalationSummary, scene: Scene) -> Words:
    """Rule, target, decisions, or that the definition gives none."""
    doses = [stage for stage in summary.stages if stage.startswith("Dose ")]
    header = ("Cohort", "Planned", "Enrolled", *doses, "Evaluable", "With dose-limiting event", "Events", "Undecided", "P(rate > target)")
    caption = f"{' '.join(summary.sentences)} “–”: not given by the study definition. {describe_scene(scene)}"
    return Words(caption, f"{count_words(scene.n, 'participant')} enrolled", (), "", header, summary.cells)
