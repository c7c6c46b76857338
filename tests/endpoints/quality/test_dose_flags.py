"""Flags on doses: the day, the dose that was missed, the amount."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from dashboard.endpoints.records import derive_analysis
from tests.endpoints.builders import build_data, course, protocol
from tests.endpoints.quality.flagged import build_labelled, flags_of


def dosed(*days: int, **person: Any) -> Any:
    return build_labelled(course("a", {0: 100.0}), doses={"a": days}, people={"a": {"cut_day": 500, **person}})


@pytest.mark.parametrize(("day", "flagged"), [(76, True), (77, False), (91, False), (92, True)])
def test_a_dose_is_off_its_day_from_more_than_seven_days(day: int, flagged: bool) -> None:
    assert bool(len(flags_of(dosed(0, day, 168), "dose-day"))) is flagged


def test_a_late_dose_names_both_days() -> None:
    found = flags_of(dosed(0, 105, 168), "dose-day")
    assert found["sentence"].tolist() == ["Dose 2 was given on day 105, 21 days later than planned (day 84)."]
    assert found[["day", "value", "expected", "source_row"]].to_numpy().tolist() == [[105, 105.0, 84.0, 2]]


def test_a_dose_outside_the_plan_has_no_day_to_be_off() -> None:
    assert flags_of(dosed(0, 10, 84, 168), "dose-day").empty


def test_a_missed_dose_in_the_middle_is_found_although_the_next_one_was_given() -> None:
    found = flags_of(dosed(0, 170), "dose-missed")
    assert found["sentence"].tolist() == ["Dose 2, planned on day 84, was not given."]
    assert found["day"].tolist() == [84]


@pytest.mark.parametrize(("cut", "flagged"), [(175, False), (176, True)])
def test_a_dose_is_missed_when_the_cut_is_more_than_seven_days_later(cut: int, flagged: bool) -> None:
    assert bool(len(flags_of(dosed(0, 84, cut_day=cut), "dose-missed"))) is flagged


@pytest.mark.parametrize(("last_day", "missed"), [(83, 0), (84, 1), (168, 2)])
def test_doses_planned_after_the_end_of_observation_are_not_missed(last_day: int, missed: int) -> None:
    assert len(flags_of(dosed(0, status="withdrawn", last_day=last_day), "dose-missed")) == missed


def test_a_participant_who_was_never_dosed_has_missed_no_dose() -> None:
    assert flags_of(dosed(status="not dosed", cut_day=None, last_day=None), "dose-missed").empty


def amounts(*given: tuple[float, str], cohort: str = "240") -> pd.DataFrame:
    data = build_data(course("a", {0: 100.0}), doses={"a": (0, 84, 168)[: len(given)]}, people={"a": {"cohort": cohort}})
    doses = data.doses.assign(amount=[amount for amount, _ in given], amount_unit=[unit for _, unit in given])
    return flags_of(derive_analysis(replace(data, doses=doses), protocol(), "last"), "dose-amount")


def test_an_amount_that_is_not_the_cohorts_names_both_amounts() -> None:
    found = amounts((240.0, "µg/kg"), (480.0, "µg/kg"))
    assert found["sentence"].tolist() == ["Dose 2 was 480 µg/kg; the plan of the cohort is 240 µg/kg."]
    assert found[["value", "expected", "day"]].to_numpy().tolist() == [[480.0, 240.0, 84]]
    assert amounts((240.0, "µg/kg"), cohort="720")["expected"].tolist() == [720.0]


def test_ug_and_both_characters_for_micro_are_one_unit() -> None:
    assert amounts((240.0, "ug/kg"), (240.0, "\u00b5g/kg"), (240.0, "\u03bcg/kg")).empty


def test_an_amount_in_another_unit_cannot_be_compared() -> None:
    found = amounts((16.8, "mg"))
    assert found["sentence"].tolist() == ["Dose 1 was 16.8 mg; the plan is in µg/kg, so the two cannot be compared."]
    assert found["expected"].isna().all()


def test_a_dose_without_amount_is_not_compared() -> None:
    assert amounts((float("nan"), "")).empty
