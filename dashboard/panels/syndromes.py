"""The panels of the syndromes: worst grades by cohort, and the days of each participant with what was given."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.participant_words import each_row
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.syndromes import CLASSES
from dashboard.figures.syndromes import LEVELS, NONE, UNGRADED, DayRow, DaySummary, GivenMarks, GradeBar, SyndromeSummary
from dashboard.panels.adverse_events import ALL_LABEL
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import count_not_dosed, describe_not_dosed
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.protocol import StudyProtocol
from dashboard.syndromes import (
    find_syndrome,
    find_syndrome_days,
    find_syndrome_rows,
    find_treatments,
    name_scale,
    table_crs_icans_summary,
    table_syndrome_times,
)
from dashboard.view.words import count_words, describe_interval

# Days beyond it are in the table alone: a syndrome that is ongoing for a year would leave no room for the first weeks.
LAST_DAY = 42
CLASS_LABELS = {"any": "Any grade", "1-2": "Grade 1–2", "3-5": "Grade ≥ 3"}
Row = Mapping[Hashable, Any]


def name_panel(words: str) -> Any:
    """A title with the short name of the syndrome before `words`."""

    def title(protocol: StudyProtocol, subject: str, _x: str) -> str:
        return f"{next(syndrome.short for syndrome in protocol.safety.syndromes if syndrome.key == subject)}: {words}"

    return title


def _groups(scene: Scene) -> list[tuple[str, str]]:
    """Key and label of the cohorts shown, then of all of them."""
    shown = [(key, scene.protocol.cohort(key).label) for key in scene.view.cohorts(scene.protocol)]
    return [*shown, (ALL_COHORTS, ALL_LABEL)]


def _find_nothing(scene: Scene, rows: pd.DataFrame, short: str) -> str:
    if rows.empty:
        return "No dosed participant in this selection"
    return "" if (rows["events"] > 0).any() else f"No {short} in this selection"


def summarise_grade_panel(scene: Scene, subject: str) -> SyndromeSummary:
    """Worst grades of everybody dosed, by cohort; who had none is part of the bar."""
    syndrome, rows = find_syndrome(scene, subject), find_syndrome_rows(scene, subject)
    nothing, groups = _find_nothing(scene, rows, syndrome.short), _groups(scene)
    table = table_crs_icans_summary(scene)
    own = {(row["grades"], row["cohort"]): row for row in table[table["syndrome"] == subject].to_dict("records")}
    cells = [(label, str(own["any", key]["of"]), *(_cell(subject, own[grades, key]) for grades, _, _ in CLASSES)) for key, label in groups]
    return SyndromeSummary(
        bars=tuple(_bar(label, rows if key == ALL_COHORTS else rows[rows["cohort"] == key]) for key, label in groups),
        name=syndrome.short,
        scale=name_scale(scene, syndrome),
        header=("Cohort", "Dosed", *(CLASS_LABELS.get(grades, f"Grade {grades}") for grades, _, _ in CLASSES)),
        cells=() if rows.empty else tuple(cells),
        people=len(rows),
        off_scale=int(rows["other_scale"].sum()),
        not_dosed=count_not_dosed(scene),
        nothing=nothing,
        synthetic=scene.snapshot.synthetic,
    )


def _bar(label: str, rows: pd.DataFrame) -> GradeBar:
    level = rows["grade"].to_numpy(dtype=np.int64, na_value=UNGRADED)
    level = np.where(rows["events"].to_numpy() == 0, NONE, level)
    return GradeBar(label, tuple(int((level == key).sum()) for key in LEVELS))


def _cell(subject: str, row: Row) -> str:
    """n/N with percent and, where there is one, the interval, leading to the participants."""
    of = f"{row['n']}/{row['of']}"
    has_limits = row["grades"] in CLASS_LABELS and np.isfinite(row["lower"])
    limits = f"; {row['lower']:.1f} to {row['upper']:.1f}" if has_limits else ""
    words = f"{of} ({row['percent']:.1f} %{limits})" if row["of"] else of
    return link_cell(words.replace(" ", NO_BREAK), encode_cell("syndrome", subject, row["grades"], row["cohort"]))


def describe_grades(summary: SyndromeSummary, scene: Scene) -> Words:
    """What is counted out of whom, on which scale, and which grades are on none of it."""
    caption = (
        f"Participants dosed by the worst grade of {summary.name} on {summary.scale}; figure: percent of those dosed, numbers in the bars "
        f"are participants; table: n/N (percent; for grades together also the {describe_interval(scene.view, scene.protocol)}, none where "
        f"N < 5). Events under treatment of any relation: the filter of relation and grade does not apply. {describe_scene(scene)}"
    )
    left_out = (*describe_not_dosed(summary.not_dosed), *_describe_off(summary.off_scale, summary.scale))
    shown = f"{count_words(summary.people, 'participant')} dosed"
    return Words(caption, shown, left_out, LEFT_OUT, summary.header if summary.cells else (), summary.cells)


def _describe_off(off_scale: int, scale: str) -> tuple[str, ...]:
    return (f"{count_words(off_scale, 'event')}: graded on another scale, which is not pooled with {scale}",) if off_scale else ()


def summarise_day_panel(scene: Scene, subject: str) -> DaySummary:
    """Participants with the syndrome on a known day, by cohort, worst grade and onset; a column for each day up to LAST_DAY."""
    syndrome, rows, days = find_syndrome(scene, subject), find_syndrome_rows(scene, subject), find_syndrome_days(scene, subject)
    had = rows[rows["events"] > 0]
    shown = days[days["day"] <= LAST_DAY]
    drawn = _rows(scene, had[had["participant_index"].isin(shown["participant_index"])])
    row_of = {row.participant: place for place, row in enumerate(drawn) if not row.is_heading}
    first = int(min(shown["day"].min(), 0)) if len(shown) else 0
    levels, hover = _lay_out(shown, row_of, len(drawn), first)
    return DaySummary(
        rows=drawn,
        first_day=first,
        levels=levels,
        hover=hover,
        given=_given(scene, subject, row_of),
        name=syndrome.short,
        scale=name_scale(scene, syndrome),
        day_zero=scene.protocol.study.day_zero,
        header=(*TIME_HEADER, *(treatment.label for treatment in syndrome.treatments)),
        cells=_time_cells(scene, subject) if len(rows) else (),
        people=len(row_of),
        undated=int((~had["participant_index"].isin(days["participant_index"])).sum()),
        later=int((days["day"] > LAST_DAY).sum()),
        off_scale=int(rows["other_scale"].sum()),
        not_dosed=count_not_dosed(scene),
        nothing=_find_nothing(scene, rows, syndrome.short) or ("" if drawn else f"No day of {syndrome.short} is known in this selection"),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _rows(scene: Scene, had: pd.DataFrame) -> tuple[DayRow, ...]:
    place = had["cohort"].map({key: at for at, key in enumerate(scene.protocol.cohort_keys)})
    ordered = had.assign(place=place).sort_values(["place", "grade", "onset_day"], ascending=[True, False, True], kind="stable")
    rows: list[DayRow] = []
    for name, index, cohort in zip(ordered["participant"], ordered["participant_index"], ordered["place"], strict=True):
        if not rows or rows[-1].cohort != cohort:
            rows.append(DayRow(scene.protocol.cohorts[cohort].label, int(cohort), is_heading=True))
        rows.append(DayRow(name, int(cohort), int(index)))
    return tuple(rows)


def _lay_out(days: pd.DataFrame, row_of: Mapping[int, int], rows: int, first: int) -> tuple[np.ndarray, tuple[tuple[str, ...], ...]]:
    width = int(days["day"].max()) - first + 1 if len(days) else 0
    levels, hover = np.full((rows, width), np.nan), [[""] * width for _ in range(rows)]
    for name, index, day, grade in zip(
        *(days[column].tolist() for column in ("participant", "participant_index", "day", "grade")), strict=True
    ):
        at, column = row_of[index], day - first
        levels[at, column] = grade or UNGRADED
        hover[at][column] = f"{name}, day {day}: {f'worst grade {grade}' if grade else 'not graded'}"
    return levels, tuple(tuple(row) for row in hover)


def _given(scene: Scene, subject: str, row_of: Mapping[int, int]) -> tuple[GivenMarks, ...]:
    """The first day of each treatment of the syndrome to participants who have a row, up to LAST_DAY."""
    given = find_treatments(scene)
    given = given[given["participant_index"].isin(list(row_of)) & (given["first_day"] <= LAST_DAY)]
    # A treatment has the same sign under every syndrome.
    every = [treatment.key for syndrome in scene.protocol.safety.syndromes for treatment in syndrome.treatments]
    order, marks = list(dict.fromkeys(every)), []
    for treatment in find_syndrome(scene, subject).treatments:
        own = given[given["treatment"] == treatment.key]
        if len(own):
            words = [f"{row.participant}: {row.name.capitalize()}, day {row.first_day} to {row.last_day}" for row in each_row(own)]
            rows = own["participant_index"].map(row_of).to_numpy(dtype=np.int64)
            marks.append(GivenMarks(treatment.label, order.index(treatment.key), rows, own["first_day"].to_numpy(), tuple(words)))
    return tuple(marks)


TIME_HEADER = (
    "Cohort", "Participants with it", "Onset, day: median (range)", "with a known onset", "Duration, days: median (range)",
    "with a known duration", "Ongoing",
)  # fmt: skip


def _time_cells(scene: Scene, subject: str) -> tuple[tuple[str, ...], ...]:
    table = table_syndrome_times(scene)
    own = {row["cohort"]: row for row in table[table["syndrome"] == subject].to_dict("records")}
    return tuple(
        (
            label,
            link_cell(str(own[key]["n"]), encode_cell("syndrome", subject, "any", key)),
            _range(own[key], "onset"),
            str(own[key]["n_onset"]),
            _range(own[key], "duration"),
            str(own[key]["n_duration"]),
            str(own[key]["ongoing"]),
            *_count_treated(scene, subject, key),
        )
        for key, label in _groups(scene)
    )


def _count_treated(scene: Scene, subject: str, cohort: str) -> tuple[str, ...]:
    """Participants to whom each treatment of the syndrome was given under it."""
    rows = find_syndrome_rows(scene, subject)
    own = rows if cohort == ALL_COHORTS else rows[rows["cohort"] == cohort]
    given = [set(keys.split(",")) for keys in own["treatments"]]
    return tuple(str(sum(treatment.key in keys for keys in given)) for treatment in find_syndrome(scene, subject).treatments)


def _range(row: Row, name: str) -> str:
    if not row[f"n_{name}"]:
        return "–"
    return f"{row[f'{name}_median']:g} ({row[f'{name}_min']:g}–{row[f'{name}_max']:g})".replace(" ", NO_BREAK)


def describe_days(summary: DaySummary, scene: Scene) -> Words:
    """What a cell is, what marks are, and which participants and days are in none."""
    caption = (
        f"Worst grade of {summary.name} on {summary.scale} on each day, from the first possible to the last possible day of an event, an "
        f"ongoing one to the end of observation, up to day {LAST_DAY}. Rows: participants with {summary.name} by cohort, worst grade and "
        "onset; marks: first day of a treatment. Table: onset is the first day, duration counts both its first and its last day; both "
        f"where known to the day. {describe_scene(scene)}"
    )
    undated = (f"{count_words(summary.undated, 'participant')}: no start of it known",) if summary.undated else ()
    later = (f"{count_words(summary.later, 'day')} of participants: after day {LAST_DAY}",) if summary.later else ()
    left_out = (*describe_not_dosed(summary.not_dosed), *_describe_off(summary.off_scale, summary.scale), *undated, *later)
    shown = f"{count_words(summary.people, 'participant')} with {summary.name}"
    return Words(caption, shown, left_out, LEFT_OUT, summary.header if summary.cells else (), summary.cells)
