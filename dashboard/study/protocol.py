"""The study as data: cohorts, visits, analytes, thresholds and periods, read from one definition file."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from dashboard.study.parts import Key, KeyedPart, Part, Text
from dashboard.study.safety import Safety

Kind = TypeVar("Kind", bound=KeyedPart)
# Domains with readers of their own: counts, doses, events, visits.
RESERVED_DOMAINS = ("DM", "EX", "LB", "CP", "AE", "CM", "SV", "DS")


class StudyText(Part):
    """How the study is named to a reader. `day_zero` completes the phrase “days since …”."""

    key: Key
    title: Text
    short_title: Text
    registry_id: Text
    sponsor: Text
    intervention: Text
    population: Text
    day_zero: Text = "first dose"
    cohort_word: Text = "Cohort"
    source: Text


class NotEnrolled(Part):
    """A code of the cohort column whose participants were never enrolled, with the reason the report gives."""

    code: Text
    reason: Text


class DeliveryRules(Part):
    """How a delivery is recognised and which of its codes mean what.

    `dropped_columns` are removed before anything reads them: `DM.BRTHDTC` (data set or domain), `*.EMAIL` (every data set).
    """

    study_ids: tuple[Text, ...]
    synthetic_study_ids: tuple[Text, ...] = ()
    cohort_column: Literal["ARMCD", "ACTARMCD"] = "ARMCD"
    not_enrolled: tuple[NotEnrolled, ...] = ()
    unscheduled_labels: tuple[Text, ...] = ("UNSCHEDULED",)
    after_dose_timepoints: tuple[Text, ...] = ("POST-DOSE", "POSTDOSE")
    dropped_columns: tuple[Annotated[str, Field(pattern=r"^(\*|[A-Za-z][A-Za-z0-9_-]*)\.\S(.*\S)?$")], ...] = ()


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


class Cohort(KeyedPart):
    """A dose group of the protocol; `codes` are the values of the delivery's cohort column that mean it.

    `dose` is the planned amount of one dose in the unit of `exposure.unit`; absent when the study has no dose level.
    """

    label: Text
    codes: tuple[Text, ...]
    planned: Annotated[int, Field(ge=0)] | None = None
    dose: Annotated[float, Field(gt=0)] | None = None


class Visit(KeyedPart):
    """A planned visit in days since the first dose; `low` missing = open. `moves_with_dose` names the dose it follows."""

    label: Text
    short: Annotated[str, Field(min_length=1, max_length=12)]
    target: int
    low: int | None = None
    high: int
    moves_with_dose: Annotated[int, Field(ge=1)] | None = None
    aliases: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _target_lies_in_window(self) -> Self:
        if (self.low is not None and self.target < self.low) or self.target > self.high:
            raise ValueError(f"target {self.target} of visit {self.key} lies outside its window {self.low} … {self.high}")
        return self


class Analyte(KeyedPart):
    """A cell count; `codes` and `loinc` are how deliveries name it, `thresholds` the levels drawn, in cells/µL."""

    label: Text
    short: Annotated[str, Field(min_length=1, max_length=12)]
    codes: tuple[Text, ...]
    loinc: tuple[Text, ...] = ()
    thresholds: tuple[Annotated[float, Field(gt=0)], ...] = ()


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
    """Something a reader must know about the study record or the data; shown on the overview page."""

    title: Text
    text: Text
    source: Text


class StudyProtocol(Part):
    """Everything the product knows of a study before any data: read from a definition file, never from Python.

    `interim` says who sees figures by cohort before the final release: everyone with a role in the study, or the board alone.
    """

    interim: Literal["open-label", "closed"] = "open-label"
    study: StudyText
    delivery: DeliveryRules
    exposure: Exposure
    cohorts: tuple[Cohort, ...]
    visits: tuple[Visit, ...]
    analytes: tuple[Analyte, ...]
    units: tuple[Unit, ...]
    strata: tuple[Stratum, ...]
    periods: tuple[Period, ...]
    milestones: tuple[Milestone, ...] = ()
    endpoint: Endpoint
    findings: tuple[FindingRule, ...] = ()
    notes: tuple[Note, ...] = ()
    safety: Safety = Safety()

    @model_validator(mode="after")
    def _safety_speaks_of_this_study(self) -> Self:
        self.safety.validate_references(self.analyte_keys, self.cohort_keys, self.visit_keys)
        return self

    @model_validator(mode="after")
    def _keys_are_unique(self) -> Self:
        for name in ("cohorts", "visits", "analytes", "strata", "periods"):
            keys = [part.key for part in getattr(self, name)]
            if not keys:
                raise ValueError(f"{name} is empty: at least one is needed")
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"{name}: the key {', '.join(twice)} is used twice")
        return self

    @model_validator(mode="after")
    def _codes_mean_one_thing(self) -> Self:
        for name, lists in (
            ("cohorts", [cohort.codes for cohort in self.cohorts]),
            ("analytes", [(*analyte.codes, *analyte.loinc) for analyte in self.analytes]),
            ("units", [unit.names for unit in self.units]),
        ):
            codes = [code for codes in lists for code in codes]
            twice = sorted({code for code in codes if codes.count(code) > 1})
            if twice:
                raise ValueError(f"{name}: the code {', '.join(twice)} is claimed twice")
        return self

    @model_validator(mode="after")
    def _a_domain_of_findings_is_named_once(self) -> Self:
        domains = [rule.domain for rule in self.findings]
        for domain in domains:
            if domain in RESERVED_DOMAINS:
                raise ValueError(f"findings: {domain} is no domain of findings here; it is read as what it is")
            if domains.count(domain) > 1:
                raise ValueError(f"findings: the domain {domain} is named twice; list its tests in one place")
        return self

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        visits, doses = {v.key for v in self.visits}, {d.number for d in self.exposure.planned}
        wanted = [(f"periods.{p.key}", key) for p in self.periods for key in (p.first_visit, p.last_visit)]
        wanted += [("milestones", m.visit) for m in self.milestones] + [("endpoint.visit", self.endpoint.visit)]
        for where, key in wanted:
            if key not in visits:
                raise ValueError(f"{where}: there is no visit “{key}”; the visits are {', '.join(sorted(visits))}")
        for visit in self.visits:
            if visit.moves_with_dose is not None and visit.moves_with_dose not in doses:
                raise ValueError(f"visits.{visit.key}.moves_with_dose: there is no planned dose {visit.moves_with_dose}")
        analytes = [a.key for a in self.analytes]
        if self.endpoint.analyte not in analytes:
            raise ValueError(f"endpoint.analyte: “{self.endpoint.analyte}” is none of {', '.join(analytes)}")
        if self.endpoint.time_above_threshold not in self.endpoint.thresholds:
            raise ValueError("endpoint.time_above_threshold: must be one of endpoint.thresholds")
        return self

    @property
    def key(self) -> str:
        """The study's key in addresses."""
        return self.study.key

    @cached_property
    def cohort_keys(self) -> tuple[str, ...]:
        """Cohort keys in the order of the definition."""
        return tuple(cohort.key for cohort in self.cohorts)

    @cached_property
    def analyte_keys(self) -> tuple[str, ...]:
        """Analyte keys in the order of the definition."""
        return tuple(analyte.key for analyte in self.analytes)

    @cached_property
    def visit_keys(self) -> tuple[str, ...]:
        """Visit keys in the order of the plan."""
        return tuple(visit.key for visit in self.visits)

    def cohort(self, key: str) -> Cohort:
        """The cohort with this key; KeyError when there is none."""
        return _part(self.cohorts, key)

    def visit(self, key: str) -> Visit:
        """The planned visit with this key; KeyError when there is none."""
        return _part(self.visits, key)

    def analyte(self, key: str) -> Analyte:
        """The analyte with this key; KeyError when there is none."""
        return _part(self.analytes, key)

    def period(self, key: str) -> Period:
        """The period with this key; KeyError when there is none."""
        return _part(self.periods, key)

    def stratum(self, key: str) -> Stratum:
        """The baseline stratum with this key; KeyError when there is none."""
        return _part(self.strata, key)

    def period_visits(self, key: str) -> tuple[Visit, ...]:
        """The visits of a period, from its first to its last visit in the order of the plan."""
        period = self.period(key)
        first, last = self.visit_keys.index(period.first_visit), self.visit_keys.index(period.last_visit)
        return self.visits[first : last + 1]


def _part(parts: tuple[Kind, ...], key: str) -> Kind:
    for part in parts:
        if part.key == key:
            return part
    raise KeyError(key)
