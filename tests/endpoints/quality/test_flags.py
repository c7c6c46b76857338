"""The list of flags as a whole: shape, order, summary; a snapshot without anything odd raises nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from dashboard.endpoints.quality.flags import FLAGS, SUMMARY_COLUMNS, derive_quality, summarise_quality
from dashboard.endpoints.quality.rows import QUALITY_COLUMNS
from dashboard.endpoints.records import derive_analysis
from tests.endpoints.builders import PLANNED_DAYS, Value, build_analysis, build_data, build_trial, protocol
from tests.endpoints.quality.flagged import build_labelled


def test_codes_are_keys_that_occur_once_and_every_flag_has_a_sentence() -> None:
    codes = [flag.code for flag in FLAGS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    assert all(flag.sentence.endswith(".") and flag.title for flag in FLAGS)


def test_a_complete_course_on_plan_raises_nothing() -> None:
    counts = {"alc": 1000.0, "cd4": 300.0, "cd8": 300.0, "b": 100.0, "nk": 100.0}
    values: list[Value] = [("a", analyte, day, value) for analyte, value in counts.items() for day in PLANNED_DAYS]
    quality = derive_quality(build_labelled(values, doses={"a": (0, 84, 168)}))
    assert quality.empty
    assert quality.dtypes.astype(str).to_dict() == QUALITY_COLUMNS
    assert summarise_quality(quality)["rows"].sum() == 0


def test_a_snapshot_without_counts_and_doses_raises_nothing_and_does_not_fail() -> None:
    person = {"a": {"status": "not dosed", "cut_day": None, "last_day": None}}
    assert derive_quality(build_analysis([], doses={"a": ()}, people=person)).empty


def odd_values() -> list[Value]:
    return [("b", "cd4", 17, 10.0), ("a", "nk", 17, 5.0), ("b", "cd4", 17, 12.0), ("a", "cd4", 17, 2.5), ("a", "nk", 17, 7.0)]


def test_rows_are_in_the_order_of_flags_then_participant_analyte_day_and_source() -> None:
    quality = derive_quality(build_labelled(odd_values(), below_loq=(3,)))
    assert quality.dtypes.astype(str).to_dict() == QUALITY_COLUMNS
    codes = [flag.code for flag in FLAGS]
    assert quality["code"].map(codes.index).is_monotonic_increasing
    both = quality[quality["code"].isin(["different-values", "below-limit"])]
    assert both[["participant", "analyte", "source_row"]].to_numpy().tolist() == [
        ["a", "nk", 2], ["a", "nk", 5], ["b", "cd4", 1], ["b", "cd4", 3], ["a", "cd4", 4],
    ]  # fmt: skip


def test_the_same_rows_in_another_order_give_the_same_flags() -> None:
    data = build_data(odd_values(), below_loq=(3,))
    shuffled = replace(data, counts=data.counts.iloc[::-1].reset_index(drop=True))
    first, second = (derive_quality(derive_analysis(one, protocol(), "last")) for one in (data, shuffled))
    pd.testing.assert_frame_equal(first, second)


def test_the_summary_counts_rows_findings_and_participants_of_every_flag() -> None:
    summary = summarise_quality(derive_quality(build_labelled(odd_values(), below_loq=(3,)))).set_index("code")
    assert summary.loc["different-values", ["rows", "findings", "participants"]].tolist() == [4, 2, 2]
    assert summary.loc["below-limit", ["rows", "findings", "participants"]].tolist() == [1, 1, 1]
    assert summary.loc["unit-slip", ["rows", "findings", "participants"]].tolist() == [0, 0, 0]
    assert summary.index.tolist() == [flag.code for flag in FLAGS]
    assert [*summary.reset_index().columns] == list(SUMMARY_COLUMNS)


def test_every_row_of_a_drawn_trial_has_a_participant_a_known_code_and_a_sentence() -> None:
    analysis = derive_analysis(build_trial(30), protocol(), "last")
    quality = derive_quality(analysis)
    assert set(quality["participant"]) <= set(analysis.participants["participant"])
    assert set(quality["code"]) == {"subsets-above-total", "dose-amount"} | (set(quality["code"]) & {"unit-slip"})
    assert quality["sentence"].str.endswith(".").all()
    assert (quality["cohort"] == quality["participant"].map(analysis.participants.set_index("participant")["cohort"])).all()
