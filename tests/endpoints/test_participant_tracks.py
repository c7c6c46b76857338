"""Everything recorded about a participant stands in one table, with what was planned and did not happen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints import participant_tracks as tracks
from dashboard.endpoints.participant_words import describe_delay
from dashboard.endpoints.records import Analysis
from tests.endpoints.builders import build_analysis, course, everyone
from tests.endpoints.recorded import analysis_of_everything, build_records


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analysis_of_everything()


@pytest.fixture(scope="module")
def entries(analysis: Analysis) -> pd.DataFrame:
    return tracks.derive_entries(analysis, build_records(), everyone(analysis))


def of(entries: pd.DataFrame, kind: str) -> pd.DataFrame:
    return entries[entries["kind"] == kind]


def test_every_record_is_one_row_and_the_rest_is_derived(entries: pd.DataFrame, analysis: Analysis) -> None:
    delivered = entries[entries["source_row"].notna()]
    records = sum(len(build_records()[name]) for name in tracks.RECORDS)
    assert len(delivered) == records + len(analysis.counts) + len(analysis.doses)
    derived = {tracks.DOSE_MISSED, tracks.VISIT_MISSED, tracks.VISIT_EMPTY, tracks.DATA_CUT}
    assert set(entries.loc[entries["source_row"].isna(), "kind"]) == derived


def test_a_dose_says_what_was_planned_and_how_late_it_was(entries: pd.DataFrame) -> None:
    doses = of(entries, tracks.DOSE)
    assert doses["day"].tolist() == [0, 105]
    # 105 − 84 = 21 days; 240 µg/kg is the dose of cohort 240.
    assert doses["words"].tolist() == [
        "planned 240 µg/kg; 100 % of the planned amount; on the planned day",
        "planned 240 µg/kg; 100 % of the planned amount; 21 days late",
    ]


def test_a_dose_that_was_due_and_not_given_stands_on_its_planned_day(entries: pd.DataFrame) -> None:
    missed = of(entries, tracks.DOSE_MISSED)
    assert missed[["day", "what", "words"]].values.tolist() == [[168, "dose 3", "not given; planned 240 µg/kg on day 168"]]


def test_a_visit_attended_without_counts_is_not_called_missed(entries: pd.DataFrame) -> None:
    # Day 79 is the target of the visit before dose 2; with dose 2 on day 105 the visit moves by 21 days, to day 100, with its window.
    missed = set(of(entries, tracks.VISIT_MISSED)["day"])
    empty = set(of(entries, tracks.VISIT_EMPTY)["day"])
    assert missed & empty == set()
    assert len(missed) > 0
    assert len(empty) == 1


def test_grade_relation_and_seriousness_of_an_event_are_those_delivered(entries: pd.DataFrame) -> None:
    events = of(entries, tracks.EVENT)
    assert events[["day", "value", "unit", "related", "serious", "partial", "ongoing"]].values.tolist() == [
        [3, 2.0, "CTCAE v5.0", True, False, False, False],
        [7, 3.0, "CTCAE v5.0", False, True, True, True],
    ]
    assert events["words"].iloc[1] == "relation unrelated; serious; outcome not recorded; start known to the month only; ongoing"


def test_a_steroid_is_marked_and_another_medication_is_not(entries: pd.DataFrame) -> None:
    assert dict(of(entries, tracks.MEDICATION)[["what", "mark"]].values) == {"PREDNISONE": "steroid", "ACICLOVIR": ""}


def test_a_finding_is_an_antibody_a_concentration_or_an_outcome(entries: pd.DataFrame) -> None:
    assert of(entries, tracks.ANTIBODY)[["what", "mark"]].values.tolist() == [["Binding Antidrug Antibody (NT-I7)", "positive"]]
    assert of(entries, tracks.CONCENTRATION)["value"].tolist() == [2.0, 5.0, 1.0, 3.0]
    assert of(entries, tracks.FINDING)[["day", "what", "value"]].values.tolist() == [[84, "Lesion Count (HPV LESION)", 6.0]]


def test_who_was_never_dosed_has_rows_without_a_day(entries: pd.DataFrame) -> None:
    theirs = entries[entries["participant"] == "b"]
    assert theirs[["kind", "value"]].values.tolist() == [[tracks.COUNT, 140.0]]
    assert theirs["day"].isna().all()


def test_rows_stand_in_the_order_of_participants_and_days(entries: pd.DataFrame) -> None:
    assert entries["participant"].is_monotonic_increasing
    assert entries.loc[entries["participant"] == "a", "day"].is_monotonic_increasing


def test_a_selection_has_the_rows_of_its_participants_alone(analysis: Analysis, entries: pd.DataFrame) -> None:
    only = tracks.derive_entries(analysis, build_records(), np.array([False, True]))
    pd.testing.assert_frame_equal(only, entries[entries["participant"] == "b"].reset_index(drop=True))


def test_the_course_of_a_cohort_is_its_median_and_quartiles_at_each_visit() -> None:
    # On day 14 the values are 100, 200, 300, 400, 500: median 300, quartiles 200 and 400; on day 30 one person has a value.
    values = [row for place in range(5) for row in course(f"p{place}", {14: 100.0 * (place + 1)})] + course("p0", {30: 90.0})
    analysis = build_analysis(values)
    found = tracks.summarise_cohort_course(analysis, "240", "cd4")
    assert found[["target", "n", "median", "q1", "q3"]].values.tolist() == [[14, 5, 300, 200, 400], [30, 1, 90, 90, 90]]


@pytest.mark.parametrize(("row", "expected"), [(0, (None, 1)), (1, (None, 3)), (2, (1, 3)), (3, (1, None)), (4, (3, None))])
def test_neighbours_are_the_selected_rows_on_either_side(row: int, expected: tuple[int | None, int | None]) -> None:
    assert tracks.find_neighbours(np.array([False, True, False, True, False]), row) == expected


@pytest.mark.parametrize(("delay", "words"), [(0, "on the planned day"), (1, "1 day late"), (-2, "2 days early"), (pd.NA, "")])
def test_a_delay_is_said_in_days(delay: object, words: str) -> None:
    assert describe_delay(delay) == words
