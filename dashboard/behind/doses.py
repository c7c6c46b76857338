"""Behind the cells about doses: given and missed by planned dose, and the escalation board."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from dashboard.behind.events import PAGE, read_at_risk, shape_events
from dashboard.behind.parts import DOSED, Behind, check_cohort, find_row, is_in_cohort, name_cohort, read_people, shape_rows
from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.participant_words import describe_dose, each_row
from dashboard.endpoints.quality.doses import DOSE_TOLERANCE
from dashboard.endpoints.safety.escalation import derive_dosed_with, derive_escalation, select_dose_limiting, select_undecided
from dashboard.endpoints.safety.exposure import ENDED, GIVEN, MISSED, NOT_DUE, derive_exposure
from dashboard.errors import NotFoundError
from dashboard.safety import find_at_risk, find_events, table_escalation, table_exposure_summary
from dashboard.scene import Scene
from dashboard.view.words import count_words

# The columns of the table of doses: title, and which doses count.
DOSE_COLUMNS: Mapping[str, tuple[str, Callable[[pd.DataFrame], pd.Series]]] = {
    "given": ("given", lambda doses: doses["state"] == GIVEN),
    "missed": ("missed", lambda doses: doses["state"] == MISSED),
    "ended": ("observation ended before it", lambda doses: doses["state"] == ENDED),
    "not_due": ("not due", lambda doses: doses["state"] == NOT_DUE),
    "late": ("more than a week late", lambda doses: (doses["delay"] > DOSE_TOLERANCE).fillna(False)),
    "longest_delay": ("given with the longest delay", lambda doses: (doses["delay"] == doses["delay"].max()).fillna(False)),
    "percent": ("given in a known share of the planned amount", lambda doses: doses["percent"].notna()),
}
BOARD_COLUMNS: Mapping[str, str] = {
    "enrolled": "Enrolled",
    "evaluable": "Evaluable for dose escalation",
    "limited": "With a dose-limiting event",
    "undecided": "Undecided: an event that would be dose-limiting if its day or grade were known",
}
DOSE = "dose_"


def find_doses(scene: Scene, column: str, dose: str, cohort: str) -> Behind:
    """Behind a cell of the table of planned doses: the dosed participants whose dose of that number is so."""
    check_cohort(scene, cohort)
    find_row(table_exposure_summary(scene), planned_dose=dose, cohort=cohort)
    if column not in DOSE_COLUMNS:
        raise NotFoundError("cell", f"column {column}", list(DOSE_COLUMNS))
    exposure = derive_exposure(scene.analysis, find_at_risk(scene), scene.records("dose_adjustment"))
    own = exposure[is_in_cohort(scene, exposure["participant_index"].to_numpy(), cohort)]
    own = own[(own["planned_dose"] == int(dose)).fillna(False).to_numpy(dtype=bool)]
    words, counts = DOSE_COLUMNS[column]
    kept = own[counts(own).to_numpy(dtype=bool)]
    title = f"Dose {dose} {words}, {name_cohort(scene, cohort)}"
    return Behind(title, PAGE, read_people(kept), read_at_risk(scene, cohort), DOSED, lambda: [_shape_doses(scene, kept)])


def _shape_doses(scene: Scene, doses: pd.DataFrame) -> pd.DataFrame:
    """ROW_COLUMNS of EXPOSURE_COLUMNS; a dose that was not given has no source row."""
    unit = scene.protocol.exposure.unit
    given = doses["day"].notna()
    number = [f"dose {row.planned_dose if pd.isna(row.dose_number) else row.dose_number}" for row in each_row(doses)]
    notes = [row.state if row.state not in (GIVEN, MISSED) else describe_dose(row, unit) for row in each_row(doses)]
    amount = doses["amount"].map(lambda value: "" if pd.isna(value) else f"{value:g}")
    role = np.where(given, "dose", "no dose")
    return shape_rows(doses, role=role, what=number, value_text=amount, unit=doses["amount_unit"], note=notes)


def find_board(scene: Scene, column: str, cohort: str) -> Behind:
    """Behind a cell of the escalation board; `dose_1` are those who received the first planned dose."""
    check_cohort(scene, cohort)
    cell = find_row(table_escalation(scene), cohort=cohort)
    events = find_events(scene)
    flags = derive_escalation(scene.analysis, events, scene.selection.mask)
    if column.startswith(DOSE) and column in cell:
        number = int(column.removeprefix(DOSE))
        counted, words = derive_dosed_with(scene.analysis, number) & scene.selection.mask, f"Received dose {number}"
    elif column in flags and column in BOARD_COLUMNS:
        counted, words = flags[column], BOARD_COLUMNS[column]
    else:
        raise NotFoundError("cell", f"column {column}", [*BOARD_COLUMNS, *(str(name) for name in cell if str(name).startswith(DOSE))])
    selected, people = (_of_cohort(scene, mask, cohort) for mask in (flags["enrolled"], counted))
    read, amounts = _read_board(scene, column, people, events)
    words = f"{words}, {name_cohort(scene, cohort)}"
    return Behind(words, PAGE, people, selected, "enrolled participants of the selection", read, amounts)


def _read_board(scene: Scene, column: str, people: Ints, events: pd.DataFrame) -> tuple[Callable[[], list[pd.DataFrame]], tuple[str, ...]]:
    """How the rows are read, and how many events decide: the events that do, else the doses."""
    choose = {"limited": select_dose_limiting, "undecided": select_undecided}.get(column)
    if choose:
        found = choose(events, scene.protocol)
        found = found[found["participant_index"].isin(people)]
        return lambda: [shape_events(found)], (count_words(len(found), "event"),)
    return lambda: [_dose_rows(scene, people, int(column.removeprefix(DOSE)) if column.startswith(DOSE) else None)], ()


def _dose_rows(scene: Scene, people: Ints, planned: int | None = None) -> pd.DataFrame:
    """ROW_COLUMNS of the doses given to `people`, of one planned dose or of all."""
    doses = scene.analysis.doses
    doses = doses[doses["participant_index"].isin(people)]
    if planned is not None:
        doses = doses[(doses["planned_dose"] == planned).fillna(False).to_numpy(dtype=bool)]
    number = [f"dose {number}" for number in doses["dose_number"]]
    amount = doses["amount"].map(lambda value: "" if pd.isna(value) else f"{value:g}")
    return shape_rows(doses, role="dose", what=number, value_text=amount, unit=doses["amount_unit"])


def _of_cohort(scene: Scene, mask: Flags, cohort: str) -> Ints:
    people = np.flatnonzero(mask)
    chosen: Ints = people[is_in_cohort(scene, people, cohort)]
    return chosen
