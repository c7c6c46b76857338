"""Safety as data: which words mean what, grading scales, laboratory grades, dose-limiting events, body weight."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dashboard.study.event_words import DELAYED, DISCONTINUED, FATAL, RELATED, SEVERITY_LABEL, UNRELATED
from dashboard.study.parts import Key, KeyedPart, Part, Text
from dashboard.study.syndromes import Syndrome, validate_syndromes

Grade = Annotated[int, Field(ge=1, le=5)]
# The key of the words mild, moderate and severe, which are a scale of their own; a mapping may start from it.
SEVERITY_KEY = "severity"


class SpecialInterest(KeyedPart):
    """Events of special interest: one of `terms`, a term that holds one of `words` as whole words, or any of `body_systems`.

    `except_terms` are none, whatever else they match. Upper and lower case are the same.
    """

    label: Text
    terms: tuple[Text, ...] = ()
    words: tuple[Text, ...] = ()
    body_systems: tuple[Text, ...] = ()
    except_terms: tuple[Text, ...] = ()


class Scale(KeyedPart):
    """A grading scale with its version; `names` are how deliveries write it."""

    label: Text
    names: tuple[Text, ...]


SEVERITY = Scale(key=SEVERITY_KEY, label=SEVERITY_LABEL, names=())


class ScaleMapping(Part):
    """Grades of one scale read as grades of another: `grades` are those of `to_scale` for 1, 2, … of `from_scale`."""

    from_scale: Key
    to_scale: Key
    grades: tuple[Grade, ...]
    source: Text


class GradeLimit(Part):
    """Where a laboratory grade begins: below a value, above a value, or below the lower limit of normal. The limit itself is milder."""

    grade: Grade
    below: Annotated[float, Field(gt=0)] | None = None
    above: Annotated[float, Field(gt=0)] | None = None
    below_normal: bool = False

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if [self.below is not None, self.above is not None, self.below_normal].count(True) != 1:
            raise ValueError(f"grade {self.grade} needs exactly one of below, above and below_normal")
        return self


class LaboratoryGrades(KeyedPart):
    """Grades of a count in cells/µL on a scale, all in one direction. `expected`: what the treatment is meant to do, no fault."""

    label: Text
    analyte: Key
    scale: Key
    limits: tuple[GradeLimit, ...]
    lower_limit_of_normal: Annotated[float, Field(gt=0)] | None = None
    expected: bool = False
    source: Text

    @property
    def upward(self) -> bool:
        """Whether high values are graded."""
        return any(limit.above is not None for limit in self.limits)

    @model_validator(mode="after")
    def _has_one_direction(self) -> Self:
        if len({limit.above is not None for limit in self.limits}) != 1:
            raise ValueError(f"laboratory.{self.key}: the limits must all be below, or all above")
        ordered = sorted(self.limits, key=lambda limit: limit.grade)
        bounds = [bound for limit in ordered if (bound := limit.above if self.upward else limit.below) is not None]
        if bounds != sorted(bounds, reverse=not self.upward):
            raise ValueError(f"laboratory.{self.key}: a higher grade needs a limit farther out")
        return self


class DoseLimiting(Part):
    """Which event is dose-limiting: a grade or more within so many days of one dose; `text` says it in words."""

    text: Text
    scale: Key
    min_grade: Grade
    related: bool = True
    dose: Annotated[int, Field(ge=1)] = 1
    window_days: Annotated[int, Field(ge=0)]
    except_terms: tuple[Text, ...] = ()
    source: Text


class EscalationTarget(Part):
    """The target rate of dose-limiting events, and the Beta prior of a cohort's rate."""

    rate: Annotated[float, Field(gt=0, lt=1)]
    prior_alpha: Annotated[float, Field(gt=0)]
    prior_beta: Annotated[float, Field(gt=0)]
    source: Text


class EscalationDecision(Part):
    """A decision about a cohort and its date."""

    cohort: Key
    on: date
    text: Text
    source: Text


class BodyWeight(Part):
    """From which BMI (kg/m²) the dose follows the adjusted body weight; without `formula` that weight is not computed.

    `visit`: the visit whose weight counts; without it, or without a weight there, the last weight up to the first dose.
    `devine`: ideal weight 50 kg (men) or 45.5 kg (women) plus 2.3 kg for every inch above 60; adjusted = ideal + factor × (actual − ideal).
    """

    adjusted_from_bmi: Annotated[float, Field(gt=0)]
    visit: Key | None = None
    formula: Literal["devine"] | None = None
    factor: Annotated[float, Field(gt=0, le=1)] | None = None
    source: Text

    @model_validator(mode="after")
    def _formula_has_its_factor(self) -> Self:
        if (self.formula is None) != (self.factor is None):
            raise ValueError("safety.body_weight: formula and factor belong together; give both or none")
        return self


class Safety(Part):
    """How adverse events, laboratory grades and dosing are read. What a study does not state is absent here."""

    related_words: tuple[Text, ...] = RELATED
    unrelated_words: tuple[Text, ...] = UNRELATED
    discontinued_words: tuple[Text, ...] = DISCONTINUED
    delayed_words: tuple[Text, ...] = DELAYED
    fatal_words: tuple[Text, ...] = FATAL
    special_interest: tuple[SpecialInterest, ...] = ()
    scales: tuple[Scale, ...] = ()
    mappings: tuple[ScaleMapping, ...] = ()
    laboratory: tuple[LaboratoryGrades, ...] = ()
    dose_limiting: DoseLimiting | None = None
    target: EscalationTarget | None = None
    decisions: tuple[EscalationDecision, ...] = ()
    body_weight: BodyWeight | None = None
    syndromes: tuple[Syndrome, ...] = ()

    @model_validator(mode="after")
    def _scales_exist(self) -> Self:
        keys = [scale.key for scale in self.scales]
        wanted = [("mappings.from_scale", m.from_scale) for m in self.mappings if m.from_scale != SEVERITY_KEY]
        wanted += [("mappings.to_scale", m.to_scale) for m in self.mappings] + [("laboratory.scale", r.scale) for r in self.laboratory]
        wanted += [("dose_limiting.scale", self.dose_limiting.scale)] if self.dose_limiting else []
        for where, key in wanted:
            if key not in (*keys, SEVERITY_KEY):
                raise ValueError(f"safety.{where}: there is no scale “{key}” among safety.scales")
        validate_syndromes(self.syndromes, (*keys, SEVERITY_KEY))
        for name in ("scales", "special_interest", "laboratory", "syndromes"):
            used = [part.key for part in getattr(self, name)]
            for key in used:
                if used.count(key) > 1:
                    raise ValueError(f"safety.{name}: the key {key} is used twice")
        return self

    def validate_references(self, analytes: Sequence[str], cohorts: Sequence[str], visits: Sequence[str]) -> None:
        """ValueError when a laboratory grade, a decision or the body weight names a count, cohort or visit the study does not have."""
        for rule in self.laboratory:
            if rule.analyte not in analytes:
                raise ValueError(f"safety.laboratory.{rule.key}: “{rule.analyte}” is none of {', '.join(analytes)}")
        for decision in self.decisions:
            if decision.cohort not in cohorts:
                raise ValueError(f"safety.decisions: “{decision.cohort}” is none of {', '.join(cohorts)}")
        if self.body_weight and self.body_weight.visit not in (None, *visits):
            raise ValueError(f"safety.body_weight.visit: “{self.body_weight.visit}” is none of {', '.join(visits)}")

    def scale(self, key: str) -> Scale:
        """The scale with this key, SEVERITY included; KeyError when there is none."""
        for scale in (*self.scales, SEVERITY):
            if scale.key == key:
                return scale
        raise KeyError(key)
