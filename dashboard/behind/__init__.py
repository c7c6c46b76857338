"""What is behind a cell of a table: exactly the participants it counts, out of whom, and their source rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from dashboard.behind.answering import find_best_responses, find_compared, find_course_cells, find_rates, find_size_cells
from dashboard.behind.doses import find_board, find_doses
from dashboard.behind.events import find_grades, find_overview, find_terms
from dashboard.behind.exploring import find_antibodies, find_cmax, find_concentrations, find_findings, find_response, find_transitions
from dashboard.behind.laboratory import find_shift
from dashboard.behind.lasting import find_reached, find_time_above
from dashboard.behind.onset import find_event, find_onset, find_unplaced, find_weeks
from dashboard.behind.parts import Behind
from dashboard.behind.responding import find_responders, find_sweep
from dashboard.behind.scoring import find_ada_counts, find_scores, find_titres
from dashboard.behind.surviving import find_follow_up, find_incidence, find_landmark_group, find_survival
from dashboard.behind.syndromes import find_syndrome_cell
from dashboard.errors import NotFoundError
from dashboard.scene import Scene
from dashboard.study.cells import decode_cell

TABLE_COLUMNS = [
    "participant", "cohort", "role", "what", "value_text", "unit", "day", "note", "source_file", "source_row",
]  # fmt: skip
FINDERS: Mapping[str, Callable[..., Behind]] = {
    "events": find_overview,
    "terms": find_terms,
    "grades": find_grades,
    "onset": find_onset,
    "unplaced": find_unplaced,
    "event": find_event,
    "weeks": find_weeks,
    "syndrome": find_syndrome_cell,
    "shift": find_shift,
    "doses": find_doses,
    "board": find_board,
    "antibodies": find_antibodies,
    "ada-counts": find_ada_counts,
    "concentrations": find_concentrations,
    "cmax": find_cmax,
    "response": find_response,
    "titres": find_titres,
    "scores": find_scores,
    "findings": find_findings,
    "transitions": find_transitions,
    "responders": find_responders,
    "sweep": find_sweep,
    "time-above": find_time_above,
    "reached": find_reached,
    "survival": find_survival,
    "landmark": find_landmark_group,
    "follow-up": find_follow_up,
    "incidence": find_incidence,
    "rates": find_rates,
    "best": find_best_responses,
    "compared": find_compared,
    "sizes": find_size_cells,
    "courses": find_course_cells,
}


def find_behind(scene: Scene, cell: str) -> Behind:
    """What is behind the cell that `cell` (of `study.cells`) names in this view; NotFoundError when the view has no such cell."""
    try:
        table, parts = decode_cell(cell)
    except ValueError as error:
        raise NotFoundError("cell", cell, ()) from error
    return FINDERS[table](scene, *parts)


def table_behind(scene: Scene, cell: str) -> pd.DataFrame:
    """TABLE_COLUMNS: every participant that the cell counts, with the source rows; one without a source row stands once, alone."""
    found = find_behind(scene, cell)
    people = scene.analysis.participants.iloc[found.counted][["participant", "cohort"]].assign(participant_index=found.counted)
    rows = people.merge(found.rows, on="participant_index", how="left", validate="one_to_many")
    texts = ("role", "what", "value_text", "unit", "note", "source_file")
    return rows.assign(**{name: rows[name].fillna("").astype("str") for name in texts})[TABLE_COLUMNS].reset_index(drop=True)
