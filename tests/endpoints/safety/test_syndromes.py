from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.safety.syndrome_counts import derive_courses, flag_class
from dashboard.endpoints.safety.syndromes import derive_syndrome, derive_syndrome_days, derive_treatments, summarise_grades, summarise_spans
from dashboard.study.columns import MEDICATION_COLUMNS, conform
from dashboard.study.safety import Scale, ScaleMapping
from dashboard.study.syndromes import Syndrome, SyndromeTreatment
from tests.endpoints.safety.trial import analyse, derived, event, everyone_at_risk, of_row, people, study

SCALE = "ASTCT 2019"
CRS = Syndrome(
    key="crs",
    label="Cytokine release syndrome",
    short="CRS",
    terms=("Cytokine release syndrome",),
    scale="astct-2019",
    treatments=(
        SyndromeTreatment(key="tocilizumab", label="Tocilizumab", names=("TOCILIZUMAB",)),
        SyndromeTreatment(key="steroids", label="Steroids", names=("DEXAMETHASONE", "METHYLPREDNISOLONE")),
    ),
)
SCALES = (Scale(key="astct-2019", label=SCALE, names=("ASTCT 2019",)), Scale(key="lee-2014", label="Lee 2014", names=("LEE 2014",)))
STUDY = study(scales=SCALES, syndromes=(CRS,))
ANALYSIS = analyse(people(a="240", b="240", c="480", d="480", e="480"), using=STUDY)
AT_RISK = everyone_at_risk(ANALYSIS)
UNTIL = np.full(5, 500.0)
NOT_GIVEN: dict[str, Any] = {
    "reported_name": "", "drug_class": "", "indication": "", "dose_text": "", "start_precision": "day", "end_day": None,
    "end_precision": "", "ongoing": False, "source_file": "cm",
}  # fmt: skip


def crs(participant: str, start_day: int | None, **changes: Any) -> dict[str, Any]:
    return event(participant, start_day, **{"term": "Cytokine release syndrome", "grading_scale": SCALE, **changes})


def given(participant: str, name: str, start_day: int, **changes: Any) -> dict[str, Any]:
    return {**NOT_GIVEN, "participant": participant, "name": name, "start_day": start_day, **changes}


def build_medications(*rows: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame([{**row, "source_row": number} for number, row in enumerate(rows, 1)], columns=list(MEDICATION_COLUMNS))
    return conform(frame, MEDICATION_COLUMNS)


def of_events(*rows: dict[str, Any], medications: pd.DataFrame | None = None, analysis: Any = ANALYSIS) -> pd.DataFrame:
    treatments = derive_treatments(build_medications() if medications is None else medications, analysis, (CRS,))
    return derive_syndrome(derived(analysis, *rows), treatments, everyone_at_risk(analysis), CRS, SCALE, UNTIL)


def test_who_had_no_event_has_grade_zero_and_no_days() -> None:
    row = of_row(of_events(event("a", 3)), participant="a")
    assert (row["grade"], row["events"], row["other_scale"], row["treatments"]) == (0, 0, 0, "")
    assert row["onset_day"] is None
    assert row["duration_days"] is None


def test_onset_is_the_first_start_end_the_last_end_and_both_days_count() -> None:
    rows = of_events(crs("a", 2, grade="1", end_day=4), crs("a", 4, grade="3", end_day=7))
    row = of_row(rows, participant="a")
    # Days 2 to 7: 2, 3, 4, 5, 6, 7 are six days.
    assert (row["grade"], row["onset_day"], row["end_day"], row["duration_days"], row["events"]) == (3, 2, 7, 6, 2)


def test_the_term_is_compared_without_case_and_an_event_before_the_first_dose_is_none_of_the_treatment() -> None:
    rows = of_events(crs("a", 3, term="CYTOKINE RELEASE SYNDROME", end_day=3), crs("b", -9, end_day=-8))
    assert rows.set_index("participant").loc[["a", "b"], "events"].tolist() == [1, 0]


def test_an_ongoing_syndrome_has_an_onset_and_no_end() -> None:
    row = of_row(of_events(crs("a", 5, ongoing=True), crs("a", 3, end_day=4)), participant="a")
    assert (row["onset_day"], row["ongoing"]) == (3, True)
    assert row["end_day"] is None
    assert row["duration_days"] is None


def test_a_day_that_is_not_known_leaves_the_day_missing() -> None:
    row = of_row(of_events(crs("a", 5, start_precision="month", end_day=9)), participant="a")
    assert row["onset_day"] is None
    assert (row["end_day"], row["grade"]) == (9, 1)


def test_without_any_grade_the_grade_is_missing_and_not_zero() -> None:
    row = of_row(of_events(crs("a", 5, grade="", end_day=6)), participant="a")
    assert row["grade"] is None
    assert row["events"] == 1


def test_grades_of_another_scale_are_counted_apart_and_never_pooled() -> None:
    row = of_row(of_events(crs("a", 5, grade="1", end_day=6), crs("a", 7, grade="4", end_day=9, grading_scale="LEE 2014")), participant="a")
    assert (row["grade"], row["end_day"], row["events"], row["other_scale"]) == (1, 6, 1, 1)


def test_a_mapping_of_the_definition_joins_two_scales() -> None:
    mapping = ScaleMapping(from_scale="lee-2014", to_scale="astct-2019", grades=(1, 2, 2, 3), source="test")
    analysis = analyse(
        people(a="240", b="240", c="480", d="480", e="480"), using=study(scales=SCALES, syndromes=(CRS,), mappings=(mapping,))
    )
    row = of_row(of_events(crs("a", 7, grade="4", end_day=9, grading_scale="LEE 2014"), analysis=analysis), participant="a")
    assert (row["grade"], row["events"], row["other_scale"]) == (3, 1, 0)


def test_treatments_are_those_of_the_definition_given_under_the_syndrome() -> None:
    medications = build_medications(
        given("a", "Dexamethasone", 3, end_day=4, end_precision="day"),
        given("a", "TOCILIZUMAB", 6),
        given("a", "METHYLPREDNISOLONE", 1, end_day=2, end_precision="day"),
        given("b", "TOCILIZUMAB", 20),
        given("c", "SOMETHING", 3, reported_name="tocilizumab"),
        given("d", "ACICLOVIR", 3),
    )
    rows = of_events(
        crs("a", 3, end_day=6), crs("b", 3, end_day=6), crs("c", 3, end_day=6), crs("d", 3, end_day=6), medications=medications
    ).set_index("participant")
    # a: dexamethasone on days 3 and 4, tocilizumab on day 6; the other steroid ended the day before. b: after the end.
    assert rows["treatments"].to_dict() == {"a": "tocilizumab,steroids", "b": "", "c": "tocilizumab", "d": "", "e": ""}


def test_a_treatment_under_an_ongoing_syndrome_counts() -> None:
    rows = of_events(crs("a", 3, ongoing=True), medications=build_medications(given("a", "TOCILIZUMAB", 90)))
    assert of_row(rows, participant="a")["treatments"] == "tocilizumab"


def test_participants_are_counted_by_their_worst_grade() -> None:
    rows = of_events(
        crs("a", 3, grade="1", end_day=4), crs("a", 4, grade="2", end_day=4), crs("c", 3, grade="4", end_day=9), crs("d", 3, grade="")
    )
    rates = summarise_grades(rows, AT_RISK, "exact")
    n = rates.pivot(index="grades", columns="cohort", values="n")[["240", "480", "720", "total"]]
    wanted = {
        "any": [1, 2, 0, 3], "1-2": [1, 0, 0, 1], "3-5": [0, 1, 0, 1], "1": [0, 0, 0, 0], "2": [1, 0, 0, 1], "3": [0, 0, 0, 0],
        "4": [0, 1, 0, 1], "5": [0, 0, 0, 0],
    }  # fmt: skip
    assert {grades: counts.tolist() for grades, counts in n.iterrows()} == wanted
    whole = of_row(rates, grades="any", cohort="total")
    # 3 of 5: Clopper and Pearson's limits, R's binom.test(3, 5): 0.1466328, 0.9472551.
    assert (whole["of"], whole["percent"]) == (5, 60.0)
    assert np.allclose([whole["lower"], whole["upper"]], [14.66328, 94.72551], atol=1e-4)


def test_each_day_of_the_syndrome_has_its_worst_grade() -> None:
    events = derived(
        ANALYSIS, crs("a", 2, grade="1", end_day=4), crs("a", 3, grade="3", end_day=3), crs("b", 498, ongoing=True, grade=""),
        crs("c", 7, grade="2"), crs("d", 3, grade="4", end_day=4, grading_scale="LEE 2014"), crs("e", None, end_day=3),
    )  # fmt: skip
    days = derive_syndrome_days(events, AT_RISK, CRS, SCALE, UNTIL)
    # a: days 2, 3, 4. b: ongoing, to the end of observation on day 500, not graded. c: no known end, its first day alone.
    wanted = [["a", 2, 1], ["a", 3, 3], ["a", 4, 1], ["b", 498, 0], ["b", 499, 0], ["b", 500, 0], ["c", 7, 2]]
    assert days[["participant", "day", "grade"]].to_numpy().tolist() == wanted


def test_without_events_there_are_no_days() -> None:
    assert derive_syndrome_days(derived(ANALYSIS), AT_RISK, CRS, SCALE, UNTIL).empty
    assert of_events()["grade"].tolist() == [0, 0, 0, 0, 0]


def test_onset_and_duration_are_summed_up_over_those_who_had_it() -> None:
    rows = of_events(
        crs("a", 2, end_day=4), crs("b", 5, end_day=14), crs("c", 9, ongoing=True), crs("d", 4, start_precision="month", end_day=6)
    )
    summary = of_row(summarise_spans(rows))
    # Onsets 2, 5, 9 (d: not known to the day): median 5. Durations 3 and 10 days: median 6.5.
    wanted = {
        "n": 4, "n_onset": 3, "onset_median": 5.0, "onset_min": 2.0, "onset_max": 9.0, "n_duration": 2, "duration_median": 6.5,
        "duration_min": 3.0, "duration_max": 10.0, "ongoing": 1,
    }  # fmt: skip
    assert summary == wanted


def test_without_anybody_there_is_no_median() -> None:
    summary = of_row(summarise_spans(of_events()))
    assert (summary["n"], summary["n_onset"]) == (0, 0)
    assert np.isnan(summary["onset_median"])


def test_courses_are_the_rows_as_numbers() -> None:
    rows = of_events(
        crs("a", 2, grade="3", end_day=4), crs("c", 5, grade="", ongoing=True), crs("d", 1, grading_scale="LEE 2014"),
        medications=build_medications(given("a", "DEXAMETHASONE", 3)),
    )  # fmt: skip
    courses = derive_courses(rows, AT_RISK, CRS)
    assert (courses.person.tolist(), courses.cohort.tolist()) == ([0, 1, 2, 3, 4], [0, 0, 1, 1, 1])
    assert (courses.has.tolist(), courses.grade.tolist()) == ([True, False, True, False, False], [3, 0, 0, 0, 0])
    np.testing.assert_array_equal(courses.onset, [2, np.nan, 5, np.nan, np.nan])
    np.testing.assert_array_equal(courses.duration, [3, np.nan, np.nan, np.nan, np.nan])
    assert (courses.ongoing.tolist(), courses.other_scale.tolist()) == ([False, False, True, False, False], [0, 0, 0, 1, 0])
    assert courses.given.tolist() == [[False, True], *[[False, False]] * 4]
    assert flag_class(courses.has, courses.grade, "any").tolist() == courses.has.tolist()
    assert flag_class(courses.has, courses.grade, "3-5").tolist() == [True, False, False, False, False]
    assert courses.select(courses.has).person.tolist() == [0, 2]
