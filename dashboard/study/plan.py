"""The plan of a study as data: doses, units, strata, periods, the endpoint, findings and notes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dashboard.study.parts import Key, KeyedPart, Part, Text


class PlannedDose(Part):
    """A dose of the plan: its number and nominal day."""

    number: Annotated[int, Field(ge=1)]
    day: Annotated[int, Field(ge=0)]


class Exposure(Part):
    """Which exposure records are doses. `placebo_counts`: a record with dose 0 counts (a placebo was given)."""

    treatments: tuple[Text, ...]
    unit: Text
    placebo_counts: bool = False
    planned: tuple[PlannedDose, ...] = ()


class Unit(Part):
    """A unit of a delivery and the factor that turns its numbers into cells/µL."""

    names: tuple[Text, ...]
    factor: Annotated[float, Field(gt=0)]


class Stratum(KeyedPart):
    """A class of baseline values of the endpoint analyte: low ≤ baseline < high, an absent limit being open."""

    label: Text
    low: float | None = None
    high: float | None = None


class Period(KeyedPart):
    """A named range of visits, both ends included."""

    label: Text
    first_visit: Key
    last_visit: Key


class Milestone(Part):
    """A visit drawn as a vertical rule, such as the interim analysis."""

    visit: Key
    label: Text


class Endpoint(Part):
    """The threshold endpoint: analyte, levels, the visit at which responders are counted and the gap cap in days."""

    analyte: Key
    thresholds: tuple[Annotated[float, Field(gt=0)], ...]
    visit: Key
    gap_cap: Annotated[int, Field(ge=1)] = 91
    gap_caps: tuple[Annotated[int, Field(ge=1)], ...] = (91, 56)
    time_above_threshold: Annotated[float, Field(gt=0)]


class FindingRule(Part):
    """A domain whose results are stored as findings, and which of its tests (--TESTCD; none means all)."""

    domain: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]$")]
    tests: tuple[Text, ...] = ()
    label: Text


class Note(Part):
    """Something a reader must know about the study record or the data; shown on the overview page.

    `assumed`: nobody reported it; it is listed apart, as an assumption.
    """

    title: Text
    text: Text
    source: Text
    assumed: bool = False
