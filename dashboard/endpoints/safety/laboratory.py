"""Laboratory grades of a count, by the limits of the study definition, and how they move from baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Floats, Ints, encode_integers
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.rates import AtRisk
from dashboard.study.columns import BELOW_LOQ, COHORT, DAY, PARTICIPANT
from dashboard.study.safety import LaboratoryGrades

Against = Literal["worst", "last"]
AGAINST: tuple[Against, ...] = get_args(Against)
# One row per participant at risk. baseline, worst and last in cells/µL, each with its grade (see `compute_grades`) and day; worst and
# last are of the days after the first dose; worse: the worst grade is above the baseline grade; below_loq: worst is below its limit.
GRADED_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", COHORT: "str", "participant_index": "int64", "baseline": "float64", "baseline_grade": "str",
    "worst": "float64", "worst_grade": "str", "worst_day": "Int64", "last": "float64", "last_grade": "str", "last_day": "Int64",
    "worse": "bool", "below_loq": "bool",
}  # fmt: skip
# n participants of a cohort with this pair of grades, "" for no value; `of` and percent are of those who have both grades.
SHIFT_COLUMNS: dict[str, str] = {
    COHORT: "str", "baseline_grade": "str", "grade": "str", "n": "int64", "of": "int64", "percent": "float64",
}  # fmt: skip
EXPECTED_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", COHORT: "str", "rule": "str", "label": "str", DAY: "int64", "value": "float64", "grade": "str",
    "days_since_dose": "Int64", "dose_number": "Int64", "sentence": "str",
}  # fmt: skip


@dataclass(frozen=True)
class GradeCodes:
    """Rows of GRADED_COLUMNS as numbers: whose, and the grades by their position in (*list_grades(rule), "")."""

    size: int
    person: Ints = field(repr=False)
    baseline: Ints = field(repr=False)
    later: Mapping[Against, Ints] = field(repr=False)


def compute_grades(value: Floats, rule: LaboratoryGrades) -> pd.api.extensions.ExtensionArray:
    """Grade of each value in cells/µL as `str`: "0" to "5", the highest whose limit the value passes; "" for NaN.

    A value on a limit does not pass it: it falls in the milder grade. Without a lower limit of normal, grade 1 cannot be told from
    grade 0: what passes no other limit is then "0-1".
    """
    grade = np.where(np.isnan(value), "", _mildest(rule)).astype(object)
    for limit in sorted(rule.limits, key=lambda limit: limit.grade):
        below = rule.lower_limit_of_normal if limit.below_normal else limit.below
        passed = value > limit.above if limit.above is not None else value < (np.nan if below is None else below)
        grade[passed] = str(limit.grade)
    return pd.array(grade, dtype="str")


def list_grades(rule: LaboratoryGrades) -> tuple[str, ...]:
    """The grades `compute_grades` can give to a value by `rule`, mildest first."""
    stated = {str(limit.grade) for limit in rule.limits if not limit.below_normal or rule.lower_limit_of_normal is not None}
    return (_mildest(rule), *sorted(stated))


def derive_graded(analysis: Analysis, at_risk: AtRisk, rule: LaboratoryGrades, until: int | None = None) -> pd.DataFrame:
    """GRADED_COLUMNS of the participants at risk, in their order; values of one day count as their mean.

    All counts after day 0 count, unscheduled ones too, up to day `until` (inclusive; None: all). Of equal worst values the first
    counts. Baseline is that of the analysis' rule.
    """
    index = at_risk.frame["participant_index"].to_numpy()
    baseline = analysis.participants[f"baseline_{rule.analyte}"].to_numpy()[index]
    later = _select_later(analysis, rule, until)
    extreme = later.sort_values("value", ascending=not rule.upward, kind="stable").drop_duplicates("participant_index")
    columns = {"baseline": baseline, "baseline_grade": compute_grades(baseline, rule)}
    for name, chosen in (("worst", extreme), ("last", later.drop_duplicates("participant_index", keep="last"))):
        of = chosen.set_index("participant_index").reindex(index)
        value, day = of["value"].to_numpy(), of[DAY].to_numpy(dtype=np.int64, na_value=0)
        columns |= {name: value, f"{name}_grade": compute_grades(value, rule), f"{name}_day": encode_integers(day, ~np.isnan(value))}
    below = extreme.set_index("participant_index")[BELOW_LOQ].reindex(index, fill_value=False)
    worse = _compute_rank(columns["worst_grade"], rule) > _compute_rank(columns["baseline_grade"], rule)
    known = ~np.isnan(baseline) & ~np.isnan(columns["worst"])
    return at_risk.frame.assign(**columns, worse=worse & known, below_loq=below.to_numpy())[list(GRADED_COLUMNS)].astype(GRADED_COLUMNS)


def summarise_shift(graded: pd.DataFrame, at_risk: AtRisk, rule: LaboratoryGrades, against: Against = "worst") -> pd.DataFrame:
    """SHIFT_COLUMNS of GRADED_COLUMNS for every group and pair of grades, "" (no value) last; the cells of a group add up to its size.

    ValueError when `against` is neither worst nor last.
    """
    n, of, percent = count_shift(graded, at_risk, rule, against)
    return name_shift(at_risk, rule).assign(n=n, of=of, percent=percent).astype(SHIFT_COLUMNS)


def name_shift(at_risk: AtRisk, rule: LaboratoryGrades) -> pd.DataFrame:
    """cohort, baseline_grade and grade of SHIFT_COLUMNS."""
    grades = (*list_grades(rule), "")
    names = [(group, before, after) for group in at_risk.groups for before in grades for after in grades]
    return pd.DataFrame(names, columns=[COHORT, "baseline_grade", "grade"], dtype="str")


def count_shift(graded: pd.DataFrame, at_risk: AtRisk, rule: LaboratoryGrades, against: Against) -> tuple[Ints, Ints, Floats]:
    """n, of and percent of SHIFT_COLUMNS, in the order of `name_shift`."""
    if against not in AGAINST:
        raise ValueError(f"a shift goes to the worst or the last grade, not to {against!r}")
    codes = encode_grades(graded, rule)
    cells = count_pairs(codes, against, at_risk.cohort_of[codes.person], len(at_risk.protocol.cohorts))
    known = np.broadcast_to(cells[:, :-1, :-1].sum(axis=(1, 2))[:, None, None], cells.shape)
    both = np.zeros(cells.shape, dtype=bool)
    both[:, :-1, :-1] = True
    percent = np.divide(100.0 * cells, known, out=np.full(cells.shape, np.nan), where=both & (known > 0))
    return cells.ravel().astype(np.int64), known.ravel().astype(np.int64), percent.ravel()


def encode_grades(graded: pd.DataFrame, rule: LaboratoryGrades) -> GradeCodes:
    """The grades of GRADED_COLUMNS by `rule` as numbers, row by row."""
    grades = (*list_grades(rule), "")
    place = {grade: code for code, grade in enumerate(grades)}
    baseline, worst, last = (
        np.array([place[grade] for grade in graded[name].tolist()], dtype=np.int64)
        for name in ("baseline_grade", "worst_grade", "last_grade")
    )
    person = graded["participant_index"].to_numpy(dtype=np.int64)
    return GradeCodes(len(grades), person, baseline, {"worst": worst, "last": last})


def count_pairs(codes: GradeCodes, against: Against, cohort: Ints, cohorts: int) -> Ints:
    """Participants by cohort (then all of them), baseline grade and later grade: cohorts + 1 × size × size.

    `cohort` is the position of the cohort of each row of `codes`; a row with −1 is not counted.
    """
    size, counted = codes.size, cohort >= 0
    pair = (cohort * size + codes.baseline) * size + codes.later[against]
    cells = np.bincount(pair[counted], minlength=cohorts * size**2).reshape(cohorts, size, size)
    both: Ints = np.concatenate([cells, cells.sum(axis=0, keepdims=True)])
    return both


def derive_expected(analysis: Analysis, at_risk: AtRisk) -> pd.DataFrame:
    """EXPECTED_COLUMNS: each day after the first dose whose count is graded by a rule marked as expected; by participant, then day.

    Such a grade is what the treatment is meant to do: it is shown apart, not as a fault.
    """
    found = [_derive_expected_of(analysis, at_risk, rule) for rule in at_risk.protocol.safety.laboratory if rule.expected]
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in EXPECTED_COLUMNS.items()})
    return pd.concat([empty, *found], ignore_index=True).astype(EXPECTED_COLUMNS)


def _derive_expected_of(analysis: Analysis, at_risk: AtRisk, rule: LaboratoryGrades) -> pd.DataFrame:
    later = _select_later(analysis, rule, None)
    later = later[at_risk.cohort_of[later["participant_index"]] >= 0]
    graded = later.assign(grade=compute_grades(later["value"].to_numpy(), rule))
    graded = graded[~graded["grade"].isin((_mildest(rule), ""))]
    people = analysis.participants.iloc[graded["participant_index"]]
    scale = at_risk.protocol.safety.scale(rule.scale).label
    sentences = [
        f"{value:,.0f} cells/µL is “{rule.label}”, grade {grade} of {scale}: an expected effect of the treatment."
        for value, grade in zip(graded["value"], graded["grade"], strict=True)
    ]
    columns = {PARTICIPANT: people[PARTICIPANT].to_numpy(), COHORT: people[COHORT].to_numpy()}
    return graded.assign(**columns, rule=rule.key, label=rule.label, sentence=sentences)[list(EXPECTED_COLUMNS)]


def _select_later(analysis: Analysis, rule: LaboratoryGrades, until: int | None) -> pd.DataFrame:
    """The days of the rule's analyte after day 0 and up to `until`, by participant_index and day."""
    daily = analysis.daily[(analysis.daily["analyte"] == rule.analyte) & (analysis.daily[DAY] > 0)]
    return daily if until is None else daily[daily[DAY] <= until]


def _mildest(rule: LaboratoryGrades) -> str:
    undecided = any(limit.below_normal for limit in rule.limits) and rule.lower_limit_of_normal is None
    return "0-1" if undecided else "0"


def _compute_rank(grades: pd.api.extensions.ExtensionArray, rule: LaboratoryGrades) -> Ints:
    order = {grade: rank for rank, grade in enumerate(("", *list_grades(rule)))}
    return np.array([order[grade] for grade in grades], dtype=np.int64)
