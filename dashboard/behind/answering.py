"""Behind the cells of the response page: who responded out of whom, in one group or two; sizes; courses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard.behind.parts import Behind, check_cohort, find_row, is_in_cohort, name_cohort, shape_rows
from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.pooled.rates import BEST, INFUSED, RATE, flag_among
from dashboard.endpoints.pooled.response import select_responses
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.errors import NotFoundError
from dashboard.panels.response import AMONG_WORDS
from dashboard.panels.response_courses import ONGOING, RESPONSE, derive_marked, list_marks
from dashboard.response import (
    NO_RESPONSE,
    find_best,
    find_flags,
    find_sizes,
    flag_group,
    flag_others,
    list_groups,
    list_measures,
    list_trials,
    table_response_summary,
)
from dashboard.scene import Scene
from dashboard.study.pooled import Response
from dashboard.study.references import Reference, encode_reference
from dashboard.view.words import lower_first

PAGE = "response"
SIZES: Mapping[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
    "n": ("With a change of tumour size", lambda change: np.ones(len(change), dtype=bool)),
    "smaller": ("With a smaller tumour", lambda change: change < 0),
    "not-smaller": ("With a tumour not smaller", lambda change: change >= 0),
}


def _section(scene: Scene) -> Response:
    if scene.protocol.response is None:
        raise NotFoundError("cell", NO_RESPONSE)
    return scene.protocol.response


def find_rates(scene: Scene, rate: str, grouping: str, category: str, among: str) -> Behind:
    """Behind n/N of a rate in a group: who responded, out of the evaluable or the infused."""
    return _find_counted(scene, RATE, rate, grouping, category, among)


def find_best_responses(scene: Scene, best: str, grouping: str, category: str) -> Behind:
    """Behind a number of participants with a best response, out of the infused."""
    return _find_counted(scene, BEST, best, grouping, category, INFUSED)


def _find_counted(scene: Scene, kind: str, measure: str, grouping: str, category: str, among: str) -> Behind:
    _section(scene)
    where = {"kind": kind, "measure": measure, "grouping": grouping, "category": category, "among": among}
    cell = find_row(table_response_summary(scene), **where)
    flags = find_flags(scene)[kind, measure]
    inside = flag_among(find_best(scene))[among] & flag_group(scene, grouping, category)
    label = "all shown" if grouping == ALL_COHORTS else cell["label"]
    of = Reference("rate", rate=measure, grouping=grouping, category=category, among=among)
    found = _of_flags(scene, f"{cell['measure_label']}, {label}", flags, inside, among)
    return replace(found, of=encode_reference(of)) if kind == RATE else found


def find_compared(scene: Scene, rate: str, grouping: str, category: str, side: str, trial: str, among: str) -> Behind:
    """Behind n/N of one side of a comparison: the group, or the others of its grouping; in one trial or in all."""
    response = _section(scene)
    find_row(pd.DataFrame({"side": ["group", "others"]}), side=side)
    find_row(pd.DataFrame({"among": list(AMONG_WORDS)}), among=among)
    group = next((g for g in list_groups(scene) if (g.grouping, g.category) == (grouping, category)), None)
    trials = {each.category: each for each in list_trials(scene)}
    if group is None or (RATE, rate) not in list_measures(response) or trial not in (*trials, ALL_COHORTS):
        raise NotFoundError("cell", ", ".join((rate, grouping, category, trial)))
    members: Flags = flag_group(scene, grouping, category) if side == "group" else flag_others(scene, grouping, category)
    inside = members & flag_among(find_best(scene))[among] & (True if trial == ALL_COHORTS else trials[trial].members)
    flags = find_flags(scene)[RATE, rate]
    at = "" if trial == ALL_COHORTS else f", {trials[trial].label}"
    label = group.label if side == "group" else f"the others than {lower_first(group.label)}"
    return _of_flags(scene, f"{list_measures(response)[RATE, rate]}, {label}{at}", flags, inside, among)


def _of_flags(scene: Scene, title: str, flags: Flags, inside: Flags, among: str) -> Behind:
    counted, group = np.flatnonzero(flags & inside), np.flatnonzero(inside)
    words = f"participants {AMONG_WORDS[among]}"
    return Behind(title, PAGE, counted, group, words, lambda: [_response_rows(scene, counted)])


def _response_rows(scene: Scene, people: Ints) -> pd.DataFrame:
    """ROW_COLUMNS of the delivered responses of `people`, the one that counts first."""
    response, best = _section(scene), find_best(scene)
    rows = select_responses(scene.analysis, scene.records("finding"), response)
    rows = rows[rows["participant_index"].isin(people)]
    chosen = best.set_index("participant_index")[["source_file", "source_row"]].reindex(rows["participant_index"])
    counts = (rows["source_file"].to_numpy() == chosen["source_file"].to_numpy()) & (
        rows["source_row"].to_numpy() == chosen["source_row"].to_numpy(dtype=np.float64, na_value=-1)
    )
    role = np.where(counts, "best response", np.where(rows["test"] == response.test, "other best response", "assessment"))
    what = rows["label"].where(rows["label"] != "", rows["test"])
    shaped = shape_rows(rows, role=role, what=what, note=rows["category"])
    return shaped.assign(first=~counts).sort_values(["first", "day"], kind="stable").drop(columns="first")


def find_size_cells(scene: Scene, column: str, cohort: str) -> Behind:
    """Behind a number of participants with a change of tumour size."""
    _section(scene)
    check_cohort(scene, cohort)
    if column not in SIZES:
        raise NotFoundError("cell", f"column {column}", list(SIZES))
    sizes = find_sizes(scene)
    sizes = sizes[is_in_cohort(scene, sizes["participant_index"].to_numpy(), cohort)]
    words, chooses = SIZES[column]
    kept = sizes[chooses(sizes["change"].to_numpy())]
    counted, group = (np.sort(rows["participant_index"].to_numpy()) for rows in (kept, sizes))
    note = [f"day {day}, lowest of {n}" for day, n in zip(kept["day"], kept["assessments"], strict=True)]

    def read() -> list[pd.DataFrame]:
        text = kept["change"].map(lambda change: f"{change:g}")
        return [shape_rows(kept, role="lowest change", what="Change of tumour size", value_text=text, unit="%", note=note)]

    return Behind(f"{words}, {name_cohort(scene, cohort)}", PAGE, counted, group, "participants with a size", read)


def find_course_cells(scene: Scene, column: str, cohort: str) -> Behind:
    """Behind a number of participants infused, or with an event of the course."""
    _section(scene)
    check_cohort(scene, cohort)
    marks = {"infused": "Infused", **list_marks(scene)}
    if column not in marks:
        raise NotFoundError("cell", f"column {column}", list(marks))
    table = derive_marked(scene)
    table = table[is_in_cohort(scene, table["participant_index"].to_numpy(), cohort)]
    kept = table if column == "infused" else table[table[column].notna()]
    counted, group = (rows["participant_index"].to_numpy(dtype=np.int64) for rows in (kept, table))
    title = f"{marks[column]}, {name_cohort(scene, cohort)}"
    return Behind(title, PAGE, counted, group, "participants infused", lambda: _read_course(scene, column, counted))


def _read_course(scene: Scene, column: str, people: Ints) -> list[pd.DataFrame]:
    """The responses behind a response, else the milestones of the record: those of the event, or all."""
    if column == RESPONSE:
        return [_response_rows(scene, people)]
    survival, names = scene.protocol.survival, scene.analysis.participants["participant"]
    place = {str(names.iloc[person]): person for person in people}
    rows = scene.records("milestone")
    rows = rows[rows["participant"].isin(list(place))]
    own = next((part.codes for part in survival.milestones if part.key == column), None) if survival else None
    if own is not None and column != ONGOING:
        rows = rows[rows["term"].str.strip().str.casefold().isin([code.casefold() for code in own])]
    index = rows["participant"].map(place).astype("int64")
    return [shape_rows(rows, participant_index=index, role="milestone", what=rows["term"], note=rows["category"].str.lower())]
