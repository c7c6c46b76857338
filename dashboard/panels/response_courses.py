"""The swimmer plot: the course of every participant since the infusion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.responses import Best
from dashboard.figures.swimmer import CourseMarks, CourseRow, CourseSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, Words, describe_people, describe_scene
from dashboard.panels.response import describe_absence, find_nothing, list_best
from dashboard.response import find_best, find_courses, find_infused
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.keys import choice_label
from dashboard.view.response_choices import PART_ROWS
from dashboard.view.words import count_words

# Keys of milestones have no underscore, so these cannot be one.
RESPONSE, ONGOING = "first_response", "still_ongoing"
# More bars than these cannot be told apart; the parts of the view show the others.
MOST_ROWS = 600


def list_marks(scene: Scene) -> dict[str, str]:
    """The kinds of marks on a course, with their names: response, the milestones but the last contact, and that it goes on."""
    survival = scene.protocol.survival
    parts = {part.key: part.label for part in survival.milestones if part.key != survival.contact} if survival else {}
    return {RESPONSE: "First response", **parts, ONGOING: "Ongoing"}


def derive_marked(scene: Scene) -> pd.DataFrame:
    """One row per infused participant of the selection: participant_index, participant, cohort position, best, until, and a day per mark.

    Days are since the infusion, NaN for none; that of ONGOING is the last day seen. Who has no last day is left out.
    """
    best, courses = find_best(scene), find_courses(scene)
    table = courses.drop(columns="participant_index").assign(
        participant_index=courses["participant_index"],
        participant=best["participant"],
        group=scene.cohort_positions,
        best=best["best"],
        **{RESPONSE: best["response_day"].to_numpy(dtype=np.float64, na_value=np.nan)},
    )
    table[ONGOING] = table["until"].where(courses["ongoing"])
    return table[find_infused(scene) & table["until"].notna().to_numpy()]


def _order(scene: Scene, table: pd.DataFrame, best: tuple[Best, ...]) -> pd.DataFrame:
    """By group; within it longest observed first, or best response first."""
    ranks = {each.key: rank for rank, each in enumerate(best)}
    ranked = table.assign(rank=table["best"].map(ranks), falling=-table["until"])
    keys = ["group", "rank", "falling"] if scene.view.order == "response" else ["group", "falling", "rank"]
    return ranked.sort_values([*keys, "participant"], kind="stable")


def summarise_course_panel(scene: Scene, subject: str = "") -> CourseSummary:
    """The courses of the part that the view chooses, by group, with every mark on them; all of the selection in the table."""
    response = scene.protocol.response
    nothing = find_nothing(scene)
    if response is None or nothing:
        return _empty(scene, nothing)
    best = list_best(response)
    everyone = _order(scene, derive_marked(scene), best)
    first, last = _part(scene)
    shown = everyone.iloc[first:last]
    if shown.empty:
        said = f"No participant in {choice_label('part', scene.view.part, scene.protocol)}: there are {len(everyone)}."
        return _empty(scene, said if len(everyone) else "No participant infused in this selection.")
    rows = _rows(scene, everyone, shown, best)
    return CourseSummary(
        rows=rows,
        marks=tuple(_marks(kind, label, rows, shown) for kind, label in list_marks(scene).items() if shown[kind].notna().any()),
        best=best,
        day_zero=scene.protocol.study.day_zero,
        header=(scene.protocol.study.cohort_word, "Infused", *list_marks(scene).values()),
        cells=_cells(scene, everyone),
        people=len(shown),
        total=len(everyone),
        part_words=choice_label("part", scene.view.part, scene.protocol),
        order_words=choice_label("order", scene.view.order, scene.protocol),
        left_out=_left_out(scene, len(everyone), len(shown)),
        nothing="",
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _empty(scene: Scene, nothing: str) -> CourseSummary:
    empty: tuple[tuple[str, ...], ...] = ()
    day_zero, n = scene.protocol.study.day_zero, len(scene.protocol.cohorts)
    return CourseSummary((), (), (), day_zero, (), empty, 0, 0, "", "", {}, nothing, n, scene.snapshot.synthetic)


def _part(scene: Scene) -> tuple[int, int]:
    if scene.view.part == "all":
        return 0, MOST_ROWS
    number = int(scene.view.part)
    return (number - 1) * PART_ROWS, number * PART_ROWS


def _left_out(scene: Scene, total: int, shown: int) -> dict[str, int]:
    infused, part = find_infused(scene), choice_label("part", scene.view.part, scene.protocol)
    beyond = f"beyond the first {MOST_ROWS}" if scene.view.part == "all" else f"not among {part}"
    reasons = {
        "not infused": int((scene.selection.mask & ~infused).sum()),
        "last day not recorded": int(infused.sum()) - total,
        beyond: total - shown,
    }
    return {reason: n for reason, n in reasons.items() if n}


def _rows(scene: Scene, everyone: pd.DataFrame, shown: pd.DataFrame, best: tuple[Best, ...]) -> tuple[CourseRow, ...]:
    """A heading with its number of participants above each group, then the participants."""
    places, sizes = {each.key: place for place, each in enumerate(best)}, everyone["group"].value_counts()
    rows: list[CourseRow] = []
    for row in shown.to_dict("records"):
        group = int(row["group"])
        if not rows or rows[-1].group != group:
            rows.append(CourseRow(f"{scene.protocol.cohorts[group].label}, n = {sizes[group]}", group, is_heading=True))
        place = places[row["best"]]
        words = f"{row['participant']}: {best[place].label}, {_describe_end(row)}"
        rows.append(CourseRow(str(row["participant"]), group, False, int(row["participant_index"]), float(row["until"]), place, words))
    return tuple(rows)


def _describe_end(row: Mapping[object, object]) -> str:
    state = "died" if row["died"] else "ongoing" if row["ongoing"] else "observation ended"
    return f"{state} on day {row['until']:.0f}" if row["died"] else f"seen until day {row['until']:.0f}, {state}"


def _marks(kind: str, label: str, rows: tuple[CourseRow, ...], shown: pd.DataFrame) -> CourseMarks:
    days = dict(zip(shown["participant_index"].tolist(), shown[kind].tolist(), strict=True))
    people = [(place, row) for place, row in enumerate(rows) if not row.is_heading]
    found = [(place, row, days[row.participant]) for place, row in people if np.isfinite(days[row.participant])]
    words = tuple(f"{row.label}: {label.lower()}, day {day:.0f}" for _, row, day in found)
    return CourseMarks(kind, label, np.array([place for place, _, _ in found]), np.array([day for _, _, day in found]), words)


def _cells(scene: Scene, everyone: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    protocol = scene.protocol
    groups = [(key, protocol.cohort(key).label) for key in scene.view.cohorts(protocol)]
    rows = []
    for key, label in [*groups, (ALL_COHORTS, "All shown")]:
        own = everyone if key == ALL_COHORTS else everyone[everyone["group"] == protocol.cohort_keys.index(key)]
        counts = {"infused": len(own)} | {kind: int(own[kind].notna().sum()) for kind in list_marks(scene)}
        rows.append((label, *(link_cell(str(n), encode_cell("courses", kind, key)) for kind, n in counts.items())))
    return tuple(rows)


def describe_courses(summary: CourseSummary, scene: Scene) -> Words:
    """What bars and signs mean, and who is shown."""
    if summary.nothing:
        return describe_absence(summary.nothing, scene)
    caption = (
        f"Each bar is a participant from the {summary.day_zero} (day 0) to the last day seen, coloured by best response, in groups, "
        f"{summary.order_words}. Signs: first day of each event; an arrow: alive and under observation when last seen. Table: participants "
        f"with the event. A click opens the participant. {describe_scene(scene)}"
    )
    shown = f"{count_words(summary.people, 'participant')} of {summary.total:,}"
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, summary.header, summary.cells)
