"""The study as data: cohorts, visits, analytes, thresholds and periods, read from one definition file."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from dashboard.study.groupings import Grouping, Member, grouping_cohorts, validate_groupings, validate_sources
from dashboard.study.identity import Cohort, DeliveryRules, StudyText
from dashboard.study.parts import KeyedPart, Part, Text, find_part
from dashboard.study.plan import Endpoint, Exposure, FindingRule, Milestone, Note, Period, Stratum, Unit
from dashboard.study.pooled import (
    Recovery,
    Reported,
    Response,
    Survival,
    validate_recovery,
    validate_reported,
    validate_response,
    validate_survival,
)
from dashboard.study.safety import Safety

# Domains with readers of their own: counts, doses, events, visits.
RESERVED_DOMAINS = ("DM", "EX", "LB", "CP", "AE", "CM", "SV", "DS")
# Domains whose results are stored without an entry in `findings`.
STORED_DOMAINS = ("IS", "PC", "PP", "VS", "RS")


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


class StudyProtocol(Part):
    """Everything the product knows of a study before any data: read from a definition file, never from Python.

    `interim` says who sees figures by cohort before the final release: everyone with a role in the study, or the board alone. Under
    “closed” the others see pooled figures, none of which is of fewer than `interim_minimum` participants.
    """

    interim: Literal["open-label", "closed"] = "open-label"
    interim_minimum: Annotated[int, Field(ge=3, le=100)] = 5
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
    members: tuple[Member, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    response: Response | None = None
    survival: Survival | None = None
    recovery: Recovery | None = None
    reported: tuple[Reported, ...] = ()

    @model_validator(mode="after")
    def _safety_speaks_of_this_study(self) -> Self:
        self.safety.validate_references(self.analyte_keys, self.cohort_keys, self.visit_keys)
        return self

    @model_validator(mode="after")
    def _pooled_parts_speak_of_this_study(self) -> Self:
        validate_groupings(self.groupings, self.members, self.study.cohort_key, self.cohort_keys)
        milestones = [part.key for part in self.survival.milestones] if self.survival else []
        syndromes = [part.key for part in self.safety.syndromes]
        validate_sources(self.groupings, syndromes, milestones)
        validate_reported(self.reported)
        if self.response:
            validate_response(self.response, dict.fromkeys(STORED_DOMAINS, ()) | {rule.domain: rule.tests for rule in self.findings})
        if self.survival:
            validate_survival(self.survival)
        if self.recovery:
            validate_recovery(self.recovery, self.analyte_keys, milestones, syndromes)
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
    def delivered_groupings(self) -> tuple[Grouping, ...]:
        """The groupings whose values stand in a column of the delivery."""
        return tuple(grouping for grouping in self.groupings if not grouping.derived)

    @property
    def later(self) -> str:
        """The label of the milestone after which counts are no longer those of the treatment, in lower case; "" without such a one."""
        named = {part.key: part.label for part in self.survival.milestones} if self.survival else {}
        return named[self.recovery.milestone].lower() if self.recovery and self.recovery.milestone else ""

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
        return find_part(self.cohorts, key)

    def visit(self, key: str) -> Visit:
        """The planned visit with this key; KeyError when there is none."""
        return find_part(self.visits, key)

    def analyte(self, key: str) -> Analyte:
        """The analyte with this key; KeyError when there is none."""
        return find_part(self.analytes, key)

    def period(self, key: str) -> Period:
        """The period with this key; KeyError when there is none."""
        return find_part(self.periods, key)

    def stratum(self, key: str) -> Stratum:
        """The baseline stratum with this key; KeyError when there is none."""
        return find_part(self.strata, key)

    def grouping(self, key: str) -> Grouping:
        """The grouping with this key; KeyError when there is none."""
        return find_part(self.groupings, key)

    # The study as its definition has it, where this one is grouped; and the groupings of which everybody has a value, where that is known.
    _whole: StudyProtocol | None = PrivateAttr(default=None)
    _by: str = PrivateAttr(default="")
    _reported: frozenset[str] = PrivateAttr(default=frozenset())

    @property
    def whole(self) -> StudyProtocol:
        """The study as its definition has it, split by its own cohorts."""
        return self._whole or self

    @property
    def by(self) -> str:
        """What splits the participants: `study.cohort_key`, or the key of a grouping."""
        return self._by or self.study.cohort_key

    @cached_property
    def by_keys(self) -> tuple[str, ...]:
        """The ways to split the participants: `study.cohort_key`, which means the cohorts, then the keys of the groupings."""
        return (self.study.cohort_key, *(grouping.key for grouping in self.groupings))

    def grouped(self, by: str, reported: Collection[str] = ()) -> StudyProtocol:
        """The same study with the categories of grouping `by` as its cohorts; for `study.cohort_key` with its own cohorts.

        Of the groupings in `reported` everybody has a value, so that the category of those without one is not offered. KeyError when there
        is no such grouping.
        """
        return group_study(self, by, frozenset(reported))

    def categories(self, by: str) -> tuple[Cohort, ...]:
        """The cohorts (`by` = `study.cohort_key`), or the categories offered of a grouping; KeyError when there is no such grouping."""
        if by == self.study.cohort_key:
            return self.whole.cohorts
        return grouping_cohorts(self.grouping(by), by not in self._reported)

    def period_visits(self, key: str) -> tuple[Visit, ...]:
        """The visits of a period, from its first to its last visit in the order of the plan."""
        period = self.period(key)
        first, last = self.visit_keys.index(period.first_visit), self.visit_keys.index(period.last_visit)
        return self.visits[first : last + 1]


def group_study(study: StudyProtocol, by: str, reported: frozenset[str]) -> StudyProtocol:
    """`study.grouped`: made without validation, because decisions and doses of the plan speak of its own cohorts."""
    whole = study.whole
    if by == whole.study.cohort_key and not reported:
        return whole
    parts = {name: getattr(whole, name) for name in StudyProtocol.model_fields}
    if by != whole.study.cohort_key:
        parts["study"] = whole.study.model_copy(update={"cohort_word": whole.grouping(by).label})
        parts["safety"] = whole.safety.model_copy(update={"decisions": ()})
        parts["cohorts"] = grouping_cohorts(whole.grouping(by), by not in reported)
    grouped = StudyProtocol.model_construct(**parts)
    grouped._whole, grouped._by, grouped._reported = whole, by, reported
    return grouped
