"""The text that a terminal shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.endpoints.changes.cuts import CutChanges, compare_cuts, describe_changes
from dashboard.endpoints.records import derive_analysis
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import protocol
from tests.endpoints.changes.edits import add_count, correct_count, correct_person, move_cut, remove_count, small_trial


def compare(before: StudyData, after: StudyData) -> CutChanges:
    return compare_cuts(*(derive_analysis(data, protocol(), "last") for data in (before, after)))


def named(data: StudyData, content_hash: str, label: str) -> StudyData:
    return replace(data, snapshot=replace(data.snapshot, content_hash=content_hash, label=label))


def edited() -> CutChanges:
    after = correct_count(move_cut(small_trial(), 100), "a", "cd4", 252, value=290.0)
    after = add_count(remove_count(after, "b", "cd4", 252), "c", "cd4", 510, 111.0)
    return compare(named(small_trial(), "1a" * 32, "Interim"), named(after, "2b" * 32, "Final"))


def test_the_text_goes_from_headline_results_down_to_records() -> None:
    text = describe_changes(edited())
    assert (
        text
        == """\
NT-I7 in idiopathic CD4 lymphopenia: what changed
  from 1a1a1a1a1a, data cut 2026-01-01, Interim
  to   2b2b2b2b2b, data cut 2026-04-11, Final
  SYNTHETIC data

Headline results (responders and time above: participants with a baseline below the threshold; responders out of those observed)
  All participants
    CD4 ≥ 200 at week 36 (interim): 2/3 → 2/2
    CD4 ≥ 300 at week 36 (interim): 2/3 → 1/2
    time to CD4 ≥ 300: reached by 2/3 → 1/3, median 252 → not reached, followed for 924 → 1,092 days in all
    unchanged: 13 results
  240 µg/kg
    count records: 28 → 27
    CD4 ≥ 200 at week 36 (interim): 1/2 → 1/1
    CD4 ≥ 300 at week 36 (interim): 1/2 → 0/1
    time to CD4 ≥ 300: reached by 1/2 → 0/2, median 252 → not reached, followed for 672 → 840 days in all
    unchanged: 12 results
  480 µg/kg
    count records: 16 → 17
    unchanged: 15 results
  720 µg/kg
    all unchanged: 16 results

Why
  CD4 ≥ 200 at week 36 (interim): 1 participant
    b: no response → not counted (CD4 on day 252 removed: 180 cells/µL)
  CD4 ≥ 300 at week 36 (interim): 2 participants
    a: response → no response (CD4 on day 252 corrected from 310 to 290 cells/µL)
    b: no response → not counted (CD4 on day 252 removed: 180 cells/µL)
  time to CD4 ≥ 300: 1 participant
    a: reached on day 252 → not reached by day 420 (CD4 on day 252 corrected from 310 to 290 cells/µL)

Records
  participant: 4 → 4; 4 unchanged, 0 corrected, 0 added, 0 removed
  count: 44 → 44; 42 unchanged (25 in another file or row), 1 corrected, 1 added (1 after the earlier cut), 1 removed
  dose: 12 → 12; 12 unchanged, 0 corrected, 0 added, 0 removed

Record changes by participant
  a
    CD4 on day 252 corrected from 310 to 290 cells/µL (correction; lb.csv row 5)
  b
    CD4 on day 252 removed: 180 cells/µL (removal; lb.csv row 19)
  c
    CD4 on day 510 added: 111 cells/µL (after the earlier cut; lb.csv row 44)
"""
    )


def test_a_short_list_begins_with_what_somebody_changed_and_counts_the_rest() -> None:
    after = add_count(add_count(move_cut(small_trial(), 100), "a", "cd4", 501, 260.0), "a", "cd4", 502, 260.0)
    changes = compare(small_trial(), correct_count(after, "c", "cd4", 98, value=211.0))
    listed = describe_changes(changes, limit=1).split("Record changes by participant\n")[1]
    assert listed == (
        "  c\n    CD4 on day 98 corrected from 210 to 211 cells/µL (correction; lb.csv row 31)\n"
        "  and 2 more changes of 1 participant; --all lists every change\n"
    )
    everything = describe_changes(changes, limit=None).split("Record changes by participant\n")[1]
    assert "more change" not in everything
    assert len(everything.splitlines()) == 2 + 3


def test_many_participants_behind_one_number_are_counted() -> None:
    data = small_trial()
    for name in "abcd":
        data = correct_count(data, name, "alc", 98, value=1200.0)
    assert "no participant's part of a headline result changed" in describe_changes(compare(small_trial(), data))
    after = move_cut(small_trial(), 0)
    for name in "abc":
        after = correct_person(after, name, cohort="720")
    text = describe_changes(compare(small_trial(), after))
    assert "    a: counted in another cohort (participant corrected: cohort from “240” to “720”)" in text
    assert "enrolled: 3 participants" in text


def test_equal_cuts_say_so() -> None:
    text = describe_changes(compare(small_trial(), small_trial()))
    assert "all unchanged: 16 results" in text
    assert text.endswith("Record changes by participant\n  none\n")


def test_cuts_given_the_wrong_way_round_are_named() -> None:
    text = describe_changes(compare(move_cut(small_trial(), 30), small_trial()))
    assert "The second data cut is earlier than the first" in text


@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_data_are_named(synthetic: bool) -> None:
    data = small_trial()
    real = replace(data, snapshot=replace(data.snapshot, synthetic=synthetic))
    assert ("SYNTHETIC" in describe_changes(compare(real, real))) == synthetic
