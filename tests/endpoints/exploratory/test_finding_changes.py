from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.exploratory.finding_changes import derive_finding_changes
from dashboard.endpoints.exploratory.finding_summaries import summarise_directions, summarise_finding_levels, summarise_transitions
from dashboard.endpoints.exploratory.titres import read_dilutions
from tests.endpoints.builders import everyone
from tests.endpoints.exploratory.findings import enrol, finding, place

ANA = {"test": "ANA", "domain": "IS"}


def change(rows: list[dict[str, object]], people: list[str] | None = None) -> pd.DataFrame:
    return derive_finding_changes(place(rows, enrol(people or ["p"])))


def test_numbers_change_from_the_last_value_before_treatment() -> None:
    found = change([finding("p", -28, 9), finding("p", 0, 8), finding("p", 84, 6), finding("p", 252, 8), finding("p", 420, 10)])
    assert found["baseline_level"].tolist() == [8] * 5
    assert found["change"].tolist() == [1, 0, -2, 0, 2]
    assert found["direction"].tolist() == ["higher", "equal", "lower", "equal", "higher"]
    assert found["is_baseline"].tolist() == [False, True, False, False, False]
    assert found["fold"].tolist() == [1.125, 1, 0.75, 1, 1.25]
    assert found["baseline_day"].tolist() == [0] * 5


def test_a_sample_after_the_dose_is_no_baseline_and_the_later_time_of_a_day_is() -> None:
    rows = [finding("p", 0, 8, time="09:00"), finding("p", 0, 7, time="08:00"), finding("p", 0, 3, time="16:00", after_dose=True)]
    assert change(rows)["baseline_level"].tolist() == [8] * 3


def test_without_a_baseline_or_a_day_there_is_no_change() -> None:
    found = change([finding("p", 84, 6), finding("q", 0, 5), finding("q", None, 4)], ["p", "q"])
    assert found["has_baseline"].tolist() == [False, True, False]
    assert found["change"].isna().tolist() == [True, False, True]
    assert found["direction"].tolist() == ["", "equal", ""]
    assert found["baseline_day"].tolist() == [pd.NA, 0, pd.NA]


def test_titres_change_by_fold_and_a_negative_lies_below_every_titre() -> None:
    found = change([finding("p", 0, "1:80", **ANA), finding("p", 84, "1:320", **ANA), finding("p", 252, "Negative", **ANA)])
    assert found["scale"].tolist() == ["titre"] * 3
    assert found["level"].tolist() == [80, 320, 0]
    assert found["fold"].tolist() == [1, 4, 0]
    assert found["direction"].tolist() == ["equal", "higher", "lower"]
    assert found["change"].isna().all()


def test_a_negative_baseline_gives_a_direction_and_no_fold() -> None:
    found = change([finding("p", 0, "NEGATIVE", **ANA), finding("p", 84, "1:40", **ANA)])
    assert found["fold"].isna().all()
    assert found["direction"].tolist() == ["equal", "higher"]


def test_words_have_no_direction() -> None:
    found = change([finding("p", 0, "PR", test="OVRLRESP"), finding("p", 84, "CR", test="OVRLRESP")])
    assert found["scale"].tolist() == ["word"] * 2
    assert found["direction"].tolist() == ["", ""]


def test_two_units_are_not_compared() -> None:
    found = change([finding("p", 0, 100, unit_text="mg/L"), finding("p", 84, 10, unit_text="mg/dL")])
    assert found["change"].tolist()[0] == 0
    assert np.isnan(found["change"].iloc[1])
    assert found["direction"].tolist() == ["equal", ""]


def test_one_category_written_in_two_ways_is_one_category() -> None:
    found = change([finding("p", 0, "CRi", test="R"), finding("p", 84, "CRI ", test="R"), finding("p", 0, "cri", test="OTHER")])
    assert found["wording"].tolist() == ["CRi", "CRi", "cri"]


def test_only_a_whole_dilution_is_read_as_one() -> None:
    np.testing.assert_array_equal(
        read_dilutions(pd.Series(["1:80", " 1/1,280 ", "1:80 weak", "80", ""])), [80, 1280, np.nan, np.nan, np.nan]
    )


LESIONS = [
    *[finding("a", 0, 8), finding("a", 252, 6)],
    *[finding("b", 0, 4), finding("b", 252, 4)],
    *[finding("c", 0, 2), finding("c", 252, 5)],
    finding("d", 252, 3),
]


def test_levels_and_changes_by_cohort_and_visit_by_hand() -> None:
    people = {"a": {"cohort": "240"}, "b": {"cohort": "240"}, "c": {"cohort": "480"}, "d": {"cohort": "480"}}
    analysis = enrol(people)
    changes = derive_finding_changes(place(LESIONS, analysis))
    visits = ("dose-1", "week-36")
    levels = summarise_finding_levels(changes, analysis, everyone(analysis), visits).set_index(["cohort", "visit"])
    assert levels["n"].tolist() == [2, 2, 1, 2, 0, 0, 3, 4]
    assert levels.loc[("all", "week-36"), "mean"] == pytest.approx((6 + 4 + 5 + 3) / 4)
    assert levels.loc[("240", "week-36"), "gmean"] == pytest.approx(24**0.5)
    moved = summarise_finding_levels(changes, analysis, everyone(analysis), visits, "change").set_index(["cohort", "visit"])
    # a −2, b 0, c +3; d has no baseline.
    assert moved.loc[("all", "week-36"), "n"] == 3
    assert moved.loc[("all", "week-36"), "mean"] == pytest.approx(1 / 3)
    assert moved["gmean"].isna().all()
    with pytest.raises(ValueError, match="none of level, change, fold"):
        summarise_finding_levels(changes, analysis, everyone(analysis), visits, "percent")


def test_titres_have_a_geometric_mean_and_no_arithmetic_one() -> None:
    analysis = enrol(["p", "q"])
    changes = derive_finding_changes(place([finding("p", 252, "1:40", **ANA), finding("q", 252, "1:160", **ANA)], analysis))
    row = summarise_finding_levels(changes, analysis, everyone(analysis), ("week-36",)).set_index("cohort").loc["all"]
    assert row["gmean"] == pytest.approx(80)
    assert np.isnan(row["mean"])
    assert row["scale"] == "titre"


def test_two_units_of_one_series_have_rows_of_their_own() -> None:
    analysis = enrol(["p", "q"])
    changes = derive_finding_changes(place([finding("p", 252, 1, unit_text="mg"), finding("q", 252, 9, unit_text="g")], analysis))
    table = summarise_finding_levels(changes, analysis, everyone(analysis), ("week-36",))
    assert table.loc[table["cohort"] == "all", ["unit", "n", "mean"]].to_numpy().tolist() == [["g", 1, 9.0], ["mg", 1, 1.0]]


def test_directions_add_up_to_the_participants_with_a_result() -> None:
    analysis = enrol(["a", "b", "c", "d"])
    changes = derive_finding_changes(place(LESIONS, analysis))
    table = summarise_directions(changes, analysis, everyone(analysis), ("week-36",))
    counts = ["lower", "equal", "higher", "no_baseline", "not_comparable", "n"]
    assert table["cohort"].tolist() == ["240", "all"]
    assert table[counts].to_numpy().tolist() == [[1, 1, 1, 1, 0, 4]] * 2


def test_transitions_count_from_which_category_to_which() -> None:
    results = {"a": ("PR", "CR"), "b": ("PR", "CR"), "c": ("PR", "PD"), "d": ("", "CR"), "e": ("SD", "")}
    rows = [finding(name, 0, first, test="R") for name, (first, _) in results.items() if first]
    rows += [finding(name, 252, last, test="R") for name, (_, last) in results.items() if last]
    analysis = enrol(list(results))
    table = summarise_transitions(derive_finding_changes(place(rows, analysis)), analysis, everyone(analysis), ("week-36",))
    mine = table[table["cohort"] == "all"]
    assert mine[["baseline", "result", "n"]].to_numpy().tolist() == [["PR", "CR", 2], ["PR", "PD", 1], ["no baseline", "CR", 1]]
    assert set(mine["denominator"]) == {4}


def test_summaries_leave_out_whom_the_filters_leave_out() -> None:
    analysis = enrol(["a", "b", "c", "d"])
    changes = derive_finding_changes(place(LESIONS, analysis))
    only_a = np.array([True, False, False, False])
    assert summarise_directions(changes, analysis, only_a, ("week-36",))["n"].tolist() == [1, 1]
    assert summarise_transitions(changes, analysis, only_a, ("week-36",))["n"].tolist() == [1, 1]


def test_a_trial_without_findings_has_no_rows_and_no_error() -> None:
    analysis = enrol(["p"])
    changes = derive_finding_changes(place([], analysis))
    tables = [summarise(changes, analysis, everyone(analysis), ("week-36",))
              for summarise in (summarise_finding_levels, summarise_directions, summarise_transitions)]  # fmt: skip
    assert [len(table) for table in (changes, *tables)] == [0] * 4
