from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.changes.cuts import CutChanges, compare_cuts
from dashboard.endpoints.changes.headlines import Choices, default_choices
from dashboard.endpoints.changes.records import RecordChanges
from dashboard.endpoints.records import derive_analysis
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import protocol
from tests.endpoints.changes.edits import (
    COURSES,
    add_count,
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

Edit = Callable[[StudyData], StudyData]


def compare(after: StudyData, before: StudyData | None = None, choices: Choices | None = None) -> CutChanges:
    first, second = (derive_analysis(data, protocol(), "last") for data in (before or small_trial(), after))
    return compare_cuts(first, second, choices=choices)


def parts(changes: CutChanges, result: str, cohort: str = "all") -> list[tuple[str, str, float, float, str]]:
    rows = changes.explanation.contributions
    rows = rows[(rows["result"] == result) & (rows["cohort"] == cohort)]
    return list(rows[["participant", "statistic", "before", "after", "words"]].itertuples(index=False, name=None))


def causes(changes: CutChanges, result: str) -> list[tuple[str, str]]:
    rows = changes.explanation.causes
    return list(rows[rows["result"] == result][["participant", "sentence"]].itertuples(index=False, name=None))


def test_a_corrected_value_is_followed_from_the_number_to_the_record() -> None:
    changes = compare(correct_count(small_trial(), "a", "cd4", 252, value=290.0))
    assert parts(changes, "responders-300-week-36") == [("a", "responders", 1, 0, "response → no response")]
    assert parts(changes, "responders-300-week-36", "240") == parts(changes, "responders-300-week-36")
    assert parts(changes, "responders-300-week-36", "480") == []
    assert parts(changes, "time-to-300") == [
        ("a", "total", 252, 420, "reached on day 252 → not reached by day 420"),
        ("a", "events", 1, 0, "reached on day 252 → not reached by day 420"),
    ]
    told = [("a", "CD4 on day 252 corrected from 310 to 290 cells/µL")]
    assert causes(changes, "responders-300-week-36") == causes(changes, "time-to-300") == told
    named = {"responders-300-week-36", "time-to-300", "days-above-300", "cd4-week-36"}
    assert set(changes.explanation.causes["result"]) == named
    assert parts(changes, "cd4-week-36") == [("a", "total", 310, 290, "310 → 290")]


def test_only_records_that_the_number_is_made_of_are_its_causes() -> None:
    edits: list[Edit] = [
        lambda data: correct_count(data, "a", "cd4", 252, value=290.0),
        lambda data: correct_count(data, "a", "cd4", 336, value=281.0),
        lambda data: correct_count(data, "a", "alc", 252, value=900.0),
        lambda data: correct_count(data, "a", "cd4", 252, visit_label="WEEK 36 "),
        lambda data: correct_count(data, "b", "cd4", 252, value=181.0),
        lambda data: correct_person(data, "a", age=51),
    ]
    after = small_trial()
    for edit in edits:
        after = edit(after)
    changes = compare(after)
    assert len(changes.records.changes) == 5
    assert [name for name, _ in causes(changes, "responders-300-week-36")] == ["a"]
    # The value of day 336 lies outside the window of week 36, and inside the period of the time to the threshold.
    assert len(causes(changes, "time-to-300")) == 2


def test_a_missing_value_takes_the_participant_out_of_the_denominator() -> None:
    changes = compare(remove_count(small_trial(), "b", "cd4", 252))
    assert parts(changes, "responders-300-week-36") == [("b", "denominator", 1, 0, "no response → not counted")]
    assert causes(changes, "responders-300-week-36") == [("b", "CD4 on day 252 removed: 180 cells/µL")]


def test_days_above_are_told_per_participant() -> None:
    # Without day 336 the gap from day 252 to day 420 is 168 days, beyond the cap: 84 + 70 days above are left of 322.
    changes = compare(remove_count(small_trial(), "a", "cd4", 336))
    assert parts(changes, "days-above-200") == [("a", "total", 322, 154, "322 days → 154 days")]


def test_another_cohort_is_a_part_lost_and_a_part_won() -> None:
    changes = compare(correct_person(small_trial(), "a", cohort="720"))
    assert parts(changes, "responders-300-week-36") == []
    assert parts(changes, "responders-300-week-36", "240") == [
        ("a", "responders", 1, 0, "response → not counted"),
        ("a", "denominator", 1, 0, "response → not counted"),
    ]
    assert parts(changes, "responders-300-week-36", "720") == [
        ("a", "responders", 0, 1, "not counted → response"),
        ("a", "denominator", 0, 1, "not counted → response"),
    ]
    assert causes(changes, "enrolled") == [("a", "participant corrected: cohort from “240” to “720”")]


def test_a_dose_is_the_cause_where_it_moves_the_window() -> None:
    def third_dose(day: int) -> StudyData:
        data = correct_count(small_trial(), "a", "cd4", 252, day=262)
        third = (data.doses["participant"] == "a") & (data.doses["dose_number"] == 3)
        return with_doses(data, data.doses.assign(day=data.doses["day"].where(~third, day)))

    changes = compare(third_dose(232), third_dose(168))
    assert causes(changes, "responders-300-week-36") == [("a", "dose 3 on day 168 corrected: day from 168 to 232")]


def test_causes_go_from_the_first_dose_over_doses_to_counts() -> None:
    def third_dose(day: int) -> StudyData:
        data = correct_count(small_trial(), "a", "cd4", 252, day=262, value=310.0 if day == 168 else 330.0)
        third = (data.doses["participant"] == "a") & (data.doses["dose_number"] == 3)
        return with_doses(data, data.doses.assign(day=data.doses["day"].where(~third, day)))

    by_dose = [sentence for _, sentence in causes(compare(third_dose(232), third_dose(168)), "responders-300-week-36")]
    assert by_dose == ["dose 3 on day 168 corrected: day from 168 to 232", "CD4 on day 262 corrected from 310 to 330 cells/µL"]
    # Besides the new date of the first dose one value of those that moved with it is corrected.
    after = correct_count(redate_first_dose(small_trial(), "a", 3), "a", "cd4", 249, value=290.0)
    changes = compare(after)
    told = [sentence for _, sentence in causes(changes, "time-to-300")]
    assert told[0].startswith("participant corrected: the first dose moved from day 0 to day 3 as counted before (3 days later)")
    assert told[1] == "CD4 on day 252 corrected from 310 to 290 cells/µL, day from 252 to 249"
    assert [" moved with the first dose: day from " in sentence for sentence in told[2:]] == [True] * 6


def test_a_cut_that_makes_a_visit_due_is_itself_the_cause() -> None:
    # c is under observation to day 430 without a week-60 value; the earlier cut, on day 410, is before the visit is due.
    choices = replace(default_choices(protocol()), denominator="reached")
    before = correct_person(small_trial(), "c", cut_day=410, last_day=410)
    after = correct_person(move_cut(before, 30), "c", last_day=430)
    changes = compare(after, before, choices)
    assert parts(changes, "responders-300-week-60") == [("c", "denominator", 0, 1, "not counted → no response")]
    assert causes(changes, "responders-300-week-60") == [("c", "participant followed further: last day under observation from 410 to 430")]
    still = correct_person(move_cut(correct_person(before, "c", last_day=425), 30), "c", last_day=425)
    by_cut = compare(still, correct_person(before, "c", last_day=425), choices)
    assert causes(by_cut, "responders-300-week-60") == [("c", "the data cut moved from 2026-01-01 to 2026-01-31")]
    assert by_cut.explanation.causes["change"].isna().all()


def test_causes_point_at_rows_of_the_record_changes() -> None:
    changes = compare(correct_count(remove_count(small_trial(), "c", "cd4", 98), "a", "cd4", 252, value=290.0))
    causes_found, records = changes.explanation.causes, changes.records.changes
    assert records.loc[causes_found["change"].astype(int), "sentence"].tolist() == causes_found["sentence"].tolist()


NAMES = st.sampled_from(sorted(COURSES))
VALUES = st.sampled_from([90.0, 199.0, 200.0, 260.0, 300.0, 310.0])
DAYS = st.sampled_from([-5, 0, 14, 98, 182, 240, 252, 300, 336, 420, 462, 470])


def _set_value(name: str, day: int, value: float) -> Edit:
    def edit(data: StudyData) -> StudyData:
        found = (data.counts["participant"] == name) & (data.counts["analyte"] == "cd4") & (data.counts["day"] == day)
        return with_counts(data, data.counts.assign(value=data.counts["value"].mask(found, value)))

    return edit


def _set_day(name: str, day: int, to: int) -> Edit:
    def edit(data: StudyData) -> StudyData:
        found = (data.counts["participant"] == name) & (data.counts["analyte"] == "cd4") & (data.counts["day"] == day)
        return with_counts(data, data.counts.assign(day=data.counts["day"].mask(found, to)))

    return edit


def _drop_day(name: str, day: int) -> Edit:
    return lambda data: with_counts(data, data.counts[~((data.counts["participant"] == name) & (data.counts["day"] == day))])


def _move_dose(name: str, number: int, to: int) -> Edit:
    def edit(data: StudyData) -> StudyData:
        found = (data.doses["participant"] == name) & (data.doses["dose_number"] == number)
        return with_doses(data, data.doses.assign(day=data.doses["day"].mask(found, to)))

    return edit


def _drop_dose(name: str) -> Edit:
    return lambda data: with_doses(data, data.doses[~((data.doses["participant"] == name) & (data.doses["dose_number"] == 3))])


def _drop_person(name: str) -> Edit:
    def edit(data: StudyData) -> StudyData:
        kept = with_people(data, data.participants[data.participants["participant"] != name])
        kept = with_counts(kept, kept.counts[kept.counts["participant"] != name])
        return with_doses(kept, kept.doses[kept.doses["participant"] != name])

    return edit


def _leave(name: str, day: int) -> Edit:
    return lambda data: (
        correct_person(data, name, last_day=day, status="withdrawn") if name in set(data.participants["participant"]) else data
    )


EDITS = st.lists(
    st.one_of(
        st.builds(_set_value, NAMES, DAYS, VALUES),
        st.builds(_set_day, NAMES, DAYS, DAYS),
        st.builds(_drop_day, NAMES, DAYS),
        st.builds(_move_dose, NAMES, st.just(3), st.sampled_from([120, 168, 215, 232])),
        st.builds(_drop_dose, NAMES),
        st.builds(_drop_person, NAMES),
        st.builds(_leave, NAMES, DAYS),
        st.builds(
            lambda name, cohort: lambda data: correct_person(data, name, cohort=cohort), NAMES, st.sampled_from(["240", "480", "720"])
        ),
        st.builds(lambda days: lambda data: move_cut(data, days), st.sampled_from([0, 40])),
    ),
    min_size=1,
    max_size=4,
)
CHOICES = st.builds(
    lambda period, who, respond, denominator, gap: replace(
        default_choices(protocol()), period=period, who=who, respond=respond, denominator=denominator, gap=gap
    ),
    st.sampled_from(["to-week-60", "to-week-36", "week-36-to-60"]),
    st.sampled_from(["eligible", "everyone"]),
    st.sampled_from(["at-visit", "ever", "sustained"]),
    st.sampled_from(["observed", "reached", "dosed", "enrolled"]),
    st.sampled_from([91, None]),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(EDITS, CHOICES)
def test_the_parts_add_up_to_the_whole_and_each_has_a_cause(edits: list[Edit], choices: Choices) -> None:
    after = small_trial()
    for edit in edits:
        after = edit(after)
    changes = compare(after, choices=choices)
    additive = changes.results[changes.results["additive"]].set_index(["result", "cohort", "statistic"])
    added_up = changes.explanation.contributions.groupby(["result", "cohort", "statistic"])["difference"].sum()
    assert set(added_up.index) <= set(additive.index)
    np.testing.assert_allclose(added_up.reindex(additive.index).fillna(0).to_numpy(), additive["difference"].to_numpy(), atol=1e-6)
    check_causes(changes)
    # A mean, a median or a proportion moves only with somebody's part.
    moved = changes.results[changes.results["changed"]]
    assert set(moved[["result", "cohort"]].itertuples(index=False, name=None)) <= set(
        changes.explanation.contributions[["result", "cohort"]].itertuples(index=False, name=None)
    )


def test_who_left_on_the_last_day_seen_is_why_a_denominator_of_those_who_reached_the_visit_is_smaller() -> None:
    # c, ongoing, was last seen on day 252 and was counted; c has left on that day, so that nothing but the status changes.
    choices = replace(default_choices(protocol()), respond="sustained", denominator="reached")
    changes = compare(_leave("c", 252)(small_trial()), choices=choices)
    check_causes(changes)
    causes = changes.explanation.causes
    told = causes[(causes["result"] == "responders-200-sustained") & (causes["participant"] == "c")]["sentence"]
    assert told.tolist() == ["participant corrected: status from “ongoing” to “withdrawn”"]


def check_causes(changes: CutChanges) -> None:
    def keys(frame: pd.DataFrame) -> set[tuple[str, str]]:
        return set(frame[["result", "participant"]].itertuples(index=False, name=None))

    assert keys(changes.explanation.contributions) == keys(changes.explanation.causes)
    told = changes.explanation.causes.dropna(subset="change")
    assert (people_of(changes.records).take(told["change"].astype(int)).to_numpy() == told["participant"].to_numpy()).all()


def people_of(records: RecordChanges) -> pd.Series:
    return records.changes["participant"]


@pytest.mark.parametrize("edit", [lambda data: data, lambda data: add_count(data, "a", "cd8", 98, 400.0)])
def test_nothing_is_explained_where_no_number_changed_but_the_records(edit: Edit) -> None:
    changes = compare(edit(small_trial()))
    assert set(changes.explanation.contributions["result"]) <= {"counts"}
    assert set(changes.results[changes.results["changed"]]["result"]) <= {"counts"}
