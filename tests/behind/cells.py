"""Every cell of every table of a view, with the numbers that the table states: what is behind must be exactly as many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.behind.parts import Behind
from dashboard.endpoints.exploratory.immunogenicity import ADA_TESTS
from dashboard.exploratory import (
    table_ada_summary,
    table_cmax_summary,
    table_exposure_response_summary,
    table_finding_summary,
    table_finding_transitions,
    table_pk_summary,
)
from dashboard.panels.ada_courses import table_ada_count_summary
from dashboard.panels.questionnaires import table_questionnaire_summary
from dashboard.panels.reached import table_time_to_threshold
from dashboard.panels.thresholds import table_responders, table_sweep, table_time_above_summary
from dashboard.panels.titres import table_titre_summary
from dashboard.safety import (
    table_adverse_event_grades,
    table_adverse_event_onset,
    table_adverse_event_summary,
    table_adverse_event_terms,
    table_escalation,
    table_exposure_summary,
    table_lab_shift,
)
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A cell and what its table says: `n` participants, `of` whom (None: not stated), and `rows` source rows (None: not stated)."""

    address: str
    n: int
    of: int | None = None
    rows: int | None = None


def cells_of(scene: Scene, table: str) -> Iterator[Cell]:
    """The cells of a table of the safety, exploratory or thresholds page, from the rows of the HTTP table."""
    make, read = TABLES[table]
    for row in make(scene).astype(object).to_dict("records"):
        yield from read(row)  # type: ignore[arg-type]


def _events(row: Row) -> Iterator[Cell]:
    # Deaths are participants: a death need not be an event.
    rows = None if row["row"] == "deaths" else row["events"]
    yield Cell(encode_cell("events", row["row"], row["scale"], row["cohort"]), row["n"], row["of"], rows)


def _terms(row: Row) -> Iterator[Cell]:
    yield Cell(encode_cell("terms", row["body_system"], row["term"], row["cohort"]), row["n"], row["of"], row["events"])


def _grades(row: Row) -> Iterator[Cell]:
    yield Cell(encode_cell("grades", *(row[name] for name in ("body_system", "term", "scale", "grade", "cohort"))), row["n"])


def _onset(row: Row) -> Iterator[Cell]:
    yield Cell(encode_cell("onset", row["dose"], row["low"], row["high"], row["cohort"]), row["n"], row["of"], row["events"])


def _shift(row: Row) -> Iterator[Cell]:
    # Pairs that nobody has in any cohort have no row on the page; one grade of each rule stands for them.
    if row["n"] or row["grade"] == "":
        of = row["of"] if row["baseline_grade"] and row["grade"] else None
        yield Cell(encode_cell("shift", *(row[name] for name in ("rule", "against", "baseline_grade", "grade", "cohort"))), row["n"], of)


def _doses(row: Row) -> Iterator[Cell]:
    for column in ("given", "missed", "ended", "not_due", "late"):
        yield Cell(encode_cell("doses", column, row["planned_dose"], row["cohort"]), row[column], row["of"])


def _board(row: Row) -> Iterator[Cell]:
    columns = ["enrolled", *(name for name in row if str(name).startswith("dose_")), "evaluable", "limited", "undecided"]
    for column in columns:
        if not pd.isna(row[column]):
            rows = row["events"] if column == "limited" else None
            yield Cell(encode_cell("board", column, row["cohort"]), row[column], row["enrolled"], rows)


def _antibodies(row: Row) -> Iterator[Cell]:
    yield Cell(encode_cell("antibodies", row["kind"], row["measure"], row["visit"], row["cohort"]), row["n"], row["denominator"])


def _concentrations(row: Row) -> Iterator[Cell]:
    when = "later" if row["elapsed_days"] >= 1 else "on the day"
    where = (row[name] for name in ("test", "specimen", "unit", "dose_number", "visit"))
    # The table counts samples; in both studies each participant has one at a visit and side of the dose.
    yield Cell(encode_cell("concentrations", *where, when, row["cohort"]), row["n"], rows=row["n"])


def _cmax(row: Row) -> Iterator[Cell]:
    where = (row[name] for name in ("test", "specimen", "unit", "dose_number", "cohort"))
    yield Cell(encode_cell("cmax", *where), row["n"], row["doses"])


def _response(row: Row) -> Iterator[Cell]:
    yield Cell(encode_cell("response", *(row[name] for name in ("test", "specimen", "unit", "dose_number", "analyte"))), row["n"])


def _is_elsewhere(row: Row) -> bool:
    """Concentrations and antibodies to the drug have tables of their own on the page."""
    return row["domain"] == "PC" or row["test"] in ADA_TESTS


def _findings(row: Row) -> Iterator[Cell]:
    if _is_elsewhere(row):
        return
    where = [row[name] for name in ("domain", "test", "category", "object", "visit")]
    for state in ("lower", "equal", "higher", "no_baseline", "not_comparable", "n"):
        yield Cell(encode_cell("findings", *where, state, row["cohort"]), row[state], row["n"])


def _transitions(row: Row) -> Iterator[Cell]:
    if _is_elsewhere(row):
        return
    where = (row[name] for name in ("domain", "test", "category", "object", "visit", "baseline", "result", "cohort"))
    yield Cell(encode_cell("transitions", *where), row["n"], row["denominator"])


def _titres(row: Row) -> Iterator[Cell]:
    where = [row[name] for name in ("domain", "test", "category", "object", "visit")]
    yield Cell(encode_cell("titres", *where, "positive", row["cohort"]), row["positive"], row["n"])
    yield Cell(encode_cell("titres", *where, "rose", row["cohort"]), row["appeared"] + row["risen"], row["n"])


def _scores(row: Row) -> Iterator[Cell]:
    where = [row[name] for name in ("domain", "test", "category", "object", "unit", "visit")]
    yield Cell(encode_cell("scores", *where, row["cohort"]), row["n"])


def _ada_counts(row: Row) -> Iterator[Cell]:
    yield Cell(encode_cell("ada-counts", row["kind"], row["group"], row["analyte"], row["visit"]), row["n"])


def _responders(row: Row) -> Iterator[Cell]:
    yield Cell(encode_cell("responders", row["who"], row["threshold"], row["cohort"]), row["responders"], row["denominator"])


def _both(scene: Scene) -> pd.DataFrame:
    return pd.concat([table_responders(scene, "eligible"), table_responders(scene, "everyone")], ignore_index=True)


def _sweep(row: Row) -> Iterator[Cell]:
    yield Cell(encode_cell("sweep", row["cohort"]), row["denominator"])


def _time_above(row: Row) -> Iterator[Cell]:
    where = row["threshold"], row["cohort"]
    yield Cell(encode_cell("time-above", "n", *where), row["n"], row["n"])
    yield Cell(encode_cell("time-above", "any", *where), row["n_any"], row["n"])


def _reached(row: Row) -> Iterator[Cell]:
    where = row["threshold"], row["cohort"]
    # One row ends the time of each: a count, or the baseline, which may be the mean of several.
    yield Cell(encode_cell("reached", "n", *where), row["n"], row["n"])
    yield Cell(encode_cell("reached", "events", *where), row["events"], row["n"])


def _count_reached(scene: Scene) -> pd.DataFrame:
    groups = table_time_to_threshold(scene).groupby(["threshold", "cohort"], as_index=False)
    return groups.agg(n=("event", "size"), events=("event", "sum"))


TABLES: Mapping[str, tuple[Callable[[Scene], pd.DataFrame], Callable[[Row], Iterator[Cell]]]] = {
    "events": (table_adverse_event_summary, _events),
    "terms": (table_adverse_event_terms, _terms),
    "grades": (table_adverse_event_grades, _grades),
    "onset": (table_adverse_event_onset, _onset),
    "shift": (table_lab_shift, _shift),
    "doses": (table_exposure_summary, _doses),
    "board": (table_escalation, _board),
    "antibodies": (table_ada_summary, _antibodies),
    "concentrations": (table_pk_summary, _concentrations),
    "cmax": (table_cmax_summary, _cmax),
    "response": (table_exposure_response_summary, _response),
    "findings": (table_finding_summary, _findings),
    "transitions": (table_finding_transitions, _transitions),
    "titres": (table_titre_summary, _titres),
    "scores": (table_questionnaire_summary, _scores),
    "ada-counts": (table_ada_count_summary, _ada_counts),
    "responders": (_both, _responders),
    "sweep": (table_sweep, _sweep),
    "time-above": (table_time_above_summary, _time_above),
    "reached": (_count_reached, _reached),
}


def faults(scene: Scene, cell: Cell, behind: Behind, with_rows: bool) -> list[str]:
    """What is wrong with what was found behind a cell; nothing when it is exactly what the cell says.

    Rows are read where the cell states their number, and `with_rows`.
    """
    found, counted, group = [], behind.counted, behind.group
    if len(set(counted.tolist())) != cell.n or len(counted) != cell.n:
        found.append(f"{len(counted)} participants")
    if cell.of is not None and len(group) != cell.of:
        found.append(f"{len(group)} in the group, not {cell.of}")
    if cell.rows is not None and len(behind.rows) != cell.rows:
        found.append(f"{len(behind.rows)} rows, not {cell.rows}")
    if not set(counted.tolist()) <= set(group.tolist()):
        found.append("counted outside the group")
    if with_rows and not set(behind.rows["participant_index"].tolist()) <= set(counted.tolist()):
        found.append("rows of others")
    if not scene.selection.mask[group].all():
        found.append("not in the selection")
    return [f"{cell.address} says {cell.n}: {fault}" for fault in found]
