"""Response, survival and recovery as data, and the figures of a source that stand beside the product's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field

from dashboard.study.parts import Key, KeyedPart, Part, Text

# The domain of tumour sizes.
SIZES = "TR"
Domain = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]$")]
Level = Annotated[float, Field(gt=0)]


class ResponseCategory(KeyedPart):
    """A response as assessed, such as CR; `codes` are the delivery's words for it, compared without case."""

    label: Text
    codes: Annotated[tuple[Text, ...], Field(min_length=1)]


class ResponseRate(KeyedPart):
    """A rate: participants whose best response is one of `categories`, among those evaluable or infused."""

    label: Text
    categories: Annotated[tuple[Key, ...], Field(min_length=1)]


class Response(Part):
    """Where responses stand among the findings, and which rates are counted.

    `test` is the best response, `assessment_test` the response at each assessment, `size_test` the percent change of tumour size
    (in the domain TR, or in that of the responses). `not_evaluable` are words for a response that could not be assessed.
    """

    domain: Domain = "RS"
    test: Text
    not_evaluable: tuple[Text, ...] = ()
    categories: Annotated[tuple[ResponseCategory, ...], Field(min_length=1)]
    rates: Annotated[tuple[ResponseRate, ...], Field(min_length=1)]
    assessment_test: Text | None = None
    size_test: Text | None = None


class SurvivalMilestone(KeyedPart):
    """An event of the course; `codes` are terms of the delivered milestones (DS), compared without case."""

    label: Text
    codes: Annotated[tuple[Text, ...], Field(min_length=1)]


class SurvivalEndpoint(KeyedPart):
    """A time from day 0 to the first of `events` (keys of milestones); `parameter` is its delivered time to event (ADTTE)."""

    label: Text
    events: Annotated[tuple[Key, ...], Field(min_length=1)]
    parameter: Text | None = None


class Survival(Part):
    """The milestones of the course and the times to them. `censor`: the milestone at which times can be ended (transplant)."""

    milestones: Annotated[tuple[SurvivalMilestone, ...], Field(min_length=1)]
    endpoints: Annotated[tuple[SurvivalEndpoint, ...], Field(min_length=1)]
    relapse: Key | None = None
    censor: Key | None = None
    contact: Key | None = None
    landmarks: tuple[Annotated[int, Field(ge=1)], ...] = ()


class RecoveryLevel(Part):
    """A count to be reached again, in cells/µL."""

    analyte: Key
    level: Level


class Aplasia(Part):
    """Absence of a kind of cell: its count below a level, in cells/µL."""

    analyte: Key
    below: Level


class Recovery(Part):
    """What recovery of counts after day 0 means; counts after `milestone` are marked; curves can be split by a syndrome."""

    milestone: Key | None = None
    split_syndrome: Key | None = None
    levels: Annotated[tuple[RecoveryLevel, ...], Field(min_length=1)]
    aplasia: Aplasia | None = None
    source: Text | None = None


class Reported(KeyedPart):
    """A figure of a source: `numerator` of `denominator` and `percent`, or a `value` with its range, and the measure beside it.

    `note` says in words where the source contradicts itself, or what it leaves open; `doubt` is its mark, in two or three words.
    """

    label: Text
    measure: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$", max_length=120)]
    numerator: Annotated[int, Field(ge=0)] | None = None
    denominator: Annotated[int, Field(ge=1)] | None = None
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: Text | None = None
    doubt: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    note: Text | None = None
    source: Text | None = None


def validate_response(response: Response, tests: dict[str, tuple[str, ...]]) -> None:
    """ValueError when a key repeats, a rate names no category, or a test is not among the findings (`tests` by domain; () = all)."""
    categories = _validate_keys("response.categories", response.categories)
    _validate_keys("response.rates", response.rates)
    codes = [code.casefold() for category in response.categories for code in category.codes]
    codes += [word.casefold() for word in response.not_evaluable]
    for code in codes:
        if codes.count(code) > 1:
            raise ValueError(f"response: the code {code} is claimed twice")
    for rate in response.rates:
        _validate_names(f"response.rates.{rate.key}.categories", rate.categories, categories)
    if response.domain not in tests:
        raise ValueError(f"response.domain: {response.domain} is no domain of [[findings]]; add it there so that it is stored")
    wanted = {"test": (response.test, [response.domain]), "assessment_test": (response.assessment_test, [response.domain])}
    wanted["size_test"] = (response.size_test, [domain for domain in (response.domain, SIZES) if domain in tests])
    for name, (test, domains) in wanted.items():
        if test is not None and not any(test in tests[domain] or not tests[domain] for domain in domains):
            raise ValueError(f"response.{name}: “{test}” is no test of [[findings]]; add it there so that it is stored")


def validate_survival(survival: Survival) -> None:
    """ValueError when a key or a term repeats, or an endpoint, `relapse`, `censor` or `contact` names no milestone."""
    milestones = _validate_keys("survival.milestones", survival.milestones)
    _validate_keys("survival.endpoints", survival.endpoints)
    codes = [code.casefold() for milestone in survival.milestones for code in milestone.codes]
    for code in codes:
        if codes.count(code) > 1:
            raise ValueError(f"survival.milestones: the code {code} is claimed twice")
    for endpoint in survival.endpoints:
        _validate_names(f"survival.endpoints.{endpoint.key}.events", endpoint.events, milestones)
    for name in ("relapse", "censor", "contact"):
        key = getattr(survival, name)
        _validate_names(f"survival.{name}", [key] if key else [], milestones)


def validate_recovery(recovery: Recovery, analytes: Collection[str], milestones: Collection[str], syndromes: Collection[str]) -> None:
    """ValueError when recovery names a count, a milestone of survival or a syndrome that the study does not have."""
    counts = [level.analyte for level in recovery.levels] + ([recovery.aplasia.analyte] if recovery.aplasia else [])
    _validate_names("recovery.analyte", counts, analytes)
    _validate_names("recovery.milestone", [recovery.milestone] if recovery.milestone else [], milestones)
    _validate_names("recovery.split_syndrome", [recovery.split_syndrome] if recovery.split_syndrome else [], syndromes)


def validate_reported(reported: Sequence[Reported]) -> None:
    """ValueError when a key repeats, or a figure is neither a count of a denominator nor a value."""
    _validate_keys("reported", reported)
    for figure in reported:
        if (figure.numerator is None) == (figure.value is None):
            raise ValueError(f"reported.{figure.key}: needs either a numerator (of a denominator) or a value")
        if figure.numerator is not None and figure.numerator > (figure.denominator or 0):
            raise ValueError(f"reported.{figure.key}: the numerator needs a denominator that is not smaller")
        if figure.doubt and not figure.note:
            raise ValueError(f"reported.{figure.key}: a doubt needs a note that says what it is")


def _validate_keys(where: str, parts: Sequence[KeyedPart]) -> list[str]:
    keys = [part.key for part in parts]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"{where}: the key {key} is used twice")
    return keys


def _validate_names(where: str, names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{where}: “{name}” is none of {', '.join(known) or 'none'}")
