"""The panel of a syndrome's worst grades by cohort, and what it shares with that of its days."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.safety.rates import Rates, compute_rates
from dashboard.endpoints.safety.syndrome_counts import CLASSES, GRADES, Courses, count_classes
from dashboard.figures.syndromes import LEVELS, NONE, UNGRADED, GradeBar, SyndromeSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import count_not_dosed, describe_not_dosed
from dashboard.panels.risk_groups import Group, list_groups
from dashboard.safety import find_at_risk
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.protocol import StudyProtocol
from dashboard.syndromes import find_courses, find_syndrome, name_scale
from dashboard.view.words import count_words, describe_interval

CLASS_LABELS = {"any": "Any grade", "1-2": "Grade 1–2", "3-5": "Grade ≥ 3"}


def name_panel(words: str) -> Any:
    """A title with the short name of the syndrome before `words`."""

    def title(protocol: StudyProtocol, subject: str, _x: str) -> str:
        return f"{next(syndrome.short for syndrome in protocol.safety.syndromes if syndrome.key == subject)}: {words}"

    return title


def find_nothing(courses: Courses, short: str) -> str:
    """Why nobody has the syndrome; "" where somebody has."""
    if not len(courses.person):
        return "No dosed participant in this selection"
    return "" if courses.has.any() else f"No {short} in this selection"


def summarise_grade_panel(scene: Scene, subject: str) -> SyndromeSummary:
    """Worst grades of everybody dosed, by cohort; who had none is part of the bar."""
    syndrome, courses, at_risk = find_syndrome(scene, subject), find_courses(scene, subject), find_at_risk(scene)
    n = count_classes(courses.person, courses.has, courses.grade, at_risk)
    rates = compute_rates(n, n, at_risk, scene.view.ci)
    groups, bars = list_groups(scene), _count_levels(courses, len(scene.protocol.cohorts))
    return SyndromeSummary(
        bars=tuple(GradeBar(group.label, tuple(bars[group.place].tolist())) for group in groups),
        name=syndrome.short,
        scale=name_scale(scene, syndrome),
        header=("Cohort", "Dosed", *(CLASS_LABELS.get(grades, f"Grade {grades}") for grades, _, _ in CLASSES)),
        cells=tuple(_row(subject, group, rates) for group in groups) if len(courses.person) else (),
        people=len(courses.person),
        off_scale=int(courses.other_scale.sum()),
        not_dosed=count_not_dosed(scene),
        nothing=find_nothing(courses, syndrome.short),
        synthetic=scene.snapshot.synthetic,
    )


def _count_levels(courses: Courses, cohorts: int) -> Ints:
    """Participants by cohort, then all of them (first axis), and by level in the order of LEVELS (second axis)."""
    keys = list(LEVELS)
    # 0 stands for no event of a grade: none at all, or some that are not graded.
    place_of = np.array([keys.index(UNGRADED), *map(keys.index, GRADES)])
    level = np.where(courses.has, place_of[courses.grade], keys.index(NONE))
    n = np.bincount(courses.cohort * len(keys) + level, minlength=cohorts * len(keys)).reshape(cohorts, len(keys))
    return np.vstack([n, n.sum(axis=0)])


def _row(subject: str, group: Group, rates: Rates) -> tuple[str, ...]:
    cells = (_cell(subject, grades, group.key, rates, (row, group.place)) for row, (grades, _, _) in enumerate(CLASSES))
    return group.label, str(rates.of[0, group.place]), *cells


def _cell(subject: str, grades: str, cohort: str, rates: Rates, at: tuple[int, int]) -> str:
    """n/N with percent and, where there is one, the interval, leading to the participants."""
    n, whole, lower = rates.n[at], rates.of[at], rates.lower[at]
    has_limits = grades in CLASS_LABELS and np.isfinite(lower)
    limits = f"; {lower:.1f} to {rates.upper[at]:.1f}" if has_limits else ""
    words = f"{n}/{whole} ({rates.percent[at]:.1f} %{limits})" if whole else f"{n}/{whole}"
    return link_cell(words.replace(" ", NO_BREAK), encode_cell("syndrome", subject, grades, cohort))


def describe_grades(summary: SyndromeSummary, scene: Scene) -> Words:
    """What is counted out of whom, on which scale, and which grades are on none of it."""
    caption = (
        f"Participants dosed by the worst grade of {summary.name} on {summary.scale}; figure: percent of those dosed, numbers in the bars "
        f"are participants; table: n/N (percent; for grades together also the {describe_interval(scene.view, scene.protocol)}, none where "
        f"N < 5). Events under treatment of any relation: the filter of relation and grade does not apply. {describe_scene(scene)}"
    )
    left_out = (*describe_not_dosed(summary.not_dosed), *describe_off_scale(summary.off_scale, summary.scale))
    shown = f"{count_words(summary.people, 'participant')} dosed"
    return Words(caption, shown, left_out, LEFT_OUT, summary.header if summary.cells else (), summary.cells)


def describe_off_scale(off_scale: int, scale: str) -> tuple[str, ...]:
    """How many events are graded on another scale; nothing when none is."""
    return (f"{count_words(off_scale, 'event')}: graded on another scale, which is not pooled with {scale}",) if off_scale else ()
