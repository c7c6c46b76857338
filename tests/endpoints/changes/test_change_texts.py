"""The text that a terminal shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.endpoints.changes.cuts import CutChanges, compare_cuts, describe_changes
from dashboard.endpoints.records import derive_analysis
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import protocol
from tests.endpoints.changes.edits import add_count, correct_count, correct_person, move_cut, redate_first_dose, remove_count, small_trial


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
    days with CD4 ≥ 300: mean 20 → 6, median 18 → 0, any 2/3 → 1/3
    time to CD4 ≥ 300: reached by 2/3 → 1/3, median 252 → not reached, followed for 924 → 1,092 days in all
    CD4 at week 36 (interim): median 315 → 320, mean 302 → 337, n 4 → 3
    unchanged: 22 results
  240 µg/kg
    count records: 28 → 27
    CD4 ≥ 200 at week 36 (interim): 1/2 → 1/1
    CD4 ≥ 300 at week 36 (interim): 1/2 → 0/1
    days with CD4 ≥ 300: mean 21 → 0, median 21 → 0, any 1/2 → 0/2
    time to CD4 ≥ 300: reached by 1/2 → 0/2, median 252 → not reached, followed for 672 → 840 days in all
    CD4 at week 36 (interim): median 245 → 290, mean 245 → 290, n 2 → 1
    unchanged: 21 results
  480 µg/kg
    count records: 16 → 17
    unchanged: 26 results
  720 µg/kg
    all unchanged: 27 results

Why
  CD4 ≥ 200 at week 36 (interim): 1 participant
    b: no response → not counted (CD4 on day 252 removed: 180 cells/µL)
  CD4 ≥ 300 at week 36 (interim): 2 participants
    a: response → no response (CD4 on day 252 corrected from 310 to 290 cells/µL)
    b: no response → not counted (CD4 on day 252 removed: 180 cells/µL)
  days with CD4 ≥ 300: 1 participant
    a: 42 days → 0 days (CD4 on day 252 corrected from 310 to 290 cells/µL)
  time to CD4 ≥ 300: 1 participant
    a: reached on day 252 → not reached by day 420 (CD4 on day 252 corrected from 310 to 290 cells/µL)
  CD4 at week 36 (interim): 2 participants
    b: 180 → not counted (CD4 on day 252 removed: 180 cells/µL)
    a: 310 → 290 (CD4 on day 252 corrected from 310 to 290 cells/µL)

Records
  participant: 4 → 4; 4 unchanged, 0 corrected, 0 added, 0 removed
  count: 44 → 44; 42 unchanged (25 in another file or row), 1 corrected, 1 added (1 after the earlier cut), 1 removed
  dose: 12 → 12; 12 unchanged, 0 corrected, 0 added, 0 removed

Record changes by participant
  a
    CD4 on day 252 corrected from 310 to 290 cells/µL (lb.csv row 5)
  b
    CD4 on day 252 removed: 180 cells/µL (lb.csv row 19)
  c
    CD4 on day 510 added: 111 cells/µL (after the earlier cut; lb.csv row 44)
"""
    )


def test_a_short_list_begins_with_what_somebody_changed_and_counts_the_rest() -> None:
    after = add_count(add_count(move_cut(small_trial(), 100), "a", "cd4", 501, 260.0), "a", "cd4", 502, 260.0)
    changes = compare(small_trial(), correct_count(after, "c", "cd4", 98, value=211.0))
    listed = describe_changes(changes, limit=1).split("Record changes by participant\n")[1]
    assert listed == (
        "  c\n    CD4 on day 98 corrected from 210 to 211 cells/µL (lb.csv row 31)\n"
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


def test_a_first_dose_dated_anew_is_told_first_and_what_moved_with_it_is_counted() -> None:
    # a's first dose is dated three days later; the value of day 252, now day 249, is still the first at or above 300.
    text = describe_changes(compare(small_trial(), redate_first_dose(small_trial(), "a", 3)))
    assert (
        "    a: reached on day 252 → reached on day 249 (participant corrected: the first dose moved from day 0 to day 3 as counted before "
        "(3 days later), last day under observation from 420 to 417; 7 counts moved with the first dose)\n"
    ) in text
    assert "  count: 44 → 44; 30 unchanged, 0 corrected, 14 moved with the first dose, 0 added, 0 removed\n" in text
    assert "  dose: 12 → 12; 10 unchanged, 0 corrected, 2 moved with the first dose, 0 added, 0 removed\n" in text


def test_who_was_only_followed_further_is_not_corrected() -> None:
    after = correct_person(move_cut(small_trial(), 100), "c", last_day=501, status="completed")
    text = describe_changes(compare(small_trial(), after))
    assert "  participant: 4 → 4; 3 unchanged, 0 corrected, 1 followed further, 0 added, 0 removed\n" in text
    assert "    participant followed further: last day under observation from 252 to 501" in text


def test_equal_cuts_say_so() -> None:
    text = describe_changes(compare(small_trial(), small_trial()))
    assert "all unchanged: 27 results" in text
    assert text.endswith("Record changes by participant\n  none\n")


def test_cuts_given_the_wrong_way_round_are_named() -> None:
    text = describe_changes(compare(move_cut(small_trial(), 30), small_trial()))
    assert "The second data cut is earlier than the first" in text


@pytest.mark.parametrize("synthetic", [True, False])
def test_synthetic_data_are_named(synthetic: bool) -> None:
    data = small_trial()
    real = replace(data, snapshot=replace(data.snapshot, synthetic=synthetic))
    assert ("SYNTHETIC" in describe_changes(compare(real, real))) == synthetic
