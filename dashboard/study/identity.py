"""How a study, its deliveries and its cohorts are named."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dashboard.study.parts import Key, KeyedPart, Part, Text

# A column of participants, as a delivery names it; upper and lower case are the same.
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]


class StudyText(Part):
    """How the study is named to a reader. `day_zero` completes the phrase “days since …”.

    `cohort_key` is the value of `by` in addresses that means the cohorts themselves.
    """

    key: Key
    title: Text
    short_title: Text
    registry_id: Text
    sponsor: Text
    intervention: Text
    population: Text
    day_zero: Text = "first dose"
    cohort_word: Text = "Cohort"
    cohort_key: Key = "cohort"
    source: Text


class NotEnrolled(Part):
    """A code of the cohort column whose participants were never enrolled, with the reason the report gives."""

    code: Text
    reason: Text


class DeliveryRules(Part):
    """How a delivery is recognised and which of its codes mean what.

    `dropped_columns` are removed before anything reads them: `DM.BRTHDTC` (data set or domain), `*.EMAIL` (every data set).
    `cohort_column`: the column of DM (SUPPDM included), ADSL or participants.csv that holds the codes of the cohorts.
    """

    study_ids: tuple[Text, ...]
    synthetic_study_ids: tuple[Text, ...] = ()
    cohort_column: ColumnName = "ARMCD"
    not_enrolled: tuple[NotEnrolled, ...] = ()
    unscheduled_labels: tuple[Text, ...] = ("UNSCHEDULED",)
    after_dose_timepoints: tuple[Text, ...] = ("POST-DOSE", "POSTDOSE")
    dropped_columns: tuple[Annotated[str, Field(pattern=r"^(\*|[A-Za-z][A-Za-z0-9_-]*)\.\S(.*\S)?$")], ...] = ()


class Cohort(KeyedPart):
    """A dose group of the protocol; `codes` are the values of the delivery's cohort column that mean it.

    `dose` is the planned amount of one dose in the unit of `exposure.unit`; absent when the study has no dose level.
    """

    label: Text
    codes: tuple[Text, ...]
    planned: Annotated[int, Field(ge=0)] | None = None
    dose: Annotated[float, Field(gt=0)] | None = None
