from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.records import derive_analysis, derive_schedule
from dashboard.study.columns import COUNT_COLUMNS, DOSE_COLUMNS, PARTICIPANT_COLUMNS
from tests.endpoints.builders import build_analysis, build_data, build_trial, protocol

VALUES = [
    ("b", "nk", 14, 30.0),
    ("b", "cd4", 14, 100.0),
    ("b", "cd4", 0, 80.0),
    ("a", "cd4", 14, 50.0),
    ("a", "cd4", 14, 70.0),
    ("a", "cd4", 0, 40.0),
]


def test_frames_keep_the_delivered_rows_and_add_the_declared_columns() -> None:
    data = build_data(VALUES)
    analysis = derive_analysis(data, protocol(), "last")
    pd.testing.assert_frame_equal(analysis.counts[list(COUNT_COLUMNS)], data.counts)
    pd.testing.assert_frame_equal(analysis.participants[list(PARTICIPANT_COLUMNS)], data.participants)
    pd.testing.assert_frame_equal(analysis.doses[list(DOSE_COLUMNS)], data.doses)
    added = analysis.counts.dtypes.astype(str)[len(COUNT_COLUMNS) :].to_dict()
    whole, flag, number = "Int64", "bool", "float64"
    assert added == {
        "days_since_dose": whole, "dose_number": whole, "visit": "str", "analysed": flag, "unscheduled": flag,
        "participant_index": "int64", "baseline": number, "change": number, "percent_change": number, "fold": number,
    }  # fmt: skip


def test_values_of_one_day_become_their_mean_sorted_by_participant_analyte_and_day() -> None:
    daily = build_analysis(VALUES, below_loq=(4,)).daily
    rows = daily[["participant_index", "analyte", "day", "value", "below_loq"]].to_numpy().tolist()
    assert rows == [
        [0, "cd4", 0, 40.0, False],
        [0, "cd4", 14, 60.0, True],  # (50 + 70) / 2, one of them below the limit of quantification
        [1, "cd4", 0, 80.0, False],
        [1, "cd4", 14, 100.0, False],
        [1, "nk", 14, 30.0, False],
    ]
    assert daily["change"].fillna(-1).tolist() == [0, 20, 0, 20, -1]


def test_a_day_is_unscheduled_when_all_its_values_are() -> None:
    values = [("a", "cd4", 330, 10.0), ("a", "cd4", 330, 20.0), ("a", "cd4", 336, 30.0), ("a", "cd4", 470, 40.0)]
    assert build_analysis(values, marked_unscheduled=(0,)).daily["unscheduled"].tolist() == [False, False, True]
    assert build_analysis(values, marked_unscheduled=(0, 1)).daily["unscheduled"].tolist() == [True, False, True]


def test_the_frames_of_the_snapshot_are_not_edited() -> None:
    data = build_data(VALUES)
    counts, participants, doses = data.counts.copy(), data.participants.copy(), data.doses.copy()
    derive_analysis(data, protocol(), "mean")
    pd.testing.assert_frame_equal(data.counts, counts)
    pd.testing.assert_frame_equal(data.participants, participants)
    pd.testing.assert_frame_equal(data.doses, doses)


def test_a_schedule_given_or_derived_leads_to_the_same_analysis() -> None:
    data = build_trial(4)
    schedule = derive_schedule(data, protocol())
    pd.testing.assert_frame_equal(
        derive_analysis(data, protocol(), "mean", schedule).daily, derive_analysis(data, protocol(), "mean").daily
    )


def test_the_order_of_the_delivered_rows_changes_no_daily_value() -> None:
    data = build_trial(3)
    turned = build_data([tuple(row) for row in data.counts[["participant", "analyte", "day", "value"]].iloc[::-1].to_numpy()])
    left, right = derive_analysis(data, protocol(), "last").daily, derive_analysis(turned, protocol(), "last").daily
    np.testing.assert_array_equal(left["value"], right["value"])
    np.testing.assert_array_equal(left["fold"], right["fold"])


def test_a_snapshot_without_counts_or_doses_has_no_baseline_and_no_days() -> None:
    analysis = build_analysis([], people={"a": {}, "b": {}}, doses={"a": (), "b": ()})
    assert len(analysis.daily) == 0
    assert analysis.participants["baseline_cd4"].isna().all()
    assert analysis.participants["doses"].tolist() == [0, 0]


def test_a_count_of_an_unknown_participant_or_analyte_is_named() -> None:
    data = build_data(VALUES)
    strange = type(data)(data.snapshot, data.participants.iloc[:1], data.counts, data.doses)
    with pytest.raises(KeyError, match="participants of counts unknown: b"):
        derive_schedule(strange, protocol())
    with pytest.raises(KeyError, match="analytes unknown: cd99"):
        derive_schedule(build_data([("a", "cd99", 0, 1.0)]), protocol())


def test_the_arrays_of_an_analyte_hold_what_its_rows_hold() -> None:
    counts = build_analysis(VALUES, below_loq=(4,)).count_arrays_of["cd4"]
    # The rows of CD4 in the order given: b on days 14 and 0, then a on days 14, 14 and 0; both baselines are of day 0.
    assert counts.participant.tolist() == [1, 1, 0, 0, 0]
    assert counts.day.tolist() == [14, 0, 14, 14, 0]
    assert counts.value.tolist() == [100, 80, 50, 70, 40]
    assert counts.measure("change").tolist() == [20, 0, 10, 30, 0]
    assert counts.measure("fold").tolist() == [1.25, 1, 1.25, 1.75, 1]
    assert counts.below_loq.tolist() == [False, False, False, True, False]


def test_what_is_missing_is_nan_or_no_visit_in_the_arrays() -> None:
    analysis = build_analysis([("a", "cd4", None, 50.0), ("a", "cd4", 5, 60.0)])
    counts = analysis.count_arrays_of["cd4"]
    assert np.isnan(counts.day).tolist() == [True, False]
    assert np.isnan(counts.measure("percent")).all()
    assert counts.visit[0] == -1
    assert counts.dose_number[0] == 0


def test_the_analysed_arrays_are_the_analysed_days() -> None:
    analysed = build_analysis(VALUES).analysed_arrays_of["cd4"]
    rows = list(zip(analysed.participant.tolist(), analysed.day.tolist(), analysed.value.tolist(), strict=True))
    # Two values of one day count as their mean, (50 + 70) / 2.
    assert [row for row in rows if row[1] == 14] == [(0, 14, 60), (1, 14, 100)]
    assert analysed.analysed.all()
