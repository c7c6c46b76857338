"""Behind the cells of the shift table: who moved from which grade to which, with the counts that say so."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.behind.events import PAGE, read_at_risk
from dashboard.behind.parts import DOSED, Behind, check_cohort, count_rows, find_row, is_in_cohort, name_cohort, shape_rows
from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.safety.laboratory import derive_graded
from dashboard.safety import find_at_risk, table_lab_shift
from dashboard.scene import Scene
from dashboard.study.safety import LaboratoryGrades
from dashboard.view.words import BASE_WORDS


def find_shift(scene: Scene, grading: str, against: str, baseline_grade: str, grade: str, cohort: str) -> Behind:
    """Behind a number of the shift table: participants with this baseline grade and this worst or last grade ("" for no value)."""
    check_cohort(scene, cohort)
    find_row(table_lab_shift(scene), rule=grading, against=against, cohort=cohort, baseline_grade=baseline_grade, grade=grade)
    rule, graded = find_rule(scene, grading), find_graded(scene, grading)
    own = graded[is_in_cohort(scene, graded["participant_index"].to_numpy(), cohort)]
    moved = own[(own["baseline_grade"] == baseline_grade) & (own[f"{against}_grade"] == grade)]
    known = own[(own["baseline_grade"] != "") & (own[f"{against}_grade"] != "")]
    both = bool(baseline_grade and grade)
    counted = np.sort(moved["participant_index"].to_numpy(dtype=np.int64))
    placed = moved[moved[f"{against}_day"].notna()]

    def read() -> list[pd.DataFrame]:
        person, day = (placed[name].to_numpy(dtype=np.int64) for name in ("participant_index", f"{against}_day"))
        return [baseline_rows(scene, rule.analyte, counted), count_rows(scene, rule.analyte, person, day, f"{against} after day 0")]

    named = f"{rule.label} ({scene.protocol.safety.scale(rule.scale).label})"
    return Behind(
        title=f"{named}: baseline grade {_name(baseline_grade)} to {against} grade {_name(grade)}, {name_cohort(scene, cohort)}",
        page=PAGE,
        counted=counted,
        group=np.sort(known["participant_index"].to_numpy(dtype=np.int64)) if both else read_at_risk(scene, cohort),
        group_words="dosed participants with both grades" if both else DOSED,
        read=read,
        choices=f"Baseline: {BASE_WORDS[scene.view.base]}.",
    )


def find_rule(scene: Scene, grading: str) -> LaboratoryGrades:
    """The laboratory grading with this key."""
    return next(rule for rule in scene.protocol.safety.laboratory if rule.key == grading)


def find_graded(scene: Scene, grading: str) -> pd.DataFrame:
    """GRADED_COLUMNS of the dosed participants of the selection by one grading."""
    return derive_graded(scene.analysis, find_at_risk(scene), find_rule(scene, grading))


def baseline_rows(scene: Scene, analyte: str, people: Ints) -> pd.DataFrame:
    """ROW_COLUMNS of the counts that make each participant's baseline: of the last usable day, or of all under the rule `mean`."""
    counts = scene.analysis.counts
    counts = counts[(counts["analyte"] == analyte) & counts["participant_index"].isin(people)]
    usable = (counts["day"] <= 0).fillna(False).to_numpy(dtype=bool) & ~counts["after_dose"].to_numpy() & counts["value"].notna().to_numpy()
    rows = counts[usable]
    if scene.analysis.baseline_rule == "last":
        rows = rows[(rows["day"] == rows.groupby("participant_index")["day"].transform("max")).to_numpy(dtype=bool)]
    return shape_rows(rows, role="baseline", what=scene.protocol.analyte(analyte).short, unit=rows["unit_text"])


def _name(grade: str) -> str:
    return grade or "unknown (no value)"
