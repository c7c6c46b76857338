"""Behind the numbers of the syndromes: who had one, at which worst grade, out of the participants dosed."""

from __future__ import annotations

import numpy as np

from dashboard.behind.events import PAGE, read_at_risk, shape_events
from dashboard.behind.parts import DOSED, Behind, check_cohort, is_in_cohort, name_cohort
from dashboard.panels.syndromes import CLASS_LABELS
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.syndromes import find_courses, find_syndrome, find_syndrome_events, flag_grades, name_scale
from dashboard.view.words import count_words, lower_first

CHOICES = "Events under treatment of any relation; the filter of relation and grade does not apply."


def find_syndrome_cell(scene: Scene, syndrome: str, grades: str, cohort: str) -> Behind:
    """Behind a number of participants by worst grade of a syndrome."""
    check_cohort(scene, cohort)
    courses, own = find_courses(scene, syndrome), find_syndrome(scene, syndrome)
    counted = np.sort(courses.person[flag_grades(courses, grades) & is_in_cohort(scene, courses.person, cohort)])
    events = find_syndrome_events(scene, syndrome, cohort)
    events = events[events["participant_index"].isin(counted)]
    worst = lower_first(CLASS_LABELS.get(grades, f"Grade {grades}"))
    words = "" if grades == "any" else f", worst {worst} ({name_scale(scene, own)})"
    whole = (f"{own.short}, any grade", encode_cell("syndrome", syndrome, "any", cohort))
    return Behind(
        title=f"{own.label}{words}, {name_cohort(scene, cohort)}",
        page=PAGE,
        counted=counted,
        group=read_at_risk(scene, cohort),
        group_words=DOSED,
        read=lambda: [shape_events(events)],
        amounts=(count_words(len(events), "event"),),
        choices=CHOICES,
        near=() if grades == "any" else (whole,),
    )
