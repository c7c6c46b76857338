"""The swimmer plot: the course of every participant since the infusion."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Floats, Ints
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


@dataclass(frozen=True)
class Drawn:
    """The course of everybody infused in the data cut as it is drawn, an entry per participant; what the view chooses are places in it.

    order  places by group, for each way to sort within it
    days   of each kind of mark, NaN for none; words: what is said of each
    """

    person: Ints = field(repr=False)
    group: Ints = field(repr=False)
    rows: tuple[CourseRow, ...] = field(repr=False)
    order: Mapping[str, Ints] = field(repr=False)
    days: Mapping[str, Floats] = field(repr=False)
    words: Mapping[str, tuple[str, ...]] = field(repr=False)


def derive_marked(scene: Scene) -> pd.DataFrame:
    """One row per infused participant of the selection: participant_index, participant, cohort position, best, until, and a day per mark.

    Days are since the infusion, NaN for none; that of ONGOING is the last day seen. Who has no last day is left out.
    """
    table = scene.of_cut("marked courses", lambda: _derive_marked(scene))
    return table[find_infused(scene)[table["participant_index"].to_numpy()]]


def _derive_marked(scene: Scene) -> pd.DataFrame:
    best, courses = find_best(scene), find_courses(scene)
    table = courses.drop(columns="participant_index").assign(
        participant_index=courses["participant_index"],
        participant=best["participant"],
        group=scene.cohort_positions,
        best=best["best"],
        **{RESPONSE: best["response_day"].to_numpy(dtype=np.float64, na_value=np.nan)},
    )
    table[ONGOING] = table["until"].where(courses["ongoing"])
    return table[best["infused"].to_numpy(dtype=bool) & table["until"].notna().to_numpy()]


def _find_drawn(scene: Scene, best: tuple[Best, ...]) -> Drawn:
    def derive() -> Drawn:
        table = scene.of_cut("marked courses", lambda: _derive_marked(scene)).reset_index(drop=True)
        places = {each.key: place for place, each in enumerate(best)}
        ranked = table.assign(rank=table["best"].map(places), falling=-table["until"])
        sortings = {"response": ["rank", "falling"], "length": ["falling", "rank"]}
        orders = {name: ranked.sort_values(["group", *keys, "participant"], kind="stable").index for name, keys in sortings.items()}
        marks = {kind: table[kind].to_numpy(dtype=np.float64) for kind in list_marks(scene)}
        names = table["participant"].tolist()
        return Drawn(
            person=table["participant_index"].to_numpy(dtype=np.int64),
            group=table["group"].to_numpy(dtype=np.int64),
            rows=tuple(_draw_row(row, places[row["best"]], best) for row in table.to_dict("records")),
            order={name: np.asarray(order, dtype=np.int64) for name, order in orders.items()},
            days=marks,
            words={kind: _say(names, label, marks[kind]) for kind, label in list_marks(scene).items()},
        )

    return scene.of_cut("drawn courses", derive)


def _draw_row(row: Mapping[Hashable, Any], place: int, best: tuple[Best, ...]) -> CourseRow:
    words = f"{row['participant']}: {best[place].label}, {_describe_end(row)}"
    return CourseRow(row["participant"], int(row["group"]), False, int(row["participant_index"]), float(row["until"]), place, words)


def _say(names: Sequence[str], label: str, days: Floats) -> tuple[str, ...]:
    """What is said of each mark; "" where there is none."""
    said = label.lower()
    return tuple(
        f"{name}: {said}, day {day:.0f}" if there else ""
        for name, day, there in zip(names, days.tolist(), np.isfinite(days).tolist(), strict=True)
    )


def summarise_course_panel(scene: Scene, subject: str = "") -> CourseSummary:
    """The courses of the part that the view chooses, by group, with every mark on them; all of the selection in the table."""
    response = scene.protocol.response
    nothing = find_nothing(scene)
    if response is None or nothing:
        return _empty(scene, nothing)
    best = list_best(response)
    drawn = _find_drawn(scene, best)
    order = drawn.order["response" if scene.view.order == "response" else "length"]
    everyone = order[find_infused(scene)[drawn.person[order]]]
    first, last = _part(scene)
    shown = everyone[first:last]
    if not len(shown):
        said = f"No participant in {choice_label('part', scene.view.part, scene.protocol)}: there are {len(everyone)}."
        return _empty(scene, said if len(everyone) else "No participant infused in this selection.")
    rows, marks = _rows(scene, drawn, everyone, shown), list_marks(scene)
    return CourseSummary(
        rows=rows,
        marks=tuple(_marks(kind, label, rows, drawn, shown) for kind, label in marks.items() if np.isfinite(drawn.days[kind][shown]).any()),
        best=best,
        day_zero=scene.protocol.study.day_zero,
        header=(scene.protocol.study.cohort_word, "Infused", *marks.values()),
        cells=_cells(scene, drawn, everyone),
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


def _rows(scene: Scene, drawn: Drawn, everyone: Ints, shown: Ints) -> tuple[CourseRow, ...]:
    """A heading with its number of participants above each group, then the participants."""
    sizes = np.bincount(drawn.group[everyone], minlength=len(scene.protocol.cohorts))
    rows: list[CourseRow] = []
    for place in shown.tolist():
        row = drawn.rows[place]
        if not rows or rows[-1].group != row.group:
            rows.append(CourseRow(f"{scene.protocol.cohorts[row.group].label}, n = {sizes[row.group]}", row.group, is_heading=True))
        rows.append(row)
    return tuple(rows)


def _describe_end(row: Mapping[Hashable, Any]) -> str:
    state = "died" if row["died"] else "ongoing" if row["ongoing"] else "observation ended"
    return f"{state} on day {row['until']:.0f}" if row["died"] else f"seen until day {row['until']:.0f}, {state}"


def _marks(kind: str, label: str, rows: tuple[CourseRow, ...], drawn: Drawn, shown: Ints) -> CourseMarks:
    """The marks of one kind on the `rows` of those `shown`, who stand in the same order."""
    there = np.isfinite(drawn.days[kind][shown])
    found, positions = shown[there], np.array([position for position, row in enumerate(rows) if not row.is_heading])
    words = tuple(drawn.words[kind][place] for place in found.tolist())
    return CourseMarks(kind, label, positions[there], drawn.days[kind][found], words)


def _cells(scene: Scene, drawn: Drawn, everyone: Ints) -> tuple[tuple[str, ...], ...]:
    protocol, group = scene.protocol, drawn.group[everyone]
    there = [np.ones(len(everyone), dtype=bool), *(np.isfinite(drawn.days[kind][everyone]) for kind in list_marks(scene))]
    counts = np.stack([np.bincount(group[part], minlength=len(protocol.cohorts)) for part in there], axis=1)
    keys = scene.view.cohorts(protocol)
    numbers = [*(counts[protocol.cohort_keys.index(key)] for key in keys), counts.sum(axis=0)]
    labels = [*(protocol.cohort(key).label for key in keys), "All shown"]
    rows = []
    for key, label, own in zip((*keys, ALL_COHORTS), labels, numbers, strict=True):
        columns = zip(("infused", *list_marks(scene)), own.tolist(), strict=True)
        rows.append((label, *(link_cell(str(n), encode_cell("courses", kind, key)) for kind, n in columns)))
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
