from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from dashboard.endpoints.changes.records import RecordChanges, compare_records
from dashboard.study.snapshot import StudyData
from tests.endpoints.changes.edits import (
    add_count,
    build_records,
    correct_count,
    correct_person,
    move_cut,
    redate_first_dose,
    remove_count,
    small_trial,
    with_counts,
    with_doses,
    with_people,
)


def compare(after: StudyData, before: StudyData | None = None) -> RecordChanges:
    return compare_records(before or small_trial(), after)


def told(changes: RecordChanges) -> list[tuple[str, str, str]]:
    return [(row.change, row.reason, row.sentence) for row in changes.changes.itertuples()]


def tally(changes: RecordChanges, table: str) -> dict[str, int]:
    row = changes.tallies.set_index("table").loc[table]
    return {name: int(row[name]) for name in ("unchanged", "moved", "corrected", "added", "removed")}


def test_the_same_delivery_has_no_change() -> None:
    changes = compare(small_trial())
    assert changes.changes.empty
    assert tally(changes, "count") == {"unchanged": 44, "moved": 0, "corrected": 0, "added": 0, "removed": 0}
    assert tally(changes, "dose")["unchanged"] == 12
    assert tally(changes, "participant")["unchanged"] == 4


def test_another_file_and_row_is_no_change_but_is_counted() -> None:
    counts = small_trial().counts
    shifted = counts.assign(source_row=counts["source_row"] + (counts["source_row"] > 40), source_file="labs.csv")
    changes = compare(with_counts(small_trial(), shifted))
    assert changes.changes.empty
    assert tally(changes, "count") == {"unchanged": 44, "moved": 44, "corrected": 0, "added": 0, "removed": 0}
    only_rows = with_counts(small_trial(), counts.assign(source_row=counts["source_row"] + (counts["source_row"] > 40)))
    assert tally(compare(only_rows), "count")["moved"] == 4


def test_a_corrected_value_is_told_from_what_to_what_with_both_places() -> None:
    before = correct_count(small_trial(), "a", "cd4", 98, value=410.0)
    changes = compare(correct_count(before, "a", "cd4", 98, value=401.0), before)
    assert told(changes) == [("corrected", "correction", "CD4 on day 98 corrected from 410 to 401 cells/µL")]
    row = changes.changes.iloc[0]
    assert (row["table"], row["participant"], row["analyte"], row["visit_label"]) == ("count", "a", "cd4", "DOSE 2 DAY 14")
    assert (row["day_before"], row["day_after"], row["value_before"], row["value_after"]) == (98, 98, 410.0, 401.0)
    assert row["columns"] == "value,value_text"
    assert [row[f"source_{part}_{side}"] for part in ("file", "row") for side in ("before", "after")] == ["lb.csv", "lb.csv", 3, 3]
    assert changes.details.to_dict("records") == [
        {"change": 0, "column": "value", "value_before": "410", "value_after": "401"},
        {"change": 0, "column": "value_text", "value_before": "“410”", "value_after": "“401”"},
    ]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"day": 97}, "CD4 on day 98 corrected: day from 98 to 97"),
        ({"day": 97, "value": 281.5}, "CD4 on day 98 corrected from 280 to 281.5 cells/µL, day from 98 to 97"),
        ({"visit_label": ""}, "CD4 on day 98 corrected: visit from “DOSE 2 DAY 14” to nothing"),
        ({"after_dose": True}, "CD4 on day 98 corrected: drawn after the dose from no to yes"),
        ({"value_text": "0.28", "unit_text": "10^9/L"},
         "CD4 on day 98 corrected: value as delivered from “280” to “0.28”, unit as delivered from “/uL” to “10^9/L”"),
        ({"value": 2.5, "value_text": "<5", "below_loq": True},
         "CD4 on day 98 corrected from 280 to 2.5 cells/µL, below the limit of quantification from no to yes"),
    ],
)  # fmt: skip
def test_a_record_keeps_its_identity_when_one_part_of_it_is_corrected(columns: dict[str, Any], sentence: str) -> None:
    changes = compare(correct_count(small_trial(), "a", "cd4", 98, **columns))
    assert told(changes) == [("corrected", "correction", sentence)]
    assert tally(changes, "count") == {"unchanged": 43, "moved": 0, "corrected": 1, "added": 0, "removed": 0}


def test_a_removed_record_is_removed_though_every_later_row_moved_up() -> None:
    changes = compare(remove_count(small_trial(), "b", "cd4", 182))
    assert told(changes) == [("removed", "removal", "CD4 on day 182 removed: 190 cells/µL")]
    row = changes.changes.iloc[0]
    assert (row["day_before"], row["source_row_before"], row["source_file_after"]) == (182, 18, "")
    assert pd.isna(row["day_after"])
    assert pd.isna(row["value_after"])
    assert pd.isna(row["source_row_after"])
    # b's own row 18 is gone; 26 of the 44 rows stood behind it.
    assert tally(changes, "count") == {"unchanged": 43, "moved": 26, "corrected": 0, "added": 0, "removed": 1}


def test_an_unscheduled_sample_is_never_the_same_as_one_of_another_day() -> None:
    def unscheduled(day: int, value: float) -> StudyData:
        data = add_count(small_trial(), "a", "cd4", day, value, "UNSCHEDULED")
        return correct_count(data, "a", "cd4", day, marked_unscheduled=True)

    changes = compare(unscheduled(290, 300.0), unscheduled(40, 250.0))
    assert [change for change, _, _ in told(changes)] == ["removed", "added"]
    # The very same result under the same label is a corrected date.
    assert [change for change, _, _ in told(compare(unscheduled(41, 250.0), unscheduled(40, 250.0)))] == ["corrected"]


def test_equal_records_are_compared_as_often_as_they_occur() -> None:
    once = add_count(small_trial(), "a", "cd4", 98, 280.0, "DOSE 2 DAY 14")
    twice = with_counts(once, pd.concat([once.counts, once.counts[once.counts["source_row"] == 45].assign(source_row=46)]))
    changes = compare(once, twice)
    assert told(changes) == [("removed", "removal", "CD4 on day 98 removed: 280 cells/µL")]
    assert tally(compare(twice, twice), "count")["unchanged"] == 46


def test_two_visits_on_one_day_are_not_mixed_up() -> None:
    def two(first: float, second: float) -> StudyData:
        data = correct_count(small_trial(), "a", "cd4", 98, value=first)
        return add_count(data, "a", "cd4", 98, second, "UNSCHEDULED")

    changes = compare(two(281.0, 299.0), two(280.0, 300.0))
    assert [sentence for _, _, sentence in told(changes)] == [
        "CD4 on day 98 corrected from 280 to 281 cells/µL",
        "CD4 on day 98 corrected from 300 to 299 cells/µL",
    ]


def test_two_corrected_dates_that_meet_are_still_two_corrected_dates() -> None:
    # Visit DOSE 2 DAY 14 moves to the day on which DOSE 3 DAY 14 stood, which moves away: results and labels tell them apart.
    moved = correct_count(small_trial(), "a", "cd4", 182, day=190)
    changes = compare(correct_count(moved, "a", "cd4", 98, day=182))
    assert [sentence for _, _, sentence in told(changes)] == [
        "CD4 on day 98 corrected: day from 98 to 182",
        "CD4 on day 182 corrected: day from 182 to 190",
    ]


def test_additions_after_the_earlier_cut_are_told_apart_from_late_entries() -> None:
    # Cut day 500 in the earlier delivery; the cut moves by 100 days.
    after = add_count(add_count(move_cut(small_trial(), 100), "c", "cd4", 500, 300.0), "c", "cd4", 501, 300.0)
    changes = compare(add_count(after, "c", "cd4", None, 111.0))
    assert [(row.day_after, row.reason) for row in changes.changes.itertuples()] == [
        (500, "late entry"),
        (501, "after the earlier cut"),
        (pd.NA, "day not known"),
    ]
    assert changes.tallies.set_index("table").loc["count", "added_after_cut"] == 1


def test_a_later_cut_alone_changes_no_participant() -> None:
    assert compare(move_cut(small_trial(), 30)).changes.empty


def test_the_course_since_the_earlier_cut_is_no_correction_but_an_ending_before_it_is() -> None:
    since = correct_person(move_cut(small_trial(), 100), "c", last_day=501, status="completed")
    assert told(compare(since)) == [
        (
            "followed",
            "after the earlier cut",
            "participant followed further: last day under observation from 252 to 501, status from “ongoing” to “completed”",
        )
    ]
    late = correct_person(move_cut(small_trial(), 100), "c", last_day=260, status="withdrawn")
    assert [reason for _, reason, _ in told(compare(late))] == ["correction"]
    cohort = correct_person(move_cut(small_trial(), 100), "c", last_day=501, cohort="720")
    assert [reason for _, reason, _ in told(compare(cohort))] == ["correction"]


def test_a_participant_comes_and_goes_with_all_records() -> None:
    full, without = small_trial(), small_trial()
    without = replace(
        without,
        participants=without.participants[without.participants["participant"] != "d"],
        counts=without.counts[without.counts["participant"] != "d"],
        doses=without.doses[without.doses["participant"] != "d"],
    )
    gone = compare(without, full).changes
    assert gone.groupby(["table", "change", "reason"]).size().to_dict() == {
        ("participant", "removed", "removal"): 1,
        ("count", "removed", "participant removed"): 6,
        ("dose", "removed", "participant removed"): 3,
    }
    come = compare(full, without).changes
    assert set(come["reason"]) == {"new participant"}
    assert come["sentence"].iloc[0] == "participant added: cohort 480"


def test_a_first_dose_dated_anew_explains_the_days_that_moved_with_it() -> None:
    # The first dose is dated three days later: every day but the first dose's own is three days less, and so is the cut day.
    after = redate_first_dose(small_trial(), "a", 3)
    changes = compare(after).changes
    assert changes.groupby(["table", "change", "reason"]).size().to_dict() == {
        ("participant", "corrected", "correction"): 1,
        ("count", "shifted", "first dose dated"): 14,
        ("dose", "shifted", "first dose dated"): 2,
    }
    assert changes["sentence"].iloc[0] == (
        "participant corrected: the first dose moved from day 0 to day 3 as counted before (3 days later), "
        "last day under observation from 420 to 417"
    )
    assert "dose 2 on day 84 moved with the first dose: day from 84 to 81" in changes["sentence"].tolist()
    tallies = compare(after).tallies.set_index("table")
    assert tallies.loc["count", ["before", "unchanged", "corrected", "shifted", "followed", "added", "removed"]].tolist() == [
        44, 30, 0, 14, 0, 0, 0,
    ]  # fmt: skip
    assert tallies.loc["dose", ["unchanged", "corrected", "shifted"]].tolist() == [10, 0, 2]
    assert tallies.loc["participant", ["unchanged", "corrected", "shifted"]].tolist() == [3, 1, 0]


def test_a_first_dose_dated_a_day_earlier_is_told_with_a_minus() -> None:
    changes = compare(correct_person(small_trial(), "a", cut_day=501)).changes
    assert changes["sentence"].tolist()[0] == (
        "participant corrected: the first dose moved from day 0 to day −1 as counted before (1 day earlier)"
    )


def test_days_that_collide_after_a_first_dose_dated_anew_are_not_mistaken_for_corrected_values() -> None:
    # Unlabelled daily samples 100, 101, 102, 103 on days 0 … 3; with the first dose a day later they lie on days −1 … 2.
    def daily(first: int) -> StudyData:
        data = correct_person(small_trial(), "c", cut_day=500 + first)
        kept = data.counts[data.counts["participant"] != "c"]
        template = data.counts[data.counts["participant"] == "c"].head(1)
        rows = [template.assign(day=first + i, value=100.0 + i, value_text="", unit_text="", visit_label="") for i in range(4)]
        return with_counts(data, pd.concat([kept, *rows]))

    changes = compare(daily(-1), daily(0)).changes
    counts = changes[changes["table"] == "count"]
    assert counts["columns"].tolist() == ["day"] * 4
    assert set(counts["reason"]) == {"first dose dated"}


def test_a_first_dose_since_the_earlier_cut_gives_days_to_records_that_had_none() -> None:
    data = small_trial()
    mine = data.counts["participant"] == "c"
    undosed = with_counts(
        data, data.counts[~mine | (data.counts["day"] <= 0)].assign(day=lambda rows: rows["day"].mask(rows["participant"] == "c"))
    )
    undosed = with_doses(undosed, data.doses[data.doses["participant"] != "c"])
    undosed = correct_person(undosed, "c", dosed=False, cut_day=None, last_day=None, status="not dosed")
    # 30 days between the cuts and a cut day of 20: the earlier cut was 10 days before the first dose.
    after = correct_person(move_cut(with_counts(data, data.counts[~mine | (data.counts["day"] <= 0)]), 30), "c", cut_day=20, last_day=0)
    changes = compare(after, undosed).changes
    assert changes[changes["table"] == "participant"]["reason"].tolist() == ["after the earlier cut"]
    assert "participant followed further: the first dose dated, which it was not before" in changes["sentence"].iloc[0]
    counts = changes[changes["table"] == "count"]
    assert counts["columns"].tolist() == ["day"] * 4
    assert set(counts["reason"]) == {"first dose dated"}


def test_a_dose_entered_late_renumbers_the_next_one() -> None:
    before = with_doses(small_trial(), small_trial().doses.query("not (participant == 'a' and dose_number == 2)"))
    doses = before.doses.assign(
        dose_number=before.doses["dose_number"] - ((before.doses["participant"] == "a") & (before.doses["day"] == 168))
    )
    changes = compare(small_trial(), with_doses(before, doses))
    assert told(changes) == [
        ("added", "late entry", "dose 2 on day 84 added: 240 µg/kg"),
        ("corrected", "correction", "dose 2 on day 168 corrected: dose number from 2 to 3"),
    ]


def test_a_corrected_dose_keeps_its_number_or_its_day() -> None:
    doses = small_trial().doses
    second = (doses["participant"] == "a") & (doses["dose_number"] == 2)
    changes = compare(with_doses(small_trial(), doses.assign(day=doses["day"] + 5 * second, amount=doses["amount"] + 240 * second)))
    assert told(changes) == [("corrected", "correction", "dose 2 on day 84 corrected from 240 to 480 µg/kg, day from 84 to 89")]


def compare_tables(table: str, before: list[dict[str, Any]], after: list[dict[str, Any]], days: int = 0) -> RecordChanges:
    rows = ({table: build_records(table, [{"participant": "a", **row} for row in side])} for side in (before, after))
    return compare_records(small_trial(), move_cut(small_trial(), days), *rows)


HEADACHE = {"term": "Headache", "reported_term": "HEAD ACHE", "start_day": 3, "ongoing": True, "grade": "1"}


@pytest.mark.parametrize(
    ("table", "before", "after", "expected"),
    [
        ("adverse_event", HEADACHE, HEADACHE | {"grade": "2"},
         ("correction", "adverse event “Headache” from day 3 corrected: grade from “1” to “2”")),
        ("adverse_event", HEADACHE, HEADACHE | {"start_day": 5},
         ("correction", "adverse event “Headache” from day 3 corrected: start day from 3 to 5")),
        ("adverse_event", HEADACHE, HEADACHE | {"end_day": 510, "ongoing": False},
         ("after the earlier cut",
          "adverse event “Headache” from day 3 followed further: end day from not known to 510, ongoing from yes to no")),
        ("adverse_event", HEADACHE, HEADACHE | {"end_day": 10, "ongoing": False},
         ("correction", "adverse event “Headache” from day 3 corrected: end day from not known to 10, ongoing from yes to no")),
        ("medication", {"name": "Ibuprofen", "start_day": 4}, {"name": "Ibuprofen", "start_day": 4, "indication": "Pain"},
         ("correction", "medication “Ibuprofen” from day 4 corrected: indication from nothing to “Pain”")),
        ("finding", {"domain": "IS", "test": "ADA", "object": "NT-I7", "day": 98, "value_text": "NEGATIVE"},
         {"domain": "IS", "test": "ADA", "object": "NT-I7", "day": 98, "value_text": "POSITIVE"},
         ("correction", "finding “IS” “ADA” “NT-I7” on day 98 corrected: value as delivered from “NEGATIVE” to “POSITIVE”")),
        ("attendance", {"visit_label": "WEEK 36", "start_day": 252, "occurred": "Y"},
         {"visit_label": "WEEK 36", "start_day": 255, "occurred": "Y"},
         ("correction", "visit “WEEK 36” from day 252 corrected: start day from 252 to 255")),
        ("milestone", {"category": "DISPOSITION EVENT", "term": "COMPLETED", "day": 420},
         {"category": "DISPOSITION EVENT", "term": "WITHDRAWAL", "day": 420},
         ("correction", "milestone “COMPLETED” on day 420 corrected: term from “COMPLETED” to “WITHDRAWAL”")),
        ("time_to_event", {"parameter": "PFS", "days": 120.0, "event": False}, {"parameter": "PFS", "days": 150.0, "event": True},
         ("correction", "time to event “PFS” corrected from 120 to 150 days, event from no to yes")),
        ("claim", {"analyte": "cd4", "day": 0, "quantity": "baseline", "value": 120.0},
         {"analyte": "cd4", "day": 0, "quantity": "baseline", "value": 121.0},
         ("correction", "derived value delivered “baseline” CD4 on day 0 corrected from 120 to 121")),
    ],
)  # fmt: skip
def test_records_of_every_further_table_are_corrected(
    table: str, before: dict[str, Any], after: dict[str, Any], expected: tuple[str, str]
) -> None:
    changes = compare_tables(table, [before], [after], days=100)
    reason, _ = expected
    assert told(changes) == [("corrected" if reason == "correction" else "followed", *expected)]
    assert set(changes.changes["table"]) == {table}
    same = compare_tables(table, [before, after], [after, before], days=100)
    assert same.changes.empty
    assert tally(same, table) == {"unchanged": 2, "moved": 2, "corrected": 0, "added": 0, "removed": 0}


def test_a_table_that_one_delivery_lacks_is_empty_there() -> None:
    events = {"adverse_event": build_records("adverse_event", [{"participant": "a", **HEADACHE}, {"participant": "a", "term": "Rash"}])}
    come = compare_records(small_trial(), small_trial(), records_after=events)
    assert told(come) == [
        ("added", "late entry", "adverse event “Headache” from day 3 added"),
        ("added", "day not known", "adverse event “Rash” without a day added"),
    ]
    gone = compare_records(small_trial(), small_trial(), records_before=events)
    assert [change for change, _, _ in told(gone)] == ["removed", "removed"]


def test_an_unknown_table_and_a_record_of_nobody_are_errors_that_name_them() -> None:
    with pytest.raises(KeyError, match="tables unknown: vitals"):
        compare_records(small_trial(), small_trial(), {"vitals": pd.DataFrame()})
    stray = {"adverse_event": build_records("adverse_event", [{"participant": "zoe"}])}
    with pytest.raises(KeyError, match="participants of records unknown: zoe"):
        compare_records(small_trial(), small_trial(), stray)


def test_participants_are_compared_by_name_alone() -> None:
    changes = compare(with_people(small_trial(), small_trial().participants.assign(age=51)))
    assert {sentence for _, _, sentence in told(changes)} == {"participant corrected: age from 50 to 51"}
    assert len(changes.changes) == 4
