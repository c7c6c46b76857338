from __future__ import annotations

from dashboard.endpoints.changes.points import changed_points
from dashboard.endpoints.changes.records import compare_records
from tests.endpoints.changes.edits import add_count, correct_count, move_cut, remove_count, small_trial


def test_added_and_corrected_counts_are_marked_on_their_day_in_the_later_cut() -> None:
    after = correct_count(move_cut(small_trial(), 100), "a", "cd4", 98, day=97)
    after = remove_count(add_count(after, "b", "cd4", 300, 210.0), "c", "cd4", 182)
    after = add_count(add_count(after, "c", "nk", 510, 90.0), "c", "nk", None, 80.0)
    records = compare_records(small_trial(), after)
    points = changed_points(records)
    assert list(points.columns) == ["participant", "analyte", "day", "change", "reason", "sentence"]
    assert points.drop(columns="sentence").to_numpy().tolist() == [
        ["a", "cd4", 97, "corrected", "correction"],
        ["b", "cd4", 300, "added", "late entry"],
        ["c", "nk", 510, "added", "after the earlier cut"],
    ]
    assert changed_points(records, since_cut=False)["day"].tolist() == [97, 300]


def test_two_changes_of_one_day_are_one_point_with_both_sentences() -> None:
    after = add_count(correct_count(small_trial(), "a", "cd4", 98, value=281.0), "a", "cd4", 98, 300.0, "UNSCHEDULED")
    points = changed_points(compare_records(small_trial(), after))
    assert points.to_numpy().tolist() == [
        ["a", "cd4", 98, "corrected", "correction", "CD4 on day 98 corrected from 280 to 281 cells/µL; CD4 on day 98 added: 300 cells/µL"]
    ]


def test_no_change_marks_no_point() -> None:
    points = changed_points(compare_records(small_trial(), small_trial()))
    assert points.empty
    assert str(points["day"].dtype) == "int64"
